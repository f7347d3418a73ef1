"""Finds who on one side is who on the other: by several identifiers in turn, and never by an ambiguous one.

`resolve` and `reconcile` match by this file. An identifier joins two rows only where each is the other's one candidate,
whoever else is matched already. Whoever has a candidate and can't be joined is in doubt, and stays out of the later
identifiers. Email, document and phone are shared and inherited, so they never join two rows that both have an earlier
identity (id, key) of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

IDENTITIES = ("id", "key")
"""Identifiers of one customer alone: two rows that both have one have it alike, or are two customers."""
ORDER = (*IDENTITIES, "email", "document", "phone")
"""The identifiers, in the order in which they are tried."""
ROW = pl.UInt32
PAIRS = {"here": ROW, "there": ROW, "by": pl.String}
DOUBTS = {"row": ROW, "by": pl.String}
FEW = 4
"""Below one in so many free rows the others are first cut down to the values that are asked for."""


MATCH = "match:"
"""Before an identifier's name, where a prepared row holds its hash."""
CONTENT = "content"
"""The name of a hash of all that is compared."""


def hash_texts(texts: pl.Series, name: str) -> pl.Series:
    """Give a UInt64 hash of each text (or bytes) under a name, null for null; the same for the same in one process."""
    return (
        texts.hash()
        .zip_with(texts.is_not_null(), pl.repeat(None, texts.len(), dtype=pl.UInt64, eager=True))
        .alias(name)
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """Who is who. Rows that are in neither frame have no candidate."""

    pairs: pl.DataFrame
    """`here` UInt32, `there` UInt32 (row numbers from 0), `by` String; each row stands here at most once."""
    doubts: tuple[pl.DataFrame, pl.DataFrame]
    """Of each side, `row` UInt32 and `by` String: rows with candidates that are not surely theirs."""


def match(here: pl.DataFrame, there: pl.DataFrame, order: Sequence[str]) -> Matched:
    """Match two frames that have a column for each identifier of `order`, text or hashes of text; null is none.

    A row whose identifiers are all null takes no part. Nothing depends on the order of rows.
    """
    sides = (_Side(here, order), _Side(there, order))
    pairs = [pl.DataFrame(schema=PAIRS)]
    doubts = [[pl.DataFrame(schema=DOUBTS)], [pl.DataFrame(schema=DOUBTS)]]
    for number, by in enumerate(order):
        guards = () if by in IDENTITIES else tuple(name for name in order[:number] if name in IDENTITIES)
        for found in _met(sides, by, guards):
            told = pl.lit(by).alias("by")
            pairs.append(found.pairs.with_columns(told))
            for side, name, rows, doubt in zip(sides, ("here", "there"), found.doubted, doubts, strict=True):
                side.take(found.pairs[name])
                side.take(rows)
                doubt.append(rows.to_frame("row").with_columns(told))
    first, second = (pl.concat(doubt).sort("row") for doubt in doubts)
    return Matched(pl.concat(pairs), (first, second))


class _Side:
    """The rows of one side, and which of them are free."""

    def __init__(self, rows: pl.DataFrame, order: Sequence[str]) -> None:
        self._rows = rows.select(pl.int_range(pl.len(), dtype=ROW).alias("row"), *order)
        self._free = pl.repeat(value=True, n=rows.height, dtype=pl.Boolean, eager=True)

    def having(self, by: str, guards: Sequence[str]) -> pl.DataFrame:
        """Give `row`, `free`, `value` and the guards of the rows that have an identifier."""
        rows = self._rows.select("row", self._free.alias("free"), *guards, value=by)
        return rows.filter(pl.col("value").is_not_null())

    def take(self, rows: pl.Series) -> None:
        if rows.len():
            self._free = self._free.scatter(rows, False)  # noqa: FBT003  # the value that is put there


@dataclass(frozen=True, slots=True)
class _Found:
    pairs: pl.DataFrame
    doubted: tuple[pl.Series, pl.Series]


def _met(sides: tuple[_Side, _Side], by: str, guards: Sequence[str]) -> Iterator[_Found]:
    """Give who is joined by one identifier, and who is in doubt: of values that stand once, then of repeated ones."""
    here, there = (side.having(by, guards) for side in sides)
    wanted = pl.concat([rows.filter("free")["value"] for rows in (here, there)])
    if not here.height or not there.height or not wanted.len():
        return
    if wanted.len() < (here.height + there.height) // FEW:
        asked = wanted.unique().to_frame("value")
        here, there = (rows.join(asked, on="value", how="semi") for rows in (here, there))
    repeated = pl.concat([_repeated(rows["value"]) for rows in (here, there)]).unique()
    if not repeated.len():
        yield _join_single(here, there, guards)
        return
    again = repeated.to_frame("value")
    first, second = (rows.join(again, on="value", how="anti") for rows in (here, there))
    yield _join_single(first, second, guards)
    first, second = (rows.join(again, on="value", how="semi") for rows in (here, there))
    yield _join_repeated(first, second, guards)


def _repeated(values: pl.Series) -> pl.Series:
    if values.n_unique() == values.len():
        return values.clear()
    return values.filter(values.is_duplicated()).unique()


def _join_single(here: pl.DataFrame, there: pl.DataFrame, guards: Sequence[str]) -> _Found:
    """Join rows whose value stands once on each side: each is the other's one candidate, or none at all."""
    joined = here.join(there, on="value", suffix="_there").filter(_not_apart(guards))
    both, one = pl.col("free") & pl.col("free_there"), pl.col("free") ^ pl.col("free_there")
    pairs = joined.filter(both).select(here="row", there="row_there")
    doubtful = joined.filter(one)
    return _Found(pairs, (doubtful.filter("free")["row"], doubtful.filter("free_there")["row_there"]))


def _join_repeated(here: pl.DataFrame, there: pl.DataFrame, guards: Sequence[str]) -> _Found:
    """Count the candidates first: joining a value that stands a thousand times on both sides would make a million."""
    counted = [_count(here.filter("free"), there, guards), _count(there.filter("free"), here, guards)]
    single = [rows.filter(pl.col("count") == 1) for rows in counted]
    joined = single[0].join(single[1], on="value", suffix="_there").filter(_not_apart(guards))
    pairs = joined.select(here="row", there="row_there")
    first, second = (
        rows.join(pairs, left_on="row", right_on=name, how="anti")["row"]
        for rows, name in zip(counted, ("here", "there"), strict=True)
    )
    return _Found(pairs, (first, second))


def _not_apart(guards: Sequence[str]) -> pl.Expr:
    apart = [pl.col(name).is_not_null() & pl.col(f"{name}_there").is_not_null() for name in guards]
    return ~pl.any_horizontal(pl.lit(value=False), *apart)


def _count(asked: pl.DataFrame, others: pl.DataFrame, guards: Sequence[str]) -> pl.DataFrame:
    """Give those of `asked` that have candidates, with `count` of them.

    A free row's earlier identities stand nowhere on the other side, else it would be free no more. So its candidates
    are those of its value that have none of the identities that it has itself.
    """
    subsets = [filled for size in range(len(guards) + 1) for filled in combinations(guards, size)]
    groups = others.group_by("value").agg(
        _all_are(filled, null=True).cast(ROW).sum().alias(f"without {filled}") for filled in subsets
    )
    counts = [
        pl.when(
            _all_are(filled, null=False) & _all_are([name for name in guards if name not in filled], null=True)
        ).then(pl.col(f"without {filled}"))
        for filled in subsets
    ]
    counted = asked.join(groups, on="value").with_columns(count=pl.coalesce(counts))
    return counted.select("row", "value", *guards, "count").filter(pl.col("count") > 0)


def _all_are(names: Sequence[str], *, null: bool) -> pl.Expr:
    told = [pl.col(name).is_null() if null else pl.col(name).is_not_null() for name in names]
    return pl.all_horizontal(pl.col("value").is_not_null(), *told)
