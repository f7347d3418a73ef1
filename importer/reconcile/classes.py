"""Puts every row of both sides into one class, as far as matching and hashes tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.matching import CONTENT, IDENTITIES, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reconcile.sides import Side


class Class(StrEnum):
    """How a customer ends."""

    SAME = "same"
    DIFFERENT = "different"
    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    AMBIGUOUS = "ambiguous"
    REJECTED = "rejected"
    CANT_TELL = "cant_tell"


ENTRIES = {
    "here": pl.UInt32,
    "there": pl.UInt32,
    "by": pl.String,
    "class": pl.String,
    "rejected_here": pl.UInt32,
    "rejected_there": pl.UInt32,
}


@dataclass(frozen=True, slots=True)
class Classed:
    """All customers of both sides."""

    entries: pl.DataFrame
    """Those who are not surely the same, by `here`, then `there` (row numbers, UInt32, null where a side lacks it).

    `by` String (what matched them, or put them in doubt), `class` String (`different` until the fields are compared),
    `rejected_here` and `rejected_there` UInt32: the rejected row of that side that bears the same id or key.
    """
    same: int
    by: dict[str, int]
    """Pairs by what matched them."""


def classify(here: Side, there: Side, order: Sequence[str], aliases: pl.DataFrame | None = None) -> Classed:
    """Match two sides and class their rows.

    `aliases` (`key` UInt64, `row` UInt32) are further keys of rows there: who comes by one of them is in doubt.
    """
    open_rows = [
        side.rows.select(pl.when(~pl.col("rejected")).then(name).alias(name) for name in order)
        for side in (here, there)
    ]
    matched = match(open_rows[0], open_rows[1], order)
    alike = _is_same(matched.pairs, here.rows, there.rows)
    pairs = matched.pairs.filter(~alike).with_columns(pl.lit(Class.DIFFERENT.value).alias("class"))
    found = [pl.DataFrame(schema=ENTRIES), pairs]
    doubts = list(matched.doubts)
    if aliases is not None and aliases.height and "key" in order:
        doubts = _doubt_aliases(here.rows, aliases, matched.pairs, doubts)
    taken = [
        _taken(side.rows, matched.pairs[name], doubt["row"])
        for side, name, doubt in zip((here, there), ("here", "there"), doubts, strict=True)
    ]
    for name, side, doubt in zip(("here", "there"), (here, there), doubts, strict=True):
        found.append(doubt.rename({"row": name}).with_columns(pl.lit(Class.AMBIGUOUS.value).alias("class")))
        numbers = side.rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(name), "rejected").filter("rejected")
        found.append(numbers.select(name, pl.lit(Class.REJECTED.value).alias("class")))
    found.append(_lonely(here.rows, there.rows, taken[0], order, ("here", "there"), Class.ONLY_HERE))
    found.append(_lonely(there.rows, here.rows, taken[1], order, ("there", "here"), Class.ONLY_THERE))
    entries = pl.concat(found, how="diagonal").select(*ENTRIES).sort("here", "there", nulls_last=True)
    return Classed(entries, int(alike.sum()), dict(matched.pairs["by"].value_counts(sort=True).iter_rows()))


def _is_same(pairs: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame) -> pl.Series:
    alike = here[CONTENT].gather(pairs["here"]) == there[CONTENT].gather(pairs["there"])
    if "id" in here.columns:
        first, second = here["id"].gather(pairs["here"]), there["id"].gather(pairs["there"])
        alike &= (first == second).fill_null(value=True)
    return alike.fill_null(value=False)


def _doubt_aliases(
    here: pl.DataFrame, aliases: pl.DataFrame, pairs: pl.DataFrame, doubts: list[pl.DataFrame]
) -> list[pl.DataFrame]:
    """Put in doubt who comes by an earlier key of a contact, and the contact where nobody else came for it."""
    free = ~_taken(here, pairs["here"], doubts[0]["row"]) & ~here["rejected"]
    rows = here.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "key").filter(free)
    met = rows.join(aliases, on="key", suffix="_there")
    told = pl.lit("key").alias("by")
    second = met.select(row="row_there").unique().filter(
        ~pl.col("row").is_in(pl.concat([pairs["there"], doubts[1]["row"]]).implode())
    )  # fmt: skip  # one frame
    return [
        pl.concat([doubts[0], met.select("row").unique().with_columns(told)]),
        pl.concat([doubts[1], second.with_columns(told)]),
    ]


def _taken(rows: pl.DataFrame, matched: pl.Series, doubted: pl.Series) -> pl.Series:
    taken = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    numbers = pl.concat([matched, doubted])
    return taken.scatter(numbers, True) if numbers.len() else taken  # noqa: FBT003  # the value that is put there


def _lonely(
    rows: pl.DataFrame,
    others: pl.DataFrame,
    taken: pl.Series,
    order: Sequence[str],
    names: tuple[str, str],
    otherwise: Class,
) -> pl.DataFrame:
    """Class who has no match: alone, or beside a row that could not be read, or a create of which nobody knows."""
    name, other = names
    lonely = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(name), pl.exclude("part", "position")).filter(
        ~taken & ~rows["rejected"]
    )
    wrong = others.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("wrong"), pl.exclude("part", "position")
    ).filter("rejected")
    met = [pl.DataFrame(schema={name: pl.UInt32, "wrong": pl.UInt32, "by": pl.String})]
    for by in (one for one in order if one in IDENTITIES):
        first = wrong.select("wrong", by).drop_nulls().unique(by, keep="first", maintain_order=True)
        met.append(lonely.join(first, on=by).select(name, "wrong", pl.lit(by).alias("by")))
    beside = pl.concat(met).unique(name, keep="first", maintain_order=True)
    unsure = pl.col("wrong").is_not_null() | pl.col("pending")
    return (
        lonely.select(name, "pending")
        .join(beside, on=name, how="left", maintain_order="left")
        .select(
            name,
            pl.col("wrong").alias(f"rejected_{other}"),
            "by",
            pl.when(unsure).then(pl.lit(Class.CANT_TELL.value)).otherwise(pl.lit(otherwise.value)).alias("class"),
        )
    )
