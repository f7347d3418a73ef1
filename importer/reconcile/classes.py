"""Puts every row of both sides into one class, as far as matching and hashes tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.matching import CONTENT, IDENTITIES, Matched, match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


LEDGER = "ledger"
"""What matched two rows of which one bears no id of its own, but a key that the ledger knows as that contact."""
LEARNED = "learned"
"""The name of the Boolean column that tells where a row's id is the ledger's for its key."""


@dataclass(frozen=True, slots=True)
class Classed:
    """All customers of both sides."""

    entries: pl.DataFrame
    """Those who are not surely the same, by `here`, then `there` (row numbers, UInt32, null where a side lacks it).

    `by` String (what matched them, or put them in doubt), `class` String (`different` until the fields are compared),
    `rejected_here` and `rejected_there` UInt32: the rejected row of that side that this one is met by.
    """
    same: int
    by: dict[str, int]
    """Pairs by what matched them."""


def classify(
    here: Side,
    there: Side,
    order: Sequence[str],
    *,
    aliases: pl.DataFrame | None = None,
    doubted: Callable[[pl.Series], pl.Series] | None = None,
) -> Classed:
    """Match two sides and class their rows.

    `aliases` (`key` UInt64, `row` UInt32) are earlier keys of rows there. `doubted` tells of rows there (numbers) which
    are to be compared field by field though their hash is alike.
    """
    open_rows = [
        side.rows.select(pl.when(~pl.col("rejected")).then(name).alias(name) for name in order)
        for side in (here, there)
    ]
    matched = _name_learned(match(open_rows[0], open_rows[1], order), here.rows, there.rows)
    if aliases is not None and aliases.height and "key" in order:
        matched = _match_aliases(here.rows, aliases, matched)
    pairs, doubts = matched.pairs, matched.doubts
    alike = _is_same(pairs, here.rows, there.rows)
    if doubted is not None:
        alike = alike.scatter(alike.arg_true(), ~doubted(pairs["there"].filter(alike)))
    found = [pl.DataFrame(schema=ENTRIES), pairs.filter(~alike).with_columns(_of(Class.DIFFERENT))]
    found += [
        doubt.rename({"row": name}).with_columns(_of(Class.AMBIGUOUS))
        for name, doubt in zip(("here", "there"), doubts, strict=True)
    ]
    free = [
        (~_taken(side.rows, pairs[name], doubt["row"]) & ~side.rows["rejected"]).arg_true().cast(pl.UInt32)
        for side, name, doubt in zip((here, there), ("here", "there"), doubts, strict=True)
    ]
    found.append(_lonely(here.rows, there.rows, free[0], order, ("here", "there")))
    found.append(_lonely(there.rows, here.rows, free[1], order, ("there", "here")))
    met = {
        name: pl.concat([one[name] for one in found[-2:] if name in one.columns]).drop_nulls()
        for name in ("here", "there")
    }
    found += _reject_alone(here.rows, there.rows, met, order)
    entries = pl.concat(found, how="diagonal").select(*ENTRIES).sort("here", "there", nulls_last=True)
    return Classed(entries, int(alike.sum()), dict(pairs["by"].value_counts(sort=True).iter_rows()))


def _reject_alone(
    here: pl.DataFrame, there: pl.DataFrame, met: dict[str, pl.Series], order: Sequence[str]
) -> list[pl.DataFrame]:
    """Class the rejected rows that nobody of the other side met; who is rejected on both sides is one customer."""
    alone = [
        rows["rejected"].arg_true().cast(pl.UInt32).to_frame(name).filter(~pl.col(name).is_in(met[name].implode()))
        for rows, name in ((here, "here"), (there, "there"))
    ]
    asked = [
        # A row that gave way to another of its key is not the one that this customer is told by.
        rows.select(pl.when(~pl.col("superseded")).then(one).alias(one) for one in order)[numbers.to_series()]
        for rows, numbers in zip((here, there), alone, strict=True)
    ]
    pairs = match(asked[0], asked[1], order).pairs
    both = pairs.with_columns(
        numbers.to_series().gather(pairs[numbers.columns[0]]).alias(numbers.columns[0]) for numbers in alone
    )
    single = [numbers.join(both, on=numbers.columns, how="anti") for numbers in alone]
    return [one.with_columns(_of(Class.REJECTED)) for one in (both, *single)]


def _of(one: Class) -> pl.Expr:
    return pl.lit(one.value).alias("class")


def _is_same(pairs: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame) -> pl.Series:
    alike = here[CONTENT].gather(pairs["here"]) == there[CONTENT].gather(pairs["there"])
    if "id" in here.columns:
        first, second = here["id"].gather(pairs["here"]), there["id"].gather(pairs["there"])
        alike &= (first == second).fill_null(value=True)
    return alike.fill_null(value=False)


def _name_learned(matched: Matched, here: pl.DataFrame, there: pl.DataFrame) -> Matched:
    """Say of those who are matched by an id that only the ledger knows that the ledger matched them."""
    if LEARNED not in here.columns or LEARNED not in there.columns:
        return matched
    learned = here[LEARNED].gather(matched.pairs["here"]) | there[LEARNED].gather(matched.pairs["there"])
    told = pl.when(pl.lit(learned) & (pl.col("by") == "id")).then(pl.lit(LEDGER)).otherwise("by").alias("by")
    return Matched(matched.pairs.with_columns(told), matched.doubts)


def _match_aliases(here: pl.DataFrame, aliases: pl.DataFrame, matched: Matched) -> Matched:
    """Match who comes by an earlier key of a contact: a run knows it as that contact too.

    Only where nobody else came for the contact; else who came is in doubt, and the contact where it is free.
    """
    pairs, doubts = matched.pairs, matched.doubts
    free = ~_taken(here, pairs["here"], doubts[0]["row"]) & ~here["rejected"]
    rows = here.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "key").filter(free)
    met = rows.join(aliases, on="key", suffix="_there").sort("row")
    claimed = pl.col("row_there").is_in(pl.concat([pairs["there"], doubts[1]["row"]]).implode())
    single = ~claimed & (pl.len().over("row_there") == 1)
    told = pl.lit(LEDGER).alias("by")
    joined = met.filter(single).select("row", "row_there").rename({"row": "here", "row_there": "there"})
    unsure = met.filter(~single)
    contested = met.filter(~single & ~claimed).select(row="row_there").unique(maintain_order=True)
    return Matched(
        pl.concat([pairs, joined.with_columns(told)]),
        (
            pl.concat([doubts[0], unsure.select("row", told)]),
            pl.concat([doubts[1], contested.with_columns(told)]),
        ),
    )


def _taken(rows: pl.DataFrame, matched: pl.Series, doubted: pl.Series) -> pl.Series:
    taken = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    numbers = pl.concat([matched, doubted])
    return taken.scatter(numbers, True) if numbers.len() else taken  # noqa: FBT003  # the value that is put there


def _lonely(
    rows: pl.DataFrame, others: pl.DataFrame, free: pl.Series, order: Sequence[str], names: tuple[str, str]
) -> pl.DataFrame:
    """Class who has no match: alone, or met by a rejected row, or a create of which nobody knows.

    Who is met by a rejected row is that row's customer, and rejected on both sides: the first of them stands in one
    entry with it.
    """
    name, other = names
    otherwise = Class.ONLY_HERE if name == "here" else Class.ONLY_THERE
    told = [one for one in order if one in rows.columns]
    lonely = rows.select(pl.all().gather(free)).select(*told, "pending", free.alias(name))
    met = _meet_rejected(lonely, others, told, name)
    first = pl.col("wrong").is_not_null() & pl.col("wrong").is_first_distinct()
    return (
        lonely.select(name, "pending")
        .join(met, on=name, how="left", maintain_order="left")
        .select(
            name,
            pl.when(first).then("wrong").alias(other),
            pl.when(~first).then("wrong").alias(f"rejected_{other}"),
            "by",
            pl.when(pl.col("wrong").is_not_null())
            .then(pl.lit(Class.REJECTED.value))
            .when(pl.col("pending"))
            .then(pl.lit(Class.CANT_TELL.value))
            .otherwise(pl.lit(otherwise.value))
            .alias("class"),
        )
    )


def _meet_rejected(lonely: pl.DataFrame, others: pl.DataFrame, order: Sequence[str], name: str) -> pl.DataFrame:
    """Give by row (as `name`) the first rejected row of the other side with an identifier of its own, and by which."""
    wrong = others.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("wrong"), *order).filter(
        others["rejected"] & ~others["superseded"]
    )
    met = [pl.DataFrame(schema={name: pl.UInt32, "wrong": pl.UInt32, "by": pl.String})]
    for number, by in enumerate(order):
        guards = [] if by in IDENTITIES else [one for one in order[:number] if one in IDENTITIES]
        # Two that both have an earlier identity, though not the same, are two. Of a value's rows only the first
        # of each kind counts, since one value may stand in every row.
        having = wrong.drop_nulls(by).unique(
            [by, *(pl.col(one).is_null() for one in guards)], keep="first", maintain_order=True
        )
        apart = [pl.col(one).is_not_null() & pl.col(f"{one}_wrong").is_not_null() for one in guards]
        joined = lonely.drop_nulls(by).join(
            having.select("wrong", by, **{f"{one}_wrong": one for one in guards}), on=by
        )  # fmt: skip  # one frame
        together = joined.filter(~pl.any_horizontal(pl.lit(value=False), *apart))
        met.append(together.select(name, "wrong", pl.lit(by).alias("by")).sort(name, "wrong"))
    return pl.concat(met).unique(name, keep="first", maintain_order=True)
