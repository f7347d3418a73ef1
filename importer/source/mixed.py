"""Records of a file whose line ends are mixed: lines parted once more at the rarer line end.

So a line of wrong shape is read, where that gives nothing but whole records; a line end of the rarer kind inside a
whole record, or inside quotes, stays its text. The records of one line share its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.source.swallowed import TEXT

if TYPE_CHECKING:
    import polars as pl

    from importer.source.shape import Dialect


def rarer_end(dialect: Dialect) -> str:
    """Give the line end that does not part the lines of this file."""
    return "\r" if dialect.eol == "\n" else "\n"


def split_mixed(wrong: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    """Split lines of wrong shape at the other line end too, outside quotes, where that gives nothing but whole records.

    `wrong` holds `at` Int64 and `text` String. Given are `at`, which says of which line, and `text` of the records,
    in order; the lines that can't be split so are not among them.
    """
    rare = rarer_end(dialect)
    # The end of a CRLF parts nothing.
    text = TEXT.str.strip_suffix("\r") if rare == "\r" else TEXT
    doubtful = wrong.select("at", text=text).filter(
        TEXT.str.contains(rare, literal=True), dialect.count_quotes(TEXT) % 2 == 0
    )
    pieces = doubtful.select("at", text=TEXT.str.extract_all(dialect.between(rare))).explode("text").drop_nulls()
    whole = dialect.is_whole(TEXT) & ~TEXT.str.contains("\0", literal=True)
    return pieces.filter(whole.all().over("at"))
