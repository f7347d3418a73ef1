"""Preparing what a verb was given: it says how each source is read, and a file without rows goes no further."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from importer.errors import NoInputError
from importer.prepare import Prepared, column_uses, prepare

if TYPE_CHECKING:
    from importer.folder import RunFolder
    from importer.session import Given
    from importer.surroundings import Surroundings


def prepare_given(given: Given, folder: RunFolder, around: Surroundings, *, bodies: bool = True) -> Prepared:
    """Write the parts of a run; `bodies` as `prepare` has it. Raises what it raises, and NoInputError for no rows."""
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
            progress=around.progress,
            uses=column_uses(given.loaded.mapping, given.compiled),
            bodies=bodies,
        )
    if not prepared.read:
        raise NoInputError(f"{', '.join(given.sources.names)}: there is a header but not one row under it")
    return prepared
