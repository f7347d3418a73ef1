"""Preparing what a verb was given: it says how each source is read, and a file without rows goes no further."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from importer.errors import NoInputError
from importer.prepare import Prepared, column_uses, prepare
from importer.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.folder import RunFolder
    from importer.progress import Progress
    from importer.session import Given
    from importer.surroundings import Surroundings


class Heeding(Silent):
    """A progress that asks between two batches whether there is any reason to go on."""

    def __init__(self, progress: Progress, heed: Callable[[], object]) -> None:
        """`heed` raises where there is none."""
        self._progress = progress
        self._heed = heed

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Tell who listens."""
        self._progress.start(step, total, unit)

    def advance(self, amount: int) -> None:
        """Tell who listens. Raises what `heed` raises."""
        self._progress.advance(amount)
        self._heed()

    def finish(self) -> None:
        """Tell who listens."""
        self._progress.finish()


def prepare_given(
    given: Given,
    folder: RunFolder,
    around: Surroundings,
    *,
    bodies: bool = True,
    heed: Callable[[], object] | None = None,
) -> Prepared:
    """Write the parts of a run; `bodies` as `prepare` has it. `heed` is called after each batch and ends it by raising.

    Raises what `prepare` raises, and NoInputError for no rows.
    """
    for text in given.sources.told:
        around.announce(f"reading {text}")
    with ThreadPoolExecutor(1, "digest") as threads:
        if bodies and given.sources.size is not None:
            # What will be sent is known by its digest, which costs no time here. A pipe is read by one at a time.
            threads.submit(given.sources.digest)
        prepared = prepare(
            given.sources,
            given.compiled,
            folder,
            duplicates=given.loaded.mapping.duplicates,
            today=around.now().date(),
            progress=Heeding(around.progress, heed) if heed else around.progress,
            uses=column_uses(given.loaded.mapping, given.compiled),
            bodies=bodies,
        )
    if not prepared.read:
        raise NoInputError(f"{', '.join(given.sources.names)}: there is a header but not one row under it")
    return prepared
