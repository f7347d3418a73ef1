"""differences.csv: who is not the same on both sides, for a spreadsheet.

UTF-8 with byte-order mark, commas and CRLF; a cell that a spreadsheet could take for a formula gets one `'` in front,
as in rejects.csv. Only its owner can read it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import polars as pl

from importer.errors import StateError
from importer.rejects import BOM, guard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

COLUMNS = (
    "class",
    "cause",
    "since",
    "detail",
    "matched_by",
    "key",
    "contact_id",
    "field",
    "there",
    "here",
    "here_source",
    "here_row",
    "here_line",
    "there_source",
    "there_row",
    "there_line",
)


class DifferencesFile:
    """Writes the file beside its name and puts it in place, whole and synced, when closed without error.

    A context manager. Raises StateError when the disk is full or the folder can't be written.
    """

    def __init__(self, path: Path, here: Sequence[str], there: Sequence[str]) -> None:
        """Begin the file; `here` and `there` name the sources of each side by their numbers."""
        self._path = path
        self._names = {"here_source": list(here), "there_source": list(there)}
        self._draft = path.with_name(f".{path.name}.part")
        try:
            self._draft.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(self._draft, flags, 0o600), "wb")
        except OSError as error:
            raise self._failed(error) from None
        self._write((BOM + ",".join(COLUMNS) + "\r\n").encode())

    def append(self, lines: pl.DataFrame) -> None:
        """Add lines as `causes.explain` gives them."""
        named = lines.select(
            "class",
            "cause",
            pl.col("since").cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "detail",
            pl.col("by").alias("matched_by"),
            "key",
            "contact_id",
            "field",
            pl.col("old").alias("there"),
            pl.col("new").alias("here"),
            *(self._named(name) if name.endswith("_source") else pl.col(name) for name in COLUMNS[10:]),
        )
        text = named.select(guard(pl.col(pl.String)).name.keep()) if named.width else named
        self._write(named.with_columns(text).write_csv(include_header=False, line_terminator="\r\n").encode())

    def _named(self, name: str) -> pl.Expr:
        names = self._names[name]
        known = dict(enumerate(names))
        return pl.col(name).replace_strict(known, default=None, return_dtype=pl.String).alias(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._file.close()
            self._draft.unlink(missing_ok=True)
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self._path)
        except OSError as failure:
            with suppress(OSError):
                self._draft.unlink(missing_ok=True)
            raise self._failed(failure) from None

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> StateError:
        return StateError(f"{self._path} can't be written: {error.strerror}. Free space, mend its folder, or give -o.")
