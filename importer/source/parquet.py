"""A Parquet file, read by slices; every column enters as text (typed.py says how).

A whole scan prefetches without bound (pola-rs/polars issues 28312, 25307, 29464), so each batch is a slice of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.source.batch import Batch, BatchRef, Described, Limits
from importer.source.footer import check_footer
from importer.source.header import check_columns
from importer.source.typed import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.original import File


@dataclass(frozen=True, slots=True)
class Parquet:
    """A Parquet file."""

    original: File
    schema: pl.Schema
    rows: int
    limits: Limits

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.schema)

    @property
    def described(self) -> Described:
        """How it is read."""
        return Described("parquet")

    def batches(self, part: int, source: int) -> Iterator[Batch]:
        """Read it from its beginning. Raises SourceError when it changes meanwhile or is damaged."""
        for number, first in enumerate(range(0, self.rows, self.limits.rows)):
            count = min(self.limits.rows, self.rows - first)
            offset = self.original.size * first // self.rows
            length = self.original.size * (first + count) // self.rows - offset
            yield self.read(BatchRef(part + number, source, offset, length, first + 1, first + 1, count))

    def read(self, ref: BatchRef) -> Batch:
        """Read one slice. Raises SourceError when the file changed or is damaged."""
        cells = self._as_text(self._slice(ref))
        numbers = pl.int_range(ref.first_row, ref.first_row + ref.rows, dtype=pl.Int64, eager=True)
        none = pl.lit(None, pl.String)
        return Batch(ref, cells, pl.select(row=numbers, line=numbers, shape=none, raw=none), ref.length)

    def read_rows(self, ref: BatchRef, positions: pl.Series, lines: pl.Series) -> pl.DataFrame:  # noqa: ARG002  # lines are a text file's
        """Read some rows of a slice. Raises SourceError when the file changed or is damaged."""
        return self._as_text(self._slice(ref)[positions])

    def _slice(self, ref: BatchRef) -> pl.DataFrame:
        with self.original.open():
            try:
                cells = _scan(self.original.name).slice(ref.first_row - 1, ref.rows).collect()
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
                raise SourceError(f"{self.original.name}: {_DAMAGED}") from None
        if cells.height != ref.rows:
            raise SourceError(f"{self.original.name}: {_DAMAGED}")
        return cells

    def _as_text(self, cells: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([_as_text(self.original.name, series) for series in cells.get_columns()])


_DAMAGED = (
    "it is no whole Parquet file, or damaged, or holds a kind of column that can't be read (a decimal of more than "
    "38 digits). Export it again."
)


def open_parquet(original: File, limits: Limits) -> Parquet:
    """Read a Parquet file's footer.

    Raises SourceError when it is cut or damaged, declares too much for its size, or its columns can't be used.
    """
    check_footer(original)
    try:
        scan = _scan(original.name)
        schema, rows = scan.collect_schema(), scan.select(pl.len()).collect().item()
    except pl.exceptions.DuplicateError:
        raise SourceError(
            f"{original.name}: two columns have the same name, and nobody can tell which one a mapping means. Export "
            "it again with a name of its own for each."
        ) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise SourceError(f"{original.name}: {_DAMAGED}") from None
    if not schema:
        raise SourceError(f"{original.name}: this Parquet file has no columns. Export it again.")
    check_columns(original.name, tuple(schema))
    return Parquet(original, schema, rows, limits)


def _scan(name: str) -> pl.LazyFrame:
    return pl.scan_parquet(name, glob=False, hive_partitioning=False)


def _as_text(name: str, series: pl.Series) -> pl.Series:
    kind = series.dtype
    try:
        return series.alias("v").to_frame().select(as_text(kind, pl.col("v"))).to_series().alias(series.name)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise SourceError(
            f"{name}: column {series.name!r} ({kind}) can't be read as text. Export it as text, or leave it out."
        ) from None
