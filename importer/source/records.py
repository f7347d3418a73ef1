"""Physical lines become records: the well-shaped go on together, each of the others is set aside with its reason.

A line that is a whole record by itself needs no more than one pattern. Only where lines are left over is there work:
blank ones are no records, those with an odd number of quotes may open a quoted line break, and what remains is of wrong
shape.

A line that opens a quoted line break is joined with the lines up to the next one with an odd number of quotes, where
the quotes balance again. What that gives decides:

* a whole record: it is taken, unless the lines in it are records by themselves (swallowed.py tells by what): then the
  quote was never closed, the opening line alone is of wrong shape, and reading goes on with the next;
* well-formed with another number of fields: one record of wrong shape, unless a line inside it is a whole record;
* anything else, also when no such line follows within MAX_RECORD bytes: as where a quote was never closed.

The outcome never depends on where the bytes were cut: what can't be decided yet is left for the next call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.source.joined import join_lines
from importer.source.mixed import rarer_end, split_mixed
from importer.source.swallowed import TEXT, is_blank

if TYPE_CHECKING:
    from importer.source.shape import Dialect

BOM = b"\xef\xbb\xbf"
"""Put before all that Polars parses: it takes a buffer beginning with `x^` for zlib, and eats a cell's own U+FEFF."""

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
    whole = dialect.is_whole(TEXT) & ~is_blank(TEXT)
    if b"\0" in data:
        whole &= ~TEXT.str.contains("\0", literal=True)
    lines = lines.with_columns(whole=whole).with_row_index("at").cast({"at": pl.Int64})
    if lines["whole"].all():
        none = pl.lit(None, pl.String)
        return Records(data, lines.select("at", shape=none, raw=none), lines.height)
    return _sort_out(lines, dialect, data, last=last)


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


def _sort_out(lines: pl.DataFrame, dialect: Dialect, data: bytes, *, last: bool) -> Records:
    odd = dialect.count_quotes(TEXT) % 2 == 1
    rest = lines.filter(~pl.col("whole")).filter(odd)
    besides = rarer_end(dialect) if rarer_end(dialect).encode() in data else ""
    rest = rest.with_columns(opens=dialect.opens(TEXT, besides=besides))
    joined, end = join_lines(lines, rest, dialect, last=last)
    used = lines.head(end)
    alone = _outside(used, joined)
    none = pl.lit(None, pl.String)
    if end == lines.height and alone["whole"].all() and joined["whole"].all() and b"\0" not in data:
        return Records(
            data,
            pl.concat([alone.select("at"), joined.select("at")]).sort("at").with_columns(shape=none, raw=none),
            end,
        )
    alone = _split_more(alone.filter(~is_blank(TEXT)), dialect, data)
    joined = _split_more(joined, dialect, data)
    wrong = alone.filter(~pl.col("whole")).join(rest.select("at", "opens"), on="at", how="left", maintain_order="left")
    found = pl.concat(
        [
            alone.filter("whole").select("at", "text", shape=none),
            wrong.select("at", "text", shape=_why(dialect)),
            _as_frame(joined, dialect),
        ]
    ).sort("at", maintain_order=True)
    if dialect.eol == "\n":
        found = found.with_columns(TEXT.str.strip_suffix("\r"))
    bad = pl.col("shape").is_not_null()
    good = found.filter(~bad)["text"].to_frame()
    # CRLF, since the parser eats one CR: a cell's own CR before the line end stays.
    end_of_record = "\r\n" if dialect.eol == "\n" else "\r"
    text = good.write_csv(include_header=False, quote_style="never", line_terminator=end_of_record)
    return Records(text.encode(), found.select("at", "shape", raw=pl.when(bad).then("text")), end)


def _split_more(lines: pl.DataFrame, dialect: Dialect, data: bytes) -> pl.DataFrame:
    """Split those of some lines or joined ones that are of wrong shape at the rarer line end too (mixed.py)."""
    if rarer_end(dialect).encode() not in data:
        return lines
    pieces = split_mixed(lines.filter(~pl.col("whole")), dialect).with_columns(whole=pl.lit(value=True))
    kept = lines.select(pieces.columns).join(pieces, on="at", how="anti", maintain_order="left")
    return pl.concat([kept, pieces]).sort("at", maintain_order=True)


def _outside(lines: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Give the lines that lie in no joined record; those are apart and in order."""
    if joined.is_empty():
        return lines
    begun = lines.select("at").join_asof(joined.select("at", "last"), on="at", check_sortedness=False)
    return lines.filter(~(begun["last"] >= lines["at"]).fill_null(value=False))


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


def _as_frame(joined: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    whole = pl.col("whole") & ~TEXT.str.contains("\0", literal=True)
    wrong = joined.filter(~whole).with_columns(opens=pl.lit(None, pl.Boolean))
    return pl.concat(
        [
            joined.filter(whole).select("at", "text", shape=pl.lit(None, pl.String)),
            wrong.select("at", "text", shape=_why(dialect)),
        ]
    )
