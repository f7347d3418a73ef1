"""A reject file that comes back, mended or not, perhaps saved by a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.rejects import COLUMNS, unguard, unguard_names
from importer.source.batch import Batch, BatchRef, Declared, Described, Limits, Source
from importer.source.delimited import open_delimited
from importer.source.detect import find_encoding
from importer.source.header import SAMPLE, check_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.original import Original

SAVED = "cp1252"
"""How a spreadsheet saves what it read from UTF-8, if it does not keep that."""
AGAIN = "came back as it was rejected"


@dataclass(frozen=True, slots=True)
class Returned:
    """A reject file read as the source it was taken from: the six columns dropped, the guards taken off.

    A row whose cells are all blank while `_raw` is not was rejected for its shape and not mended: it is so again.
    """

    file: Source

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns."""
        return unguard_names(tuple(name for name in self.file.columns if name not in COLUMNS))

    @property
    def described(self) -> Described:
        """How it is read."""
        return self.file.described

    def batches(self, part: int, source: int) -> Iterator[Batch]:
        """Read it from its beginning."""
        return map(self._restore, self.file.batches(part, source))

    def read(self, ref: BatchRef) -> Batch:
        """Read one batch again."""
        return self._restore(self.file.read(ref))

    def read_rows(self, ref: BatchRef, positions: pl.Series, lines: pl.Series) -> pl.DataFrame:
        """Read the cells of some well-shaped records of a batch again."""
        return self._unguarded(self.file.read_rows(ref, positions, lines))

    def _unguarded(self, cells: pl.DataFrame) -> pl.DataFrame:
        kept = [series for series in cells.get_columns() if series.name not in COLUMNS]
        named = pl.DataFrame([series.alias(name) for series, name in zip(kept, self.columns, strict=True)])
        return named.select(unguard(pl.all()))

    def _restore(self, batch: Batch) -> Batch:
        cells = self._unguarded(batch.cells)
        text = batch.cells.get_column("_raw")
        blank = cells.select(pl.all_horizontal(pl.all().is_null() | (pl.all() == ""))).to_series()
        again = blank & (text.fill_null("") != "")
        meta = batch.meta.with_columns(
            shape=pl.when(again).then(pl.lit(AGAIN)).otherwise("shape"),
            raw=pl.when(again).then(unguard(pl.lit(text))).otherwise("raw"),
        )
        return replace(batch, cells=cells, meta=meta)


def open_returned(original: Original, limits: Limits) -> Returned | None:
    """Give a reject file that comes back, or None when the file is no such one.

    What the mapping declares of its source is not asked: a spreadsheet may have saved it with another delimiter and
    encoding. Raises SourceError when its letters are neither UTF-8 nor surely what a spreadsheet saves.
    """
    with original.open() as file:
        head = file.read(SAMPLE).replace(b"\0", b"")  # UTF-16 is ASCII with zeros between
    if not all(name.encode() in head for name in COLUMNS):
        return None
    encoding = find_encoding(original, None, usual=SAVED)
    try:
        file_ = open_delimited(original, Declared(), limits, encoding=encoding)
    except SourceError:
        return None  # what is wrong with it is said when it is opened as declared
    if not set(COLUMNS) <= set(file_.columns):
        return None
    returned = Returned(file_)
    check_columns(original.name, returned.columns)
    return returned
