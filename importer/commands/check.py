"""`importer check`: read, map and judge; nothing is sent and no account is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from importer.commands.options import Typed, Voice, source_options, state_option, voice_options
from importer.console import open_progress, show_summary
from importer.pipeline import Surroundings, check

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check")
@source_options
@state_option
@voice_options
def command(sources: tuple[str, ...], mapping: str, state_dir: Path, **how: bool) -> int:
    """Read, map and judge every row of SOURCE; nothing is sent and no account is needed.

    Rows that are wrong go to rejects.csv in the run's folder, with every reason. Exit 3 if there are any, else 0.
    """
    voice = Voice.of(how)
    typed = Typed("check", sources, mapping, state_dir, sandbox=False)
    summary = check(sources, mapping, state_dir, Surroundings(progress=open_progress(voice)))
    show_summary(voice, summary, typed)
    return summary.exit_code
