"""`importer check`: read, map and judge; nothing is sent and no account is needed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from importer.checking import check
from importer.commands.options import Typed, Voice, source_options, state_option, voice_options
from importer.commands.reporting import write_report
from importer.console import open_notes, open_progress, show_summary, show_text
from importer.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.prepare.preview import Show, ShownRow

WIDTH = 100
"""Columns of what is no terminal."""


@click.command("check")
@source_options
@click.option(
    "--show",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Show the first N rows as they would be sent, beside their cells; masked: letters x, digits #.",
)
@click.option("--unmasked", is_flag=True, help="With --show: cells and values as they are, but full card numbers.")
@state_option
@voice_options
def command(
    sources: tuple[str, ...], mapping: str, state_dir: Path, show: int | None, *, unmasked: bool, **how: bool
) -> int:
    """Read, map and judge every row of SOURCE; nothing is sent and no account is needed.

    Rows that are wrong go to rejects.csv in the run's folder, with every reason. Exit 3 if there are any, else 0.
    """
    voice = Voice.of(how)
    if unmasked and show is None:
        raise click.UsageError("--unmasked says how to show rows: add --show N")
    if show is not None and (voice.json or voice.quiet):
        raise click.UsageError("--show prints rows for reading: leave out --json and -q")
    typed = Typed("check", sources, mapping, state_dir, sandbox=False)

    def print_rows(rows: tuple[ShownRow, ...]) -> None:
        from importer.preview import preview_page  # noqa: PLC0415  # few checks show rows

        width = shutil.get_terminal_size((WIDTH, 24)).columns
        show_text(preview_page(rows, width=width, unmasked=unmasked))

    around = Surroundings(progress=open_progress(voice), announce=open_notes(voice))
    summary = check(sources, mapping, state_dir, around, _show(show, print_rows) if show else None)
    summary = write_report(summary, typed, state_dir, open_notes(voice))
    show_summary(voice, summary, typed)
    return summary.exit_code


def _show(rows: int, receive: Callable[[tuple[ShownRow, ...]], None]) -> Show:
    from importer.prepare.preview import Show  # noqa: PLC0415  # few checks show rows

    return Show(rows, receive)
