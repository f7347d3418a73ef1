"""Lines that a quoted line break holds together become one record; what decides stands in records.py."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from importer.source.mixed import split_mixed
from importer.source.swallowed import MAX_RECORD, TEXT, judge

if TYPE_CHECKING:
    from importer.source.shape import Dialect

JOINED = {"at": pl.Int64, "last": pl.Int64, "text": pl.String, "whole": pl.Boolean}
FEW_LINES = 8
"""Up to so many line breaks in a record, its lines are put together side by side, faster than by groups."""


def join_lines(lines: pl.DataFrame, odd: pl.DataFrame, dialect: Dialect, *, last: bool) -> tuple[pl.DataFrame, int]:
    """Give the records that reach over several lines, and the line up to which everything is decided.

    `lines`: `at` Int64 from 0, `text` String, `whole` Boolean. `odd`: those with an odd number of quotes that are no
    whole record, with `opens` Boolean. The records: `at` and `last` Int64 (their lines), `text` String, `whole`
    Boolean (as many fields as the header), in order, apart from each other.
    """
    if not odd["opens"].any():
        return pl.DataFrame(schema=JOINED), lines.height
    ends = lines.select(TEXT.str.len_bytes().cum_sum().cast(pl.Int64)).to_series()
    # The last odd line may be closed by what follows.
    first = odd["at"][-1]
    waits = not last and odd["opens"][-1] and ends[-1] - ends[first] <= MAX_RECORD
    spans = _pair(odd)
    near = ends.gather(spans["last"]) - ends.gather(spans["at"]) <= MAX_RECORD
    if spans["opens"].all() and near.all():
        judged = _text(lines, spans, dialect.eol).with_columns(whole=dialect.is_whole(TEXT))
        judged = judge(lines, judged, odd, dialect)
        if judged["whole"].all() and not (judged["swallows"] | judged["reopens"]).any():
            return judged.select(JOINED.keys()), first if waits and odd.height % 2 else lines.height
    joined = _one_by_one(lines, odd, ends.to_list(), dialect)
    if not waits or (not joined.is_empty() and joined["last"][-1] == first and not joined["reopens"][-1]):
        return joined.select(JOINED.keys()), lines.height
    if not joined.is_empty() and joined["last"][-1] == first:
        return joined.select(JOINED.keys()).head(-1), joined["at"][-1]
    return joined.select(JOINED.keys()), first


def _pair(odd: pl.DataFrame) -> pl.DataFrame:
    """Give every other odd line as the beginning of a record that ends with the next: so it is where all is well."""
    closing = odd.gather_every(2, 1)
    return odd.gather_every(2).head(closing.height).select("at", "opens", last=closing["at"])


def _text(lines: pl.DataFrame, spans: pl.DataFrame, eol: str) -> pl.DataFrame:
    """Put the text of spans that are apart beside them."""
    longest = (spans["last"] - spans["at"]).max()
    if isinstance(longest, int) and longest <= FEW_LINES:
        reach = [
            pl.when(pl.col("at") + more <= pl.col("last")).then(
                pl.lit(eol) + pl.lit(lines["text"]).gather(pl.min_horizontal(pl.col("at") + more, "last"))
            )
            for more in range(1, longest + 1)
        ]
        first = pl.lit(lines["text"]).gather("at")
        return spans.with_columns(text=pl.concat_str(first, *reach, ignore_nulls=True))
    ends = spans.select("last", begins="at")
    inside = lines.select("at", "text").join_asof(
        ends, left_on="at", right_on="begins", coalesce=False, check_sortedness=False
    )
    inside = inside.filter(pl.col("at") <= pl.col("last"))
    joined = inside.group_by("begins", maintain_order=True).agg(TEXT.str.join(eol))
    return spans.with_columns(joined["text"])


def _one_by_one(lines: pl.DataFrame, odd: pl.DataFrame, ends: list[int], dialect: Dialect) -> pl.DataFrame:
    """Go from one odd line to the next where a quote is damaged; `reopens` says that more may have to be seen."""
    at, opens = odd["at"].to_list(), odd["opens"].to_list()
    spans = [
        (first, end, True)
        for position, (first, end) in enumerate(pairwise(at))
        if opens[position] and ends[end] - ends[first] <= MAX_RECORD
    ]
    frame = pl.DataFrame(spans, {"at": pl.Int64, "last": pl.Int64, "opens": pl.Boolean}, orient="row")
    texts = lines["text"].to_list()
    mark = dialect.eol
    joined = pl.Series("text", [mark.join(texts[first : end + 1]) for first, end, _ in spans], pl.String)
    judged = frame.with_columns(joined).with_columns(whole=dialect.is_whole(TEXT), formed=dialect.is_well_formed(TEXT))
    several = split_mixed(judged.filter(~pl.col("whole")), dialect)["at"]
    possible = pl.col("formed") | pl.col("at").is_in(several.implode())
    kept = judge(lines, judged, odd, dialect).filter(possible & ~pl.col("swallows"))
    begins = kept["at"].to_list()
    rivals = set(kept.filter("whole")["at"].to_list())
    free, preferred, taken, doubtful = 0, -1, [], []
    for position, (end, reopens) in enumerate(kept.select("last", "reopens").iter_rows()):
        first = begins[position]
        if first < free:
            continue
        doubt = reopens and first != preferred
        if doubt and end in rivals:
            preferred = end
            continue
        taken.append(position)
        doubtful.append(doubt)
        free = end + 1
    return kept[taken].with_columns(reopens=pl.Series(doubtful, dtype=pl.Boolean))
