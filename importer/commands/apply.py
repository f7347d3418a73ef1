"""`importer apply`: send exactly what a plan says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from importer.commands.options import Typed, Voice, send_options, state_option, voice_options
from importer.commands.policies import with_policies
from importer.commands.rails import rail_options
from importer.commands.reporting import write_report
from importer.commands.target import open_target, sending_of
from importer.commands.typed_options import typed_options
from importer.console import open_notes, open_progress, show_summary
from importer.folder import RunFolder, find_folder, read_kept
from importer.ledger import find_run, lock, open_ledger
from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.pipeline import apply
from importer.session import LEDGER
from importer.surroundings import Surroundings


@click.command("apply")
@click.argument("run")
@click.option("--sandbox", is_flag=True, help="The plan was made for the sandbox.")
@click.option("--base-url", envvar="IMPORTER_BASE_URL", help="Where the contact API is.")
@send_options
@rail_options
@state_option
@voice_options
def command(run: str, state_dir: Path, base_url: str | None, *, sandbox: bool, **how: Any) -> int:  # noqa: ANN401  # the shared options, read by those who add them
    """Send exactly what the plan RUN says (`last` is the newest), or refuse and say what moved since."""
    voice = Voice.of(how)
    folder = _find(run, state_dir)
    kept = read_kept(folder)
    typed = Typed(
        "apply",
        (folder.run_id,),
        kept.mapping,
        state_dir,
        sandbox=sandbox,
        base_url=base_url,
        options=typed_options(),
        names=kept.names,
    )
    if not kept.undoes:
        how = with_policies(how, load_mapping(find_mapping(kept.mapping, cwd=Path.cwd())).mapping.run)
    with open_target(base_url, state_dir, sandbox=sandbox) as account:
        around = Surroundings(progress=open_progress(voice))
        summary = apply(folder.run_id, state_dir, sending_of(account, how), around)
    summary = write_report(summary, typed, state_dir, open_notes(voice))
    show_summary(voice, summary, typed)
    return summary.exit_code


def _find(run: str, state_dir: Path) -> RunFolder:
    """Find a plan; the newest is the one entered last, whatever was checked since and wherever the clock was set."""
    path = state_dir / LEDGER
    if run != "last" or not path.exists():
        return find_folder(state_dir, run)
    with lock(state_dir), open_ledger(path, create=False) as ledger:
        newest = find_run(ledger, run)
    return find_folder(state_dir, newest.id if newest else run)
