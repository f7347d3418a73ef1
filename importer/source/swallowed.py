"""Tells a quoted line break from a quote that was never closed and swallows the records after it.

Both may join to a record of the right number of fields; then every line of it is asked whether it is a
record by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from importer.source.shape import Dialect

MAX_RECORD = 8 << 20
"""Bytes of UTF-8 over which a quoted line break may reach."""
TEXT = pl.col("text")
FIELDS = 3
"""Below it a line of a note is too easily a whole record by itself."""
SEVERAL = 2
"""So many whole records inside a wide one are enough."""
MANY = 20
"""No note has so many lines, each as wide as the table."""


def is_blank(text: pl.Expr) -> pl.Expr:
    """Whether a line is blank, and so no record."""
    return text.is_in(["", "\r"])


def judge(lines: pl.DataFrame, spans: pl.DataFrame, odd: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    """Tell of each joined span whether records lie in it, so that it can't be one itself.

    `lines`: `at`, `text`, `whole`. `odd`: the lines with an odd number of quotes, `at`, `opens`. `spans`: `at` and
    `last` (two lines of `odd`), `text`, `whole`. Two columns are added, Boolean. `swallows`: in a span of another
    number of fields any line inside is a whole record; or in one of the right number all are (blank ones aside), and

    * there are 20 of them or more; or
    * none reads like prose, and there are two or more in a file of three columns or more, or else the first and the
      last line have as many fields as a record too, quotes left aside.

    `reopens`: it does not swallow by that, but its last line has as many fields as a record, may open one itself, and
    what lies between is nothing or whole records: if the next odd line closes it, that is the likelier record. In a
    file of one column it is never asked, since there all would be.
    """
    counts = lines.select(pl.col("whole").cum_sum().cast(pl.Int64), blank=is_blank(TEXT).cum_sum().cast(pl.Int64))
    first, before = spans["at"], spans["last"] - 1
    records, blank = (counts[name].gather(before) - counts[name].gather(first) for name in counts.columns)
    only = spans["whole"] & (before - first - records - blank == 0)
    swallowing = ~spans["whole"] & (records > 0)
    closing = spans.select(at="last").join(odd.select("at", "opens"), on="at", how="left", maintain_order="left")
    last_wide = _is_wide(lines[spans["last"]], dialect)
    reopens = only & last_wide & closing["opens"] & (dialect.fields > 1)
    if (only & (records > 0)).any():
        plain = lines.select((pl.col("whole") & ~_reads_like_prose(dialect)).cum_sum().cast(pl.Int64)).to_series()
        alike = records == plain.gather(before) - plain.gather(first)
        several = (records >= SEVERAL) & (dialect.fields >= FIELDS)
        wide = last_wide & _is_wide(lines[first], dialect)
        swallowing |= only & (records > 0) & ((records >= MANY) | (alike & (several | wide)))
        reopens &= alike & ~swallowing
    return spans.with_columns(swallows=swallowing, reopens=reopens)


def _is_wide(lines: pl.DataFrame, dialect: Dialect) -> pl.Series:
    """Whether a line has as many fields as a record or more, were there no quotes."""
    return lines.select(TEXT.str.count_matches(dialect.delimiter, literal=True) >= dialect.fields - 1).to_series()


def _reads_like_prose(dialect: Dialect) -> pl.Expr:
    """Whether a whole line is rather a line of a note: a blank after a comma, a blank at all in one column, no text."""
    blank = " " if dialect.fields == 1 else f"{dialect.delimiter} "
    empty = TEXT.str.strip_chars(f"{dialect.delimiter}{dialect.quote}\r") == ""
    return empty | (TEXT.str.contains(blank, literal=True) & ~TEXT.str.contains(dialect.quote, literal=True))
