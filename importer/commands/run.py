"""`importer run`: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.commands.options import (
    Typed,
    Voice,
    send_options,
    source_options,
    state_option,
    target_options,
    voice_options,
)
from importer.commands.rails import rail_options
from importer.commands.reporting import write_report
from importer.commands.target import open_target, sending_of
from importer.commands.typed_options import typed_options
from importer.console import open_notes, open_progress, show_summary
from importer.pipeline import run
from importer.session import Wanted
from importer.surroundings import Surroundings

if TYPE_CHECKING:
    from pathlib import Path


@click.command("run")
@source_options
@target_options
@click.option("--force", is_flag=True, help="Send unchanged rows too.")
@send_options
@rail_options
@state_option
@voice_options
def command(  # one parameter an option
    sources: tuple[str, ...],
    mapping: str,
    state_dir: Path,
    base_url: str | None,
    *,
    sandbox: bool,
    new_ledger: bool,
    change_key: bool,
    **how: Any,  # noqa: ANN401  # the shared options, read by those who add them
) -> int:
    """Import SOURCE: prepare, plan and send; the same command again goes on where it stopped.

    A row with an id, or whose key is known, updates its contact; any other row creates one. What is unchanged since
    it was last sent is not sent again. Exit 0 when every row is in the target, 3 when some are rejected, failed or
    unknown.
    """
    voice = Voice.of(how)
    typed = Typed("run", sources, mapping, state_dir, sandbox=sandbox, base_url=base_url, options=typed_options())
    with open_target(base_url, state_dir, sandbox=sandbox) as account:
        wanted = Wanted(sources, mapping, account, state_dir, new_ledger, change_key, how["force"])
        around = Surroundings(progress=open_progress(voice), announce=open_notes(voice))
        summary = run(wanted, sending_of(account, how), around)
    summary = write_report(summary, typed, state_dir, open_notes(voice))
    show_summary(voice, summary, typed)
    return summary.exit_code
