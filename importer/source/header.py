"""The head of a delimited file: what stands above its header, the header, and where its records begin."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import NoInputError, SourceError
from importer.source.delimiter import check_declared, explain_missing_delimiter, find_layout, lay_out
from importer.source.encoding import bad_byte
from importer.source.shape import Dialect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.source.batch import Declared
    from importer.source.encoding import Encoding

SAMPLE = 1 << 20
SAMPLE_RECORDS = 60
RECORD_LINES = 50
"""Lines over which a record among the first may reach."""
NEARLY_ALL = 20
LONG_NUMBER = 9
"""Digits that no column is named by: dates have 8."""
LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Head:
    """What a delimited file's first lines tell."""

    columns: tuple[str, ...]
    dialect: Dialect
    start: int
    """Bytes into the file at which the records begin."""
    lines: int
    """Physical lines above the records, the header's included."""
    preamble: int = 0
    """Lines above the header that were found, and left out, without being told."""
    mixed: bool = False
    """Whether the first lines end in different ways."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    end: int
    """Where its line end ends."""


@dataclass(frozen=True, slots=True)
class _Record:
    text: str
    first: int
    """Its first line, from 0."""
    end: int


def read_head(name: str, raw: bytes, encoding: Encoding, declared: Declared) -> Head:
    """Read the head from `raw`, the file's first bytes after its byte-order mark.

    Raises NoInputError when there is no header, SourceError when it can't be told apart or its names can't be used.
    """
    text = _decode(name, raw, encoding)
    lines = _physical(text)
    skipped = declared.skip_lines or 0
    at = _first_filled(name, lines, skipped)
    given = _one_character(name, declared.delimiter)
    if (said := _excel_mark(lines[at].text)) is not None:
        given, at = given or said, _first_filled(name, lines, at + 1)
    records = _records(lines, at, declared.quote)
    cut = len(raw) >= SAMPLE
    if cut and len(records) == 1:
        raise SourceError(f"{name}: the header is longer than {SAMPLE:,} bytes. Is this a delimited file?")
    records = records[: -1 if cut else None][:SAMPLE_RECORDS]
    texts = [record.text for record in records]
    free = declared.skip_lines is None
    layout = (
        lay_out(texts, given, declared.quote, preamble=free)
        if given
        else find_layout(name, texts, declared.quote, preamble=free)
    )
    if declared.delimiter:
        check_declared(name, layout, texts, declared.quote)
    header = records[layout.header]
    if header.text.count(declared.quote) % 2:
        raise SourceError(f"{name}: a quote in the header (line {header.first + 1}) is never closed.")
    columns = _split(name, header.text, layout.delimiter, declared.quote)
    if len(columns) == 1:
        body = texts[layout.header + 1 :]
        explain_missing_delimiter(name, header.text, body, layout.delimiter, declared.quote)
    check_columns(name, columns)
    eol = _usual_end(text, declared.quote)
    return Head(
        columns,
        Dialect(layout.delimiter, declared.quote, len(columns), eol),
        encoding.start + len(text[: header.end].encode(encoding.name)),
        text.count(eol, 0, header.end),
        header.first if layout.header else 0,
        len({mark.group() for mark in LINE_END.finditer(text, 0, 1 << 16)}) > 1,
    )


def check_columns(name: str, columns: tuple[str, ...]) -> None:
    """Raise SourceError that lists, by position from 1, names that are blank, padded, repeated or hold a NUL or BOM.

    A header that looks like a record is told without a word of it: it may be a customer's.
    """
    _refuse_data(name, columns)
    faults = []
    seen: dict[str, int] = {}
    for position, column in enumerate(columns, 1):
        first = seen.setdefault(column, position)
        if not column.strip():
            faults.append(f"column {position} has no name")
        elif "\ufeff" in column:
            faults.append(f"column {position} holds a byte-order mark in its name")
        elif column != column.strip():
            faults.append(f"column {position} has blanks around its name ({column!r})")
        elif "\0" in column:
            faults.append(f"column {position} holds a NUL character (is the file UTF-16?)")
        elif first < position:
            faults.append(f"columns {first} and {position} have the same name ({column!r})")
    if faults:
        lower = "" if all(map(str.strip, columns)) else " If it stands further down, say `source: {skip_lines: N}`."
        raise SourceError(
            f"{name}: the header can't be used: {'; '.join(faults)}. Mend the header, then run again.{lower}"
        )


def _refuse_data(name: str, columns: tuple[str, ...]) -> None:
    # Years may head columns; digits alone are data where they are long, or where half the names are digits.
    digits = [column for column in columns if re.fullmatch(r"\+?\d[\d ().-]*", column.strip())]
    long = any(len(re.sub(r"\D", "", column)) >= LONG_NUMBER for column in digits)
    email = any(re.fullmatch(r"\S+@\S+\.\S+", column.strip()) for column in columns)
    if email or long or len(digits) * 2 > len(columns):
        what = "an e-mail address" if email else "numbers"
        raise SourceError(
            f"{name}: the header looks like data: {what} where names are expected (not shown here). Put a line with "
            "the columns' names above it; where lines above the header are in the way, say `source: {skip_lines: N}`."
        )


def _decode(name: str, raw: bytes, encoding: Encoding) -> str:
    decoder = codecs.getincrementaldecoder(encoding.name)()
    try:
        return decoder.decode(raw, final=len(raw) < SAMPLE)
    except UnicodeDecodeError as error:
        where, line = encoding.start + error.start, raw.count(b"\n", 0, error.start) + 1
        raise bad_byte(name, where, line, encoding) from None


def _one_character(name: str, delimiter: str | None) -> str | None:
    if delimiter in (None, "tab", "\\t"):
        return delimiter and "\t"
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"':
        raise SourceError(f"{name}: the delimiter must be one ASCII character, or the word tab.")
    return delimiter


def _physical(text: str) -> list[_Line]:
    lines, start = [], 0
    for mark in LINE_END.finditer(text):
        lines.append(_Line(text[start : mark.start()], mark.end()))
        start = mark.end()
    return [*lines, _Line(text[start:], len(text))] if start < len(text) else lines


def _usual_end(text: str, quote: str) -> str:
    """Give the line end that parts records: LF (of CRLF too), or CR where nearly all outside quotes are that.

    The other one parts records too where a line is of wrong shape without it.
    """
    outside = "".join(text.split(quote)[::2])
    feeds = outside.count("\n")
    returns = outside.count("\r") - outside.count("\r\n")
    return "\r" if returns > NEARLY_ALL * feeds else "\n"


def _first_filled(name: str, lines: Sequence[_Line], at: int) -> int:
    found = next((number for number in range(at, len(lines)) if lines[number].text), None)
    if found is None:
        raise NoInputError(f"{name} has no header{f' below its first {at} lines' if at else ''}.")
    return found


def _excel_mark(line: str) -> str | None:
    """Give the delimiter that Excel's own first line names (`sep=;`, quoted or padded with delimiters or not)."""
    found = re.fullmatch('"?sep=(.)"?\\1*', line, re.IGNORECASE)
    return found.group(1) if found else None


def _records(lines: Sequence[_Line], at: int, quote: str) -> list[_Record]:
    """Put lines together as quotes say; the first records of the file, blank lines left out.

    A line whose quote is not closed near by, or neither begins nor ends a cell, stands alone.
    """
    mark = re.escape(quote)
    opens = re.compile(f"(?:^|[,;\t|]){mark}[^{mark}]*(?:{mark}{mark}[^{mark}]*)*$")
    closes = re.compile(f"^[^{mark}]*(?:{mark}{mark}[^{mark}]*)*{mark}(?:[,;\t|]|$)")
    records: list[_Record] = []
    while at < len(lines) and len(records) <= SAMPLE_RECORDS:
        last = at
        if lines[at].text.count(quote) % 2 and opens.search(lines[at].text):
            near = range(at + 1, min(at + RECORD_LINES, len(lines)))
            odd = next((number for number in near if lines[number].text.count(quote) % 2), at)
            last = odd if closes.search(lines[odd].text) else at
        text = "\n".join(line.text for line in lines[at : last + 1])
        if text:
            records.append(_Record(text, at, lines[last].end))
        at = last + 1
    return records


def _split(name: str, header: str, delimiter: str, quote: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([header], delimiter=delimiter, quotechar=quote, strict=True)))
    except csv.Error:
        raise SourceError(f"{name}: the header is not well-formed: a quote inside it is stray or unclosed.") from None
