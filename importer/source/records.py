"""Physical lines become records: the well-shaped go on together, each of the others is set aside with its reason.

A line that is a whole record by itself needs no more than one pattern. Only where lines are left over is there work:
blank ones are no records, those with an odd number of quotes may open a quoted line break, and what remains is of wrong
shape.

A line that opens a quoted line break is joined with the lines up to the next one with an odd number of quotes, where
the quotes balance again. What that gives decides:

* a whole record: it is taken, unless two lines or more lie inside it and each of them is a whole record by itself (of
  three fields or more): then the quote was never closed, and swallowing those records would lose them;
* well-formed with another number of fields: one record of wrong shape, unless a line inside it is a whole record;
* anything else, also when no such line follows within MAX_RECORD bytes: the opening line alone is of wrong shape, and
  reading goes on with the next line.

The outcome never depends on where the bytes were cut: what can't be decided yet is left for the next call.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from importer.source.shape import Dialect

MAX_RECORD = 8 << 20
"""Bytes of UTF-8 over which a quoted line break may reach."""
BOM = b"\xef\xbb\xbf"
"""Put before all that Polars parses: it takes a buffer beginning with `x^` for zlib, and eats a cell's own U+FEFF."""

TEXT = pl.col("text")
UNCLOSED = "unclosed quote"
STRAY = "stray quote"
NUL = "NUL character"


@dataclass(frozen=True, slots=True)
class Records:
    """The records of some lines.

    `good` is UTF-8 CSV of the well-shaped ones. `found` has a row per record, in order: `at` Int64 (the line on which
    it begins, from 0), `shape` and `raw` String (both null for the well-shaped). `lines` counts the lines used.
    """

    good: bytes
    found: pl.DataFrame
    lines: int


def split_records(data: bytes, dialect: Dialect, *, last: bool) -> Records:
    """Split UTF-8 `data`, whole physical lines, into records. `last` says that nothing follows it."""
    eol = dialect.eol.encode()
    if not data.endswith(eol):
        data += eol
    lines = pl.DataFrame({"text": _physical_lines(data, dialect.eol)})
    whole = dialect.is_whole(TEXT) & ~TEXT.is_in(["", "\r"])
    if b"\0" in data:
        whole &= ~TEXT.str.contains("\0", literal=True)
    lines = lines.with_columns(whole=whole).with_row_index("at").cast({"at": pl.Int64})
    if lines["whole"].all():
        none = pl.lit(None, pl.String)
        return Records(data, lines.select("at", shape=none, raw=none), lines.height)
    return _sort_out(lines, dialect, last=last)


def _physical_lines(data: bytes, eol: str) -> pl.Series:
    absent = next((mark for mark in map(chr, range(1, 127)) if mark != eol and mark.encode() not in data), None)
    if absent is None:
        return pl.Series([data.decode().removesuffix(eol)]).str.split(eol).explode()
    if eol == "\n" and b"\r" in data:
        data = data.replace(b"\r\n", b"\r\r\n")  # the parser eats one; a quoted line break keeps its own
    read = pl.read_csv(
        BOM + data, has_header=False, schema={"text": pl.String}, separator=absent, quote_char=None, eol_char=eol
    )
    return read.to_series().fill_null("")


def _sort_out(lines: pl.DataFrame, dialect: Dialect, *, last: bool) -> Records:
    odd = dialect.count_quotes(TEXT) % 2 == 1
    rest = lines.filter(~pl.col("whole")).filter(odd)
    rest = rest.with_columns(opens=dialect.opens(TEXT))
    joined, end = _join(lines, rest, dialect, last=last)
    inside = bytearray(end)
    for record in joined:
        inside[record.first : record.last + 1] = b"\1" * (record.last - record.first + 1)
    alone = lines.head(end).filter(pl.Series(list(inside), dtype=pl.UInt8) == 0) if joined else lines.head(end)
    alone = alone.filter(~TEXT.is_in(["", "\r"]))
    wrong = alone.filter(~pl.col("whole")).join(rest.select("at", "opens"), on="at", how="left", maintain_order="left")
    found = pl.concat(
        [
            alone.filter("whole").select("at", "text", shape=pl.lit(None, pl.String)),
            wrong.select("at", "text", shape=_why(dialect)),
            _as_frame(joined, dialect),
        ]
    ).sort("at")
    if dialect.eol == "\n":
        found = found.with_columns(TEXT.str.strip_suffix("\r"))
    bad = pl.col("shape").is_not_null()
    good = found.filter(~bad)["text"].to_frame()
    # CRLF, since the parser eats one CR: a cell's own CR before the line end stays.
    end_of_record = "\r\n" if dialect.eol == "\n" else "\r"
    text = good.write_csv(include_header=False, quote_style="never", line_terminator=end_of_record)
    return Records(text.encode(), found.select("at", "shape", raw=pl.when(bad).then("text")), end)


def _why(dialect: Dialect) -> pl.Expr:
    opens = pl.col("opens")
    counted = pl.format("{} fields instead of {}", dialect.count_fields(TEXT), pl.lit(dialect.fields))
    return (
        pl.when(TEXT.str.contains("\0", literal=True))
        .then(pl.lit(NUL))
        .when(opens)
        .then(pl.lit(UNCLOSED))
        .when(opens.is_null() & dialect.is_well_formed(TEXT))
        .then(counted)
        .otherwise(pl.lit(STRAY))
    )


@dataclass(frozen=True, slots=True)
class _Joined:
    first: int
    last: int
    text: str
    whole: bool


def _join(lines: pl.DataFrame, odd: pl.DataFrame, dialect: Dialect, *, last: bool) -> tuple[list[_Joined], int]:
    """Give the records that reach over several lines, and the line up to which everything is decided."""
    at, opens = odd["at"].to_list(), odd["opens"].to_list()
    if not any(opens):
        return [], lines.height
    texts = lines["text"].to_list()
    ends = lines["text"].str.len_bytes().cum_sum().to_list()
    candidates = _judge(at, opens, texts, ends, dialect)
    inner_whole = lines.select(pl.col("whole").cum_sum()).to_series().to_list()
    inner_blank = lines.select(TEXT.is_in(["", "\r"]).cum_sum()).to_series().to_list()
    joined: list[_Joined] = []
    position = 0
    while position < len(at):
        first = at[position]
        if opens[position] and position + 1 == len(at) and not last and ends[-1] - ends[first] <= MAX_RECORD:
            return joined, first
        candidate = candidates.get(position)
        if candidate is not None:
            before = candidate.last - 1
            records = inner_whole[before] - inner_whole[first]
            others = before - first - records - (inner_blank[before] - inner_blank[first])
            swallows = records >= 2 and others == 0 and dialect.fields >= 3 if candidate.whole else records > 0  # noqa: PLR2004  # the rule above
            if not swallows:
                joined.append(candidate)
                position += 2
                continue
        position += 1
    return joined, lines.height


def _judge(at: list[int], opens: list[bool], texts: list[str], ends: list[int], dialect: Dialect) -> dict[int, _Joined]:
    near = [
        position
        for position, (first, end) in enumerate(pairwise(at))
        if opens[position] and ends[end] - ends[first] <= MAX_RECORD
    ]
    spans = [(at[position], at[position + 1]) for position in near]
    joined = pl.DataFrame(
        {"text": [dialect.eol.join(texts[first : end + 1]) for first, end in spans]}, {"text": pl.String}
    )
    judged = joined.with_columns(whole=dialect.is_whole(TEXT))
    formed = iter(judged.filter(~pl.col("whole")).select(dialect.is_well_formed(TEXT)).to_series())
    return {
        position: _Joined(first, end, text, whole)
        for position, (first, end), (text, whole) in zip(near, spans, judged.iter_rows(), strict=True)
        if whole or next(formed)
    }


def _as_frame(joined: list[_Joined], dialect: Dialect) -> pl.DataFrame:
    rows = [(record.first, record.text, record.whole and "\0" not in record.text) for record in joined]
    frame = pl.DataFrame(rows, {"at": pl.Int64, "text": pl.String, "whole": pl.Boolean}, orient="row")
    if frame["whole"].all():
        return frame.select("at", "text", shape=pl.lit(None, pl.String))
    wrong = frame.filter(~pl.col("whole")).with_columns(opens=pl.lit(None, pl.Boolean))
    return pl.concat(
        [
            frame.filter("whole").select("at", "text", shape=pl.lit(None, pl.String)),
            wrong.select("at", "text", shape=_why(dialect)),
        ]
    )
