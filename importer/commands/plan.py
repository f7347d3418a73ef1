"""`importer plan`: check, then say what a run would create, update and leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.commands.options import Typed, Voice, source_options, state_option, target_options, voice_options
from importer.commands.rails import limits_of, rail_options
from importer.commands.target import open_account
from importer.console import open_notes, open_progress, show_summary
from importer.pipeline import Surroundings, plan
from importer.session import Wanted

if TYPE_CHECKING:
    from pathlib import Path


@click.command("plan")
@source_options
@target_options
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
    """Say what a run of SOURCE would create, update and leave alone; nothing is sent.

    The plan waits for `importer apply`. Exit 11 if there is something to send, else 3 if rows are rejected or held
    back, else 0.
    """
    voice = Voice.of(how)
    typed = Typed("plan", sources, mapping, state_dir, sandbox=sandbox, base_url=base_url)
    account = open_account(base_url, sandbox=sandbox)
    wanted = Wanted(sources, mapping, account, state_dir, new_ledger, change_key)
    around = Surroundings(progress=open_progress(voice), announce=open_notes(voice))
    summary = plan(wanted, around, limits_of(how))
    show_summary(voice, summary, typed)
    return summary.exit_code
