"""The numbered Parquet files of a run: read whole or by slices, written for their owner alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path


def part_names(folder: Path) -> list[str]:
    """Give the names of a folder's parts in order."""
    return sorted(path.name for path in folder.glob("[0-9]*.parquet"))


def part_number(name: str) -> int:
    """Give the number in a part's name."""
    return int(name.removesuffix(".parquet"))


def read_part(path: Path, columns: list[str] | None = None, start: int = 0, height: int | None = None) -> pl.DataFrame:
    """Give a part, or some columns and rows of it. Raises StateError when it is missing or damaged."""
    try:
        frame = pl.scan_parquet(path).slice(start, height)
        return (frame if columns is None else frame.select(columns)).collect()
    except (OSError, pl.exceptions.PolarsError):
        # Their texts may hold cells.
        raise StateError(f"{path}: a file of the run is missing or damaged. Begin the run anew.") from None


def empty_folder(folder: Path) -> Path:
    """Give the folder made anew (0700), without what was in it. Raises StateError when it can't be."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StateError(f"{folder}: can't be made anew: {error.strerror}") from None
    return folder
