"""Reads what a suggestion is made from: a small file whole, of a large one some rows of its head, middle and tail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import NoInputError
from importer.source import open_sources
from importer.source.batch import BatchRef, Declared
from importer.source.encoding import Encoding
from importer.source.original import look_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source import Sources
    from importer.source.batch import Batch, Described

PIECE = 1 << 20
"""Bytes of a large file that are read at each place."""
PIECE_ROWS = 2_000
"""Rows that are taken of each place."""
PLACES = 3
CELLS = 200_000
"""Cells that are taken of each place: a file of many columns is told by fewer rows."""
LEAST_ROWS = 60
WELL_SHAPED = 0.8
"""The share of records of the right shape from which on a piece that begins anywhere was cut between records."""
PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of a file and how it is written."""

    cells: pl.DataFrame
    """The source's columns, all String, only records of the right shape."""
    described: Described
    skip_lines: int
    said: str
    """Which rows these are, in words."""
    together: int
    """How many of the first rows stood one after the other."""


def take_sample(path: str) -> Sample:
    """Read a sample of a file.

    Raises NoInputError when there is no file or it has no rows, SourceError when it can't be read.
    """
    sources = open_sources([path], Declared(), batch_bytes=PIECE, batch_rows=2 * PIECE_ROWS)
    described = sources.described[0]
    some = _rows_of_a_place(len(sources.columns))
    total, skipped = None, 0
    if described.kind == "parquet":
        total, pieces = _slices(path, sources, some)
    else:
        total, skipped, pieces = _first_rows(sources, PLACES * some)
        if total is None and _is_plain(path):
            pieces = [pieces[0].head(some), *_distant(path, sources, some)]
    cells = pl.concat(pieces)
    if cells.is_empty():
        raise NoInputError(f"{path} has a header but no rows that could be looked at.")
    return Sample(cells, described, skipped, _words(cells.height, total, len(pieces)), pieces[0].height)


def _rows_of_a_place(columns: int) -> int:
    return max(LEAST_ROWS, min(PIECE_ROWS, CELLS // max(columns, 1)))


def _words(rows: int, total: int | None, pieces: int) -> str:
    if rows == total:
        return f"all {rows:,} rows"
    where = "the first of them" if total is None and pieces == 1 else "some of its head, its middle and its tail"
    return f"{rows:,} rows, {where}"


def _first_rows(sources: Sources, most: int) -> tuple[int | None, int, list[pl.DataFrame]]:
    """Give how many rows there are, None where more follow; the lines above the header; and the first rows."""
    pieces: list[pl.DataFrame] = []
    above, rows = 0, 0
    for batch in sources.batches():
        if not pieces:
            above = batch.ref.first_line - 2 - sum(name.count("\n") for name in sources.columns)
        pieces.append(_good(batch))
        rows += batch.meta.height
        if rows >= most:
            return None, above, [pl.concat(pieces).head(most)]
    total = sum(piece.height for piece in pieces)
    return total, max(above, 0), pieces or [pl.DataFrame(schema=dict.fromkeys(sources.columns, pl.String))]


def _good(batch: Batch) -> pl.DataFrame:
    return batch.cells.filter(batch.meta["shape"].is_null())


def _slices(path: str, sources: Sources, some: int) -> tuple[int, list[pl.DataFrame]]:
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    total: int = scan.select(pl.len()).collect().item()
    if total <= PLACES * some:
        starts, count = [0], total
    else:
        starts, count = [0, (total - some) // 2, total - some], some
    return total, [sources.read(BatchRef(0, 0, 0, 0, start + 1, start + 1, count)).cells for start in starts]


def _is_plain(path: str) -> bool:
    """Whether the file's bytes are its text, so that its middle can be read without what stands before."""
    if not Path(path).is_file():
        return False
    with look_at(path).open() as file:
        return not file.read(4).startswith(PACKED)


def _distant(path: str, sources: Sources, some: int) -> Iterator[pl.DataFrame]:
    """Give rows of the middle and of the tail; where a piece begins inside a record its parts are no rows."""
    encoding = Encoding(sources.described[0].encoding or "utf-8")
    original = look_at(path)
    for start in ((original.size - PIECE) // 2, original.size - PIECE):
        begun = start - start % encoding.width
        with original.open() as file:
            file.seek(begun)
            raw = file.read(PIECE)
        begin, end = encoding.after_line(raw, "\n", 0), encoding.before(raw, "\n", len(raw))
        if begin >= end:
            continue
        batch = sources.read(BatchRef(0, 0, begun + begin, end - begin, 1, 1, 0))
        rows = _good(batch)
        if rows.height >= WELL_SHAPED * batch.meta.height:
            yield rows.head(some)
