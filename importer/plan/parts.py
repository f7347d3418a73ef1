"""The numbered Parquet files of a run: read whole or by slices, written for their owner alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from importer.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path


def part_names(folder: Path) -> list[str]:
    """Give the names of a folder's parts in order."""
    return sorted(path.name for path in folder.glob("[0-9]*.parquet"))


def part_number(name: str) -> int:
    """Give the number in a part's name."""
    return int(name.removesuffix(".parquet"))


def empty_folder(folder: Path) -> Path:
    """Give the folder made anew (0700), without what was in it. Raises StateError when it can't be."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StateError(f"{folder}: can't be made anew: {error.strerror}") from None
    return folder
