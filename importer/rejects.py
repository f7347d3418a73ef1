"""The form of `rejects.csv`, for the one who writes it and the one who reads it when it comes back.

UTF-8 with byte-order mark, commas, quoting and CRLF line ends as RFC 4180 has them: the source's columns as they were,
then `_source,_row,_line,_reasons,_hints,_raw`. A cell that a spreadsheet could take for a formula gets one `'` in
front, which is taken off on return. Only the owner can read the file. Card numbers are masked by the caller before.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

import polars as pl

from importer.durable import sync_folder
from importer.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

COLUMNS = ("_source", "_row", "_line", "_reasons", "_hints", "_raw")
GUARDED = ("_source", "_hints", "_raw")
BOM = "\ufeff"
_RISKY = "=+-@'\t\r"


def guard(text: pl.Expr) -> pl.Expr:
    """Put one `'` before a text that begins with `= + - @ '`, TAB or CR, so that no spreadsheet runs it."""
    # A pattern takes several times as long.
    risky = reduce(or_, (text.str.starts_with(letter) for letter in _RISKY))
    return pl.when(~risky).then(text).otherwise(pl.lit("'") + text)


def unguard(text: pl.Expr) -> pl.Expr:
    """Take off the one `'` that `guard` put on: the exact inverse."""
    return text.str.replace(r"^'([=+\-@'\t\r])", "${1}")


def guard_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Guard the names of a header."""
    return tuple(pl.DataFrame({"name": names}, {"name": pl.String}).select(guard(pl.col("name"))).to_series())


def unguard_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Take the guards off the names of a header."""
    return tuple(pl.DataFrame({"name": names}, {"name": pl.String}).select(unguard(pl.col("name"))).to_series())


class RejectsFile:
    """Writes a `rejects.csv` under another name and puts it in place, whole and synced, when closed without error.

    A context manager. Raises StateError when the disk is full or the folder can't be written.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """Begin the file with the header of a source of those columns."""
        self._path = path
        self._draft = path.with_name(path.name + ".part")
        try:
            with suppress(FileNotFoundError):
                self._draft.unlink()  # left by a killed run
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(self._draft, flags, 0o600), "wb")
        except OSError as error:
            raise self._failed(error) from None
        header = pl.DataFrame(schema=dict.fromkeys((*guard_names(columns), *COLUMNS), pl.String))
        self._columns = columns
        self._write((BOM + header.write_csv(line_terminator="\r\n")).encode())

    def append(self, cells: pl.DataFrame, numbers: pl.DataFrame) -> None:
        """Add rows.

        `cells` are the source's columns, String. `numbers` is as high and holds `source` (its name), `row`, `line`,
        `reasons`, `hints`, `raw`. A NUL in `raw` is written as its picture U+2400, since spreadsheets stop at one.
        """
        if tuple(cells.columns) != self._columns:
            raise ValueError("the columns are not those of the header")
        told = numbers.select(
            pl.col("source", "row", "line", "reasons", "hints", "raw").cast(pl.String).name.prefix("_")
        ).with_columns(pl.col("_raw").str.replace_all("\0", "\u2400", literal=True))
        told = told.with_columns(guard(pl.col(*GUARDED)))
        rows = pl.concat([cells.select(guard(pl.all())), told], how="horizontal")
        self._write(rows.write_csv(include_header=False, line_terminator="\r\n").encode())

    def close(self) -> None:
        """Put the file in its place, synced; what stood there before is replaced."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise self._failed(error) from None

    def discard(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> StateError:
        return StateError(
            f"{self._path} can't be written: {error.strerror}. Free space or mend its folder, then run again."
        )
