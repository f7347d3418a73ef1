"""Looks at the mapping and its files: whether it loads, whether they are there, whether it fits them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.doctor.finding import Finding, broken, fine, odd
from importer.errors import ImporterError, MappingError
from importer.mapping.find import find_mapping
from importer.mapping.load import Loaded, load_mapping
from importer.mapping.warn import default_warning
from importer.session import open_given

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(slots=True)
class Listing:
    """What was found out about a list; filled while it is looked at."""

    loaded: Loaded | None = None
    size: int | None = None
    """Bytes of the files of its largest run, as stored."""


def look_at_list(
    listing: Listing, mapping: str, runs: Sequence[Sequence[str]], working_dir: Path, state_dir: Path
) -> Iterator[Finding]:
    """Load the mapping, find its files and read their headers; of `date: auto` the whole file.

    `runs` are the sources of each run to come; () stands for what the mapping names.
    """
    try:
        loaded = listing.loaded = load_mapping(find_mapping(mapping, cwd=working_dir))
    except MappingError as error:
        yield broken("mapping", error)
        return
    yield fine("mapping", f"{loaded.path.absolute()} loads, for mapping name {loaded.mapping.name!r}")
    if warning := default_warning(loaded.mapping):
        yield odd("mapping", warning)
    for sources in runs:
        if not sources and not loaded.mapping.source.files:
            yield odd("source", "the mapping names no `source: files`, so each command has to name its SOURCE")
            return
        try:
            given = open_given(sources, mapping, working_dir, state_dir)
        except ImporterError as error:
            told = str(error) if len(sources) != 1 or sources[0] in str(error) else f"{sources[0]}: {error}"
            yield replace(broken("source", error), told=told)
            return
        listing.size = max(listing.size or 0, given.sources.size or 0)
        for text in given.sources.told:
            yield fine("source", text)
