"""Writes the page of a run: a by-product, which never decides how a run ends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.console import headline, next_steps
from importer.errors import InterruptedRunError, StateError
from importer.folder import RunFolder, read_kept, write_kept, write_whole
from importer.report import Step, gather, run_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from importer.commands.options import Typed
    from importer.summary import Summary


def make_page(summary: Summary, typed: Typed, state_dir: Path, *, unmasked: bool = False) -> str:
    """Give the page of a run that lies in `state_dir`. Raises StateError when a file of it is missing or damaged."""
    folder = RunFolder(state_dir / "runs" / summary.run_id)
    figures = gather(
        folder,
        read_kept(folder),
        summary,
        sentence=headline(summary, typed.verb),
        steps=steps_of(next_steps(summary, typed)),
        unmasked=unmasked,
    )
    return run_page(figures)


def steps_of(lines: Sequence[str]) -> list[Step]:
    """Part words from the commands that follow them on a line of their own."""
    return [Step(*line.partition("\n  ")[::2]) for line in lines]


def write_report(
    summary: Summary,
    typed: Typed,
    state_dir: Path,
    announce: Callable[[str], None],
    on_stop: Callable[[InterruptedRunError], None] = lambda _stop: None,
) -> Summary:
    """Write report.html and give the summary; where that can't be done, it is told and the summary names no report.

    Keeps what was typed, too, so that `show` and `resolve` tell the next command with it. `on_stop` is told of a signal
    that came meanwhile: the run is at its end then, and only its page is given up.
    """
    folder = RunFolder(state_dir / "runs" / summary.run_id)

    def make() -> str:
        _keep_options(folder, typed)
        return make_page(summary, typed, state_dir)

    if write_page(folder.report, make, announce, on_stop, f"`importer show {summary.run_id} --html` makes it"):
        return summary
    return replace(summary, files={**summary.files, "report": None})


def write_page(
    path: Path,
    make: Callable[[], str],
    announce: Callable[[str], None],
    on_stop: Callable[[InterruptedRunError], None],
    again: str,
) -> bool:
    """Write a page whole, or leave none and tell it with what makes it `again`; say whether it was written.

    `on_stop` is told of a signal that came meanwhile: what the page tells of is at its end then.
    """
    try:
        write_whole(path, make().encode())
    except StateError as error:
        told = f"the page could not be written, all else is whole: {error}"
    except InterruptedRunError as stop:
        on_stop(stop)
        told = f"stopped before the page was written, all else is whole; {again}"
    else:
        return True
    with suppress(OSError):
        path.with_name(f".{path.name}.new").unlink(missing_ok=True)
    announce(told)
    return False


def _keep_options(folder: RunFolder, typed: Typed) -> None:
    kept, options = read_kept(folder), {name: list(words) for name, words in typed.options.items()}
    if options != kept.options:
        write_kept(folder, replace(kept, options=options))
