"""Finds a row of a run by the number its user gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import UsageError
from importer.folder import read_frame

if TYPE_CHECKING:
    from importer.folder import RunFolder
    from importer.kept import Kept

ROW = re.compile(r"(?:(?P<source>.+):)?(?P<row>[1-9][0-9]{0,17})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a row lies."""

    part: int
    position: int
    source: int
    row: int


def find_row(folder: RunFolder, kept: Kept, text: str) -> Found:
    """Find `n` or `SOURCE:n`; SOURCE is a source as it was typed, or its file's name.

    Raises UsageError when there is no such row, or rows of several sources have the number; StateError when the run's
    files can't be read.
    """
    told = ROW.fullmatch(text)
    if told is None:
        raise UsageError(f"{text!r} names no row: give its number as results.csv has it, such as 17, or SOURCE:17")
    sources = _sources(kept, told["source"])
    row, found = int(told["row"]), []
    for part in range(kept.parts):
        rows = read_frame(folder.part(part), ["source", "row"]).with_row_index("position")
        hits = rows.filter(pl.col("row") == row, pl.col("source").is_in(sources))
        found += [Found(part, position, source, row) for position, source, row in hits.iter_rows()]
    if not found:
        raise UsageError(f"run {folder.run_id} has no row {text}")
    if len(found) > 1:
        names = ", ".join(f"{kept.names[one.source]}:{row}" for one in found)
        raise UsageError(f"several sources have a row {row}: say which ({names})")
    return found[0]


def _sources(kept: Kept, name: str | None) -> list[int]:
    if name is None:
        return list(range(len(kept.names)))
    exact = [number for number, one in enumerate(kept.names) if one == name]
    named = exact or [number for number, one in enumerate(kept.names) if PurePath(one).name == name]
    if not named:
        raise UsageError(f"the run read no source {name}; its sources are {', '.join(kept.names)}")
    return named
