"""Opens what was given: finds the files, and of each what kind it is by its content."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import NoInputError, SourceError, UsageError
from importer.source.batch import Limits
from importer.source.delimited import open_delimited
from importer.source.expand import STDIN, expand
from importer.source.footer import MAGIC
from importer.source.foreign import refuse_foreign
from importer.source.original import File, look_at
from importer.source.parquet import open_parquet
from importer.source.returned import open_returned
from importer.source.sources import Sources
from importer.source.unpack import Unpacked, is_packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.source.batch import Declared, Source
    from importer.source.original import Original

HEAD = 512
"""Bytes by which a file is known."""
ZIP = b"PK\x03\x04"
"""What a workbook begins with."""
BATCH_BYTES = 16 << 20
BATCH_ROWS = 50_000


def open_sources(
    paths: Sequence[str],
    declared: Declared,
    *,
    batch_bytes: int = BATCH_BYTES,
    batch_rows: int = BATCH_ROWS,
    beside: Path | None = None,
) -> Sources:
    """Open the files of a run: they exist, have headers, and the same columns. No record is read yet.

    `paths` may hold patterns, folders, and `-` for standard input (see expand.py for the order). What is packed or
    piped is kept, nameless, in `beside` or the nearest folder above that exists. What a file is, its content says:
    gzip, Zstandard, Parquet, a workbook, a reject file that comes back, else delimited text as declared or detected.
    Raises UsageError when a file is given twice, NoInputError when one is missing or has no header, SourceError when
    one can't be read or the columns differ, StateError when nothing can be kept.
    """
    if not paths:
        raise NoInputError("No file was given.")
    limits = Limits(batch_bytes, batch_rows)
    folder = _nearest(beside or Path())
    originals = [_look_at(path, folder) for path in expand(paths)]
    return Sources([(original, _open(original, declared, limits)) for original in originals])


def _nearest(folder: Path) -> Path:
    return next((one for one in (folder, *folder.absolute().parents) if one.is_dir()), folder)


def _look_at(path: str, folder: Path) -> Original:
    if path == STDIN:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("`-` is standard input, and nothing is piped into it: `... | importer run - -m MAPPING`")
        return Unpacked("stdin", None, os.fdopen(os.dup(sys.stdin.fileno()), "rb"), folder)
    file = look_at(path)
    with file.open() as opened:
        magic = opened.read(8)
    if is_packed(magic):
        return Unpacked(path, file, Path(path).open("rb"), folder)  # closed with what it is given to
    return file


def _open(original: Original, declared: Declared, limits: Limits) -> Source:
    with original.open() as opened:
        head = opened.read(HEAD)
    magic = head[:8]
    if not magic:
        raise NoInputError(f"{original.name} is empty: not even a header.")
    inside = isinstance(original, Unpacked)
    if magic.startswith(MAGIC) or (not inside and original.name.lower().endswith((".parquet", ".pq"))):
        return open_parquet(_as_file(original, "Parquet"), limits)
    if magic.startswith(ZIP):
        from importer.source.workbook import is_workbook, open_workbook  # noqa: PLC0415  # few files are workbooks

        file = _as_file(original, "a workbook or zip archive")
        if is_workbook(file):
            return open_workbook(file, declared, limits)
    refuse_foreign(original.name, head)
    return open_returned(original, limits) or open_delimited(original, declared, limits)


def _as_file(original: Original, kind: str) -> File:
    if isinstance(original, File):
        return original
    raise SourceError(f"{original.name}: {kind} can't be read from a pipe or packed; unpack it and give its path.")
