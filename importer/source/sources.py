"""Several files read as one: the same columns, batches numbered through."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import NoInputError, SourceError
from importer.rejects import COLUMNS
from importer.source.batch import Batch, Declared, Limits
from importer.source.delimited import open_delimited
from importer.source.original import look_at
from importer.source.parquet import MAGIC, open_parquet
from importer.source.returned import Returned, open_returned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.source.batch import BatchRef, Described, Source
    from importer.source.original import Original

BATCH_BYTES = 16 << 20
BATCH_ROWS = 50_000


class Sources:
    """The files of one run, opened.

    `names` are the paths as given; `columns` the first file's, in its order; `returned` says that they are reject files
    come back; `size` is the bytes of all; `described` tells of each how it is read.
    """

    def __init__(self, files: Sequence[tuple[Original, Source]]) -> None:
        """Take files that were opened; their columns must be the same. Raises SourceError when they differ."""
        self._originals = tuple(original for original, _ in files)
        self._sources = tuple(source for _, source in files)
        self._digest: str | None = None
        self.names: tuple[str, ...] = tuple(original.name for original in self._originals)
        self.columns: tuple[str, ...] = self._sources[0].columns
        self.returned: bool = isinstance(self._sources[0], Returned)
        self.size: int = sum(original.size for original in self._originals)
        self.described: tuple[Described, ...] = tuple(source.described for source in self._sources)
        for name, source in zip(self.names, self._sources, strict=True):
            self._compare(name, source)

    def _compare(self, name: str, source: Source) -> None:
        if isinstance(source, Returned) != self.returned:
            raise SourceError(
                f"{self.names[0]} and {name}: only one of them is a reject file that comes back. Run it by itself."
            )
        if not self.returned and (reserved := [column for column in source.columns if column in COLUMNS]):
            raise SourceError(
                f"{name}: the columns {', '.join(reserved)} have names kept for reject files. Rename them."
            )
        missing = [column for column in self.columns if column not in source.columns]
        added = [column for column in source.columns if column not in self.columns]
        if missing or added:
            raise SourceError(
                f"{name} has other columns than {self.names[0]}."
                + (f" Missing: {', '.join(missing)}." if missing else "")
                + (f" Not in the first: {', '.join(added)}." if added else "")
                + " Files of one run must have the same columns."
            )

    def batches(self) -> Iterator[Batch]:
        """Read all files in their order; parts are numbered from 0. Raises SourceError when one can't be read on."""
        part = 0
        for index, source in enumerate(self._sources):
            for batch in source.batches(part, index):
                part += 1
                yield replace(batch, cells=self._in_order(batch.cells))

    def read(self, ref: BatchRef) -> Batch:
        """Read one batch again, the same to the last cell. Raises SourceError when its file changed."""
        batch = self._sources[ref.source].read(ref)
        return replace(batch, cells=self._in_order(batch.cells))

    def read_rows(self, ref: BatchRef, positions: pl.Series, lines: pl.Series) -> pl.DataFrame:
        """Read the cells of some well-shaped records of a batch again, far cheaper than the whole of it.

        `positions` are places in the batch from 0, rising; `lines` is the `line` of all its records. Raises SourceError
        when its file changed.
        """
        return self._in_order(self._sources[ref.source].read_rows(ref, positions, lines))

    def digest(self) -> str:
        """Give the hex SHA-256 of the files' contents in their order, whatever their names. Reads them once."""
        if self._digest is None:
            whole = hashlib.sha256()
            for original in self._originals:
                with original.open() as file:
                    whole.update(hashlib.file_digest(file, "sha256").digest())
            self._digest = whole.hexdigest()
        return self._digest

    def _in_order(self, cells: pl.DataFrame) -> pl.DataFrame:
        in_order = tuple(cells.columns) == self.columns
        return cells if in_order else pl.DataFrame([cells.get_column(name) for name in self.columns])


def open_sources(
    paths: Sequence[str], declared: Declared, *, batch_bytes: int = BATCH_BYTES, batch_rows: int = BATCH_ROWS
) -> Sources:
    """Open the files of a run: they exist, have headers, and the same columns. No record is read yet.

    What a file is, its content says: Parquet, a reject file that comes back, else delimited text as declared or
    detected. Raises NoInputError when a file is missing or has no header, SourceError when one can't be read or the
    columns differ.
    """
    if not paths:
        raise NoInputError("No file was given.")
    limits = Limits(batch_bytes, batch_rows)
    originals = [look_at(path) for path in paths]
    return Sources([(original, _open(original, declared, limits)) for original in originals])


def _open(original: Original, declared: Declared, limits: Limits) -> Source:
    with original.open() as file:
        magic = file.read(len(MAGIC))
    if magic == MAGIC or original.name.lower().endswith((".parquet", ".pq")):
        return open_parquet(original, limits)
    return open_returned(original, limits) or open_delimited(original, declared, limits)
