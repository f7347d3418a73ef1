"""A delimited file, read by pieces cut between records, each decoded, checked and parsed in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from importer.errors import SourceError
from importer.source.batch import Batch, BatchRef, Described
from importer.source.detect import find_encoding
from importer.source.encoding import Encoding, Place
from importer.source.header import SAMPLE, Head, read_head
from importer.source.records import BOM, Records, split_records
from importer.source.repeated import set_aside_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.batch import Declared, Limits
    from importer.source.original import Original

COUNTED = 1 << 12
"""Bytes whose line ends are counted at a time."""
LONGEST = 256 << 20
"""Bytes in which a record must have ended."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where reading stands: the next byte, record and physical line."""

    offset: int
    row: int
    line: int


@dataclass(frozen=True, slots=True)
class Delimited:
    """A CSV, TSV or other delimited file."""

    original: Original
    encoding: Encoding
    head: Head
    limits: Limits
    open_end: bool = False
    """Whether no line end follows the last line."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its header."""
        return self.head.columns

    @property
    def described(self) -> Described:
        """How it is read."""
        return Described("csv", self.encoding.name, self.head.dialect.delimiter, self._notes())

    def _notes(self) -> tuple[str, ...]:
        lines = self.head.preamble
        notes = {
            self.encoding.doubt: bool(self.encoding.doubt),
            "byte-order mark": self.encoding.start > 0,
            f"{lines} line{'s' * (lines > 1)} above the header left out": lines > 0,
            "line ends of several kinds": self.head.mixed,
            "CR line ends": self.head.dialect.eol == "\r",
            "no line end after the last line: is the file whole?": self.open_end,
            "encoding as the mapping says": not self.encoding.detected,
        }
        return tuple(note for note, holds in notes.items() if holds)

    def batches(self, part: int, source: int) -> Iterator[Batch]:
        """Read it from its beginning.

        Raises SourceError when it changes meanwhile, or holds bytes that are no text in its encoding.
        """
        at = _Cursor(self.head.start, 1, self.head.lines + 1)
        held, size, rows = b"", self.limits.size, self.limits.rows
        with self.original.open() as file:
            file.seek(at.offset)
            while True:
                held, complete = _fill(file, held, size)
                cut, counted = self._cut(held, rows, complete=complete)
                raw = held[:cut]
                last = complete and len(raw) == len(held)
                records = self._split(raw, at, last=last)
                used = len(raw) if last else self._length(raw, counted, records.lines)
                if used or last:
                    if records.found.height:
                        yield self._batch(records, BatchRef(part, source, at.offset, used, at.row, at.line, 0))
                        part += 1
                    at = _Cursor(at.offset + used, at.row + records.found.height, at.line + records.lines)
                    self.original.check()
                    held, size, rows = held[used:], self.limits.size, self.limits.rows
                elif held.count(self.head.dialect.eol.encode(self.encoding.name)) > rows:
                    # The record has more lines than the piece; what is at hand may hold it.
                    rows *= 2
                else:
                    size *= 2
                if last:
                    return
                if size > max(LONGEST, self.limits.size):
                    raise SourceError(
                        f"{self.original.name}: line {at.line} doesn't end within {LONGEST:,} bytes. "
                        "Is this a delimited file?"
                    )

    def read(self, ref: BatchRef) -> Batch:
        """Read one batch again. Raises SourceError when the file changed."""
        return self._batch(
            self._split(self._raw(ref), _Cursor(ref.offset, ref.first_row, ref.first_line), last=True), ref
        )

    def read_rows(self, ref: BatchRef, positions: pl.Series, lines: pl.Series) -> pl.DataFrame:
        """Read the cells of some well-shaped records of a batch again. Raises SourceError when the file changed."""
        if lines.n_unique() < len(lines):  # a line of several records, where line ends are mixed
            return self.read(ref).cells[positions]
        mark = self.head.dialect.eol.encode()
        place = Place(self.original.name, ref.offset, ref.first_line, self.head.dialect.eol)
        physical = self.encoding.decode(self._raw(ref), place).split(mark)
        # A record reaches to where the next one begins; blank lines between them are none.
        ends = lines.shift(-1, fill_value=ref.first_line + len(physical))
        reach = zip(lines.gather(positions) - ref.first_line, ends.gather(positions) - ref.first_line, strict=True)
        wanted = mark.join(line for first, end in reach for line in physical[first:end])
        records = split_records(wanted, self.head.dialect, last=True)
        if records.found["shape"].null_count() != len(positions):
            raise SourceError(f"{self.original.name} changed while it was read. Run again.")
        return self._parse(records)

    def _raw(self, ref: BatchRef) -> bytes:
        with self.original.open() as file:
            file.seek(ref.offset)
            return file.read(ref.length)

    def _cut(self, held: bytes, rows: int, *, complete: bool) -> tuple[int, int]:
        """Give where the piece ends, after at most `rows` line ends or a few less, and how many it has."""
        eol = self.head.dialect.eol
        mark = eol.encode(self.encoding.name)
        low, counted = 0, 0
        for high in range(COUNTED, len(held) + COUNTED, COUNTED):
            more = held.count(mark, low, high)
            if counted + more > rows:
                break
            low, counted = high, counted + more
        else:
            end = len(held) if complete else self.encoding.before(held, eol, len(held))
            return end, counted
        end = self.encoding.before(held, eol, low)
        return (end, counted) if end else (self.encoding.after_line(held, eol, 0), 1)

    def _split(self, raw: bytes, at: _Cursor, *, last: bool) -> Records:
        if not raw:
            empty = pl.DataFrame(schema={"at": pl.Int64, "shape": pl.String, "raw": pl.String})
            return Records(b"", empty, 0)
        dialect = self.head.dialect
        place = Place(self.original.name, at.offset, at.line, dialect.eol)
        data = self.encoding.decode(raw, place)
        try:
            return split_records(data, dialect, last=last)
        except pl.exceptions.ComputeError:  # its text could hold cells
            self.encoding.check(raw, place)
            raise SourceError(f"{self.original.name}: the lines from {at.line} on can't be parsed.") from None

    def _length(self, raw: bytes, counted: int, lines: int) -> int:
        """Give how many bytes the first `lines` of a piece's `counted` lines take; what is left is its short tail."""
        mark, end = self.head.dialect.eol, len(raw)
        if not lines:
            return 0
        if self.encoding.width == 1:
            for _ in range(counted - lines):
                end = self.encoding.before(raw, mark, end - 1)
            return end
        return self.encoding.reach(raw, mark, lines)  # halves of characters may have been counted

    def _batch(self, records: Records, ref: BatchRef) -> Batch:
        found = records.found
        meta = found.select(
            row=pl.int_range(ref.first_row, ref.first_row + pl.len(), dtype=pl.Int64),
            line=pl.col("at") + ref.first_line,
            shape="shape",
            raw="raw",
        )
        cells, meta = set_aside_headers(self._parse(records), meta, self.head.dialect.delimiter)
        if ref.rows not in (0, found.height):
            raise SourceError(f"{self.original.name} changed while it was read. Run again.")
        ref = BatchRef(ref.part, ref.source, ref.offset, ref.length, ref.first_row, ref.first_line, found.height)
        return Batch(ref, cells, meta, self.original.taken(ref.length))

    def _parse(self, records: Records) -> pl.DataFrame:
        good = records.found["shape"].is_null()
        expected = int(good.sum())
        dialect = self.head.dialect
        schema = dict.fromkeys(self.columns, pl.String)
        try:
            cells = (
                pl.DataFrame(schema=schema)
                if not expected
                else pl.read_csv(
                    BOM + records.good,
                    has_header=False,
                    infer_schema=False,
                    schema=schema,
                    separator=dialect.delimiter,
                    quote_char=dialect.quote,
                    eol_char=dialect.eol,
                )
            )
        except pl.exceptions.PolarsError:
            cells = pl.DataFrame()
        if cells.height != expected:
            raise SourceError(
                f"{self.original.name}: {expected} records were counted, but the CSV parser sees them differently. "
                "Please report this; as a way round, save the file again with every cell quoted."
            )
        if expected == good.len():
            return cells
        # A position of null gives a row of nulls.
        position = pl.select(pl.when(good).then(good.cum_sum().cast(pl.Int64) - 1)).to_series()
        return cells.select(pl.all().gather(position)) if expected else cells.clear(good.len())


def _fill(file: BinaryIO, held: bytes, size: int) -> tuple[bytes, bool]:
    wanted = size - len(held)
    if wanted <= 0:
        return held, False
    more = file.read(wanted)
    return held + more, len(more) < wanted


def open_delimited(
    original: Original, declared: Declared, limits: Limits, *, encoding: Encoding | None = None
) -> Delimited:
    """Find out how a delimited file is written, its encoding too unless that is known, and read its header.

    Raises NoInputError when it has no header, SourceError when it can't be read as declared or detected.
    """
    encoding = encoding or find_encoding(original, declared.encoding)
    with original.open() as file:
        file.seek(encoding.start)
        raw = file.read(SAMPLE)
        size = original.plain_size or 0
        file.seek(max(size - encoding.width, 0))
        open_end = size > 0 and file.read().strip(b"\0") not in (b"\n", b"\r")
    return Delimited(original, encoding, read_head(original.name, raw, encoding, declared), limits, open_end)
