"""Several files read as one: the same columns, batches numbered through."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.rejects import COLUMNS
from importer.source.paths import NestedPath, find_paths
from importer.source.returned import Returned
from importer.source.unpack import keep_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.source.batch import Batch, BatchRef, Described, Source
    from importer.source.original import Original


class Sources:
    """The files of one run, opened.

    `names` are the paths as given; `columns` the first file's, in its order; `returned` says that they are reject files
    come back; `size` is the bytes of all as stored, None where one is a pipe; `described` tells of each how it is read.
    """

    def __init__(self, files: Sequence[tuple[Original, Source]]) -> None:
        """Take files that were opened; their columns must be the same. Raises SourceError when they differ."""
        self._originals = tuple(original for original, _ in files)
        self._sources = tuple(source for _, source in files)
        self._digest: str | None = None
        self.paths: tuple[NestedPath, ...] = ()
        self.names: tuple[str, ...] = tuple(original.name for original in self._originals)
        self.columns: tuple[str, ...] = self._sources[0].columns
        self.returned: bool = isinstance(self._sources[0], Returned)
        sizes = [original.size for original in self._originals]
        self.size: int | None = None if None in sizes else sum(size or 0 for size in sizes)
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
        mine, theirs = set(self.columns), set(source.columns)
        missing = [column for column in self.columns if column not in theirs]
        added = [column for column in source.columns if column not in mine]
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
                whole.update(original.digest())
            self._digest = whole.hexdigest()
        return self._digest

    @property
    def told(self) -> tuple[str, ...]:
        """How each file is read, in words, with its name."""
        return tuple(f"{name}: {how.text}" for name, how in zip(self.names, self.described, strict=True))

    def add_paths(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Give the wanted names that are paths into a column; from now on `cells` holds them too, after the columns."""
        self.paths = find_paths(wanted, self.columns)
        return tuple(path.name for path in self.paths)

    def keep_piped(self, folder: Path) -> tuple[str, ...]:
        """Give absolute paths under which the sources can be opened again; what was piped is kept in `folder`.

        It is written for its owner alone. Raises StateError when the disk is full.
        """
        return tuple(
            str(Path(original.path).absolute()) if original.path else keep_whole(original, folder / "stdin")
            for original in self._originals
        )

    def _in_order(self, cells: pl.DataFrame) -> pl.DataFrame:
        if tuple(cells.columns) != self.columns:
            cells = pl.DataFrame([cells.get_column(name) for name in self.columns])
        return cells.hstack([path.read(cells) for path in self.paths]) if self.paths else cells
