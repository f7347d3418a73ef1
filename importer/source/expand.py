"""From what was typed to files: patterns the shell left alone, folders, and files by name, in a stated order."""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import NoInputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STDIN = "-"
ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq", ".xlsx", ".xlsm")
PACKED = (".gz", ".zst")


def expand(given: Sequence[str]) -> list[str]:
    """Give the files: the arguments in their order, those of a pattern or folder by name, numbers in it as numbers.

    A name that exists is never taken for a pattern. In a folder only files directly in it with the ending of an export
    count, hidden ones do not. Raises NoInputError when there is none, UsageError when a file is meant twice.
    """
    names = [name for word in given for name in _expand_one(word)]
    known: dict[str, str] = {}
    for name in names:
        real = name if name == STDIN else _identity(Path(name))
        if real in known:
            raise UsageError(f"{name} is given twice (as {known[real]} too): every row of it would be a repeated one")
        known[real] = name
    return names


def _identity(path: Path) -> str:
    """Give what two names of one file have in common, also where they are hard links."""
    try:
        status = path.stat()
    except OSError:  # told when it is opened
        return str(path.resolve())
    return f"{status.st_dev}:{status.st_ino}"


def _expand_one(word: str) -> Iterator[str]:
    path = Path(word)
    if word == STDIN or path.is_file():
        yield word
    elif path.is_dir():
        found = [str(file) for file in path.iterdir() if file.is_file() and _is_export(file.name)]
        if not found:
            raise NoInputError(f"{word} is a folder without a file to read ({', '.join(ENDINGS)}, packed or not)")
        yield from sorted(found, key=by_number)
    elif not path.exists() and glob.has_magic(word):
        found = [name for name in glob.glob(word, recursive=True) if Path(name).is_file()]  # noqa: PTH207  # Path.glob takes no absolute pattern
        if not found:
            relative = "" if path.is_absolute() else "; it is relative to the current folder"
            raise NoInputError(f"no file fits {word}. Check the pattern{relative}.")
        yield from sorted(found, key=by_number)
    else:
        yield word


def _is_export(name: str) -> bool:
    plain = name.lower()
    for ending in PACKED:
        plain = plain.removesuffix(ending)
    return not name.startswith(".") and plain.endswith(ENDINGS)


def by_number(name: str) -> list[tuple[int, str]]:
    """Put `part2` before `part10`."""
    return [(int(piece) if piece.isdecimal() else -1, piece) for piece in re.split(r"(\d+)", name)]
