"""`check`: the first step of the story alone. It sends nothing, so it needs no ledger and loads nothing that sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.folder import fresh_folder, write_kept
from importer.ledger import make_state_dir
from importer.mapping.warn import default_warning
from importer.outcome import State
from importer.prepare import write_rejects
from importer.preparing import prepare_given
from importer.record import Ending, close, describe
from importer.results import Tally
from importer.session import open_given
from importer.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.prepare import Prepared
    from importer.prepare.preview import Show, ShownRow
    from importer.session import Given
    from importer.summary import Summary
    from importer.surroundings import Surroundings


MENDED = "these are mended rows alone; the others of their file are sent by a run of that file, which comes first"


def check(
    sources: Sequence[str], mapping: str, state_dir: Path, around: Surroundings, show: Show | None = None
) -> Summary:
    """Prepare only: read, map and judge every row, and write the reject file; and show the first rows if wanted."""
    watch = Stopwatch(around.monotonic)
    given = open_given(sources, mapping, around.working_dir, state_dir)
    if warning := default_warning(given.loaded.mapping):
        around.announce(warning)
    if given.sources.returned:
        around.announce(MENDED)
    make_state_dir(state_dir)
    with fresh_folder(state_dir, around.now(), around.token_hex) as folder, watch.time("prepare"):
        prepared = prepare_given(given, folder, around, bodies=False)
        shown = _preview(given, folder, prepared, show.rows, today=around.now().date()) if show else ()
        write_rejects(given.sources, given.compiled, folder, prepared.refs)
        kept = describe(folder, given, prepared, verb="check")
        write_kept(folder, kept)
    states = {State.REJECTED: prepared.rejected, State.UNSENT: prepared.read - prepared.rejected}
    summary = close(folder, Tally(states, prepared.reasons), kept, Ending(seconds=watch.seconds()))
    if show:
        show.receive(shown)
    return summary


def _preview(given: Given, folder: RunFolder, prepared: Prepared, rows: int, *, today: date) -> tuple[ShownRow, ...]:
    from importer.prepare.preview import preview  # noqa: PLC0415  # few checks show rows

    return preview(given.sources, given.compiled, folder, prepared.refs, rows=rows, today=today)
