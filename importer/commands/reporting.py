"""Writes the page of a run: a by-product, which never decides how a run ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.console import headline, next_steps
from importer.errors import StateError
from importer.folder import RunFolder, read_kept, write_kept, write_whole
from importer.report import Step, gather, run_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.commands.options import Typed
    from importer.summary import Summary


def make_page(summary: Summary, typed: Typed, state_dir: Path, *, unmasked: bool = False) -> str:
    """Give the page of a run that lies in `state_dir`. Raises StateError when a file of it is missing or damaged."""
    folder = RunFolder(state_dir / "runs" / summary.run_id)
    steps = [Step(*line.partition("\n  ")[::2]) for line in next_steps(summary, typed)]
    figures = gather(
        folder,
        read_kept(folder),
        summary,
        sentence=headline(summary, typed.verb),
        steps=steps,
        unmasked=unmasked,
    )
    return run_page(figures)


def write_report(summary: Summary, typed: Typed, state_dir: Path, announce: Callable[[str], None]) -> Summary:
    """Write report.html and give the summary; where that can't be done, it is told and the summary names no report.

    Keeps what was typed, too, so that `show` and `resolve` tell the next command with it.
    """
    folder = RunFolder(state_dir / "runs" / summary.run_id)
    try:
        _keep_options(folder, typed)
        write_whole(folder.report, make_page(summary, typed, state_dir).encode())
    except StateError as error:
        announce(f"the page of this run could not be written, all else is whole: {error}")
        return replace(summary, files={**summary.files, "report": None})
    return summary


def _keep_options(folder: RunFolder, typed: Typed) -> None:
    kept, options = read_kept(folder), {name: list(words) for name, words in typed.options.items()}
    if options != kept.options:
        write_kept(folder, replace(kept, options=options))
