"""The head of a delimited file: its delimiter, its header, and where its records begin."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import NoInputError, SourceError
from importer.source.shape import Dialect

if TYPE_CHECKING:
    from importer.source.batch import Declared
    from importer.source.encoding import Encoding

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 1 << 20
SAMPLE_LINES = 50


@dataclass(frozen=True, slots=True)
class Head:
    """What a delimited file's first lines tell."""

    columns: tuple[str, ...]
    dialect: Dialect
    start: int
    """Bytes into the file at which the records begin."""
    lines: int
    """Physical lines above the records, the header's included."""


def read_head(name: str, raw: bytes, encoding: Encoding, declared: Declared) -> Head:
    """Read the head from `raw`, the file's first bytes after its byte-order mark.

    Raises NoInputError when there is no header, SourceError when it can't be told apart or its names can't be used.
    """
    text = _decode(name, raw, encoding)
    eol = "\n" if "\n" in text else "\r" if "\r" in text else "\n"
    lines = text.split(eol)
    if lines[-1] == "":
        lines.pop()
    at = declared.skip_lines
    while at < len(lines) and not lines[at].strip("\r"):
        at += 1
    if at >= len(lines):
        above = f" below the {declared.skip_lines} lines to skip" if declared.skip_lines else ""
        raise NoInputError(f"{name} has no header{above}.")
    given = _one_character(name, declared.delimiter)
    if lines[at].lower().startswith("sep=") and len(lines[at].rstrip("\r")) == len("sep=;"):
        given, at = given or lines[at][4], at + 1
    end = _end_of_record(name, lines, at, declared.quote)
    if end == len(lines) and len(raw) >= SAMPLE:
        raise SourceError(f"{name}: the header is longer than {SAMPLE:,} bytes. Is this a delimited file?")
    header, body = eol.join(lines[at:end]).removesuffix("\r"), lines[end : end + SAMPLE_LINES]
    found = given or _find_delimiter(header, body, declared.quote)
    columns = _split(name, header, found, declared.quote)
    if len(columns) == 1:
        explain_missing_delimiter(name, header, body, found, declared.quote)
    check_columns(name, columns)
    dialect = Dialect(found, declared.quote, len(columns), eol)
    return Head(columns, dialect, encoding.start + _after_lines(raw, encoding, eol, end), end)


def explain_missing_delimiter(name: str, header: str, body: list[str], delimiter: str, quote: str) -> None:
    """Raise SourceError when a header of one column would have clearly more under another delimiter."""
    counts = {other: _count(header, other, quote) for other in DELIMITERS if other != delimiter}
    best = max(counts, key=lambda other: (counts[other], -DELIMITERS.index(other)))
    agree = bool(body) and all(_count(line, best, quote) == counts[best] for line in body)
    if counts[best] > 2 or (counts[best] == 2 and agree):  # noqa: PLR2004  # two columns may be a comma in a name
        raise SourceError(
            f"{name}: 1 column found with `{_shown(delimiter)}`; `{_shown(best)}` would give {counts[best]}. "
            f'Say `source: {{delimiter: "{_shown(best)}"}}` in the mapping.'
        )


def check_columns(name: str, columns: tuple[str, ...]) -> None:
    """Raise SourceError that lists, by position from 1, header names that are blank, padded, repeated or hold a NUL."""
    faults = []
    for position, column in enumerate(columns, 1):
        first = columns.index(column) + 1
        if not column.strip():
            faults.append(f"column {position} has no name")
        elif column != column.strip():
            faults.append(f"column {position} has blanks around its name ({column!r})")
        elif "\0" in column:
            faults.append(f"column {position} holds a NUL character (is the file UTF-16?)")
        elif first < position:
            faults.append(f"columns {first} and {position} have the same name ({column!r})")
    if faults:
        raise SourceError(f"{name}: the header can't be used: {'; '.join(faults)}. Mend the header, then run again.")


def _decode(name: str, raw: bytes, encoding: Encoding) -> str:
    decoder = codecs.getincrementaldecoder(encoding.name)()
    try:
        return decoder.decode(raw, final=len(raw) < SAMPLE)
    except UnicodeDecodeError as error:
        where, line = encoding.start + error.start, raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{name}: byte {where} (line {line}) is not {encoding.name} text. "
            "Say the encoding in the mapping (`source: {encoding: cp1252}`), or save the file as UTF-8."
        ) from None


def _one_character(name: str, delimiter: str | None) -> str | None:
    if delimiter in (None, "tab", "\\t"):
        return delimiter and "\t"
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"':
        raise SourceError(f"{name}: the delimiter must be one ASCII character, or the word tab.")
    return delimiter


def _end_of_record(name: str, lines: list[str], first: int, quote: str) -> int:
    quotes = 0
    for end in range(first, len(lines)):
        quotes += lines[end].count(quote)
        if quotes % 2 == 0:
            return end + 1
    raise SourceError(f"{name}: a quote in the header (line {first + 1}) is never closed.")


def _count(line: str, delimiter: str, quote: str) -> int:
    return sum(part.count(delimiter) for part in line.split(quote)[::2]) + 1


def _find_delimiter(header: str, body: list[str], quote: str) -> str:
    def fitness(delimiter: str) -> tuple[bool, int, int]:
        columns = _count(header, delimiter, quote)
        return columns > 1, sum(_count(line, delimiter, quote) == columns for line in body), columns

    return max(DELIMITERS, key=fitness)


def _split(name: str, header: str, delimiter: str, quote: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([header], delimiter=delimiter, quotechar=quote, strict=True)))
    except csv.Error:
        raise SourceError(f"{name}: the header is not well-formed: a quote inside it is stray or unclosed.") from None


def _after_lines(raw: bytes, encoding: Encoding, eol: str, lines: int) -> int:
    end = 0
    for _ in range(lines):
        end = encoding.after_line(raw, eol, end)
    return end


def _shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter
