"""Compares the fields of those who are not surely alike, and gives the lines that say who differs, in what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconcile.causes import DATED, Cause, tell_cause, tell_rejection
from importer.reconcile.classes import Class
from importer.reconcile.fields import DIFFERENCES, find_differences
from importer.reconcile.left_out import settle_left_out

if TYPE_CHECKING:
    from importer.reconcile.compared import Compared
    from importer.reconcile.known import Known
    from importer.reconcile.sides import Side

BODY_GONE = "body|gone"
FACTS = {
    "known_id": pl.String,
    "state": pl.String,
    "fingerprint": pl.Binary,
    "run": pl.String,
    "part": pl.Int32,
    "position": pl.UInt32,
    "landed_at": pl.Int64,
    "missed": pl.String,
    "missed_in": pl.Int64,
    "missed_for": pl.String,
    "rejected_in": pl.Int64,
    "rejected_for": pl.String,
}
PLACES = ("source", "row", "line")


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared with what."""

    here: Side
    there: Side
    compared: Compared
    known: Known | None = None
    """None where no ledger knows these customers: then no cause is told but that a row is rejected."""
    there_is_ledger: bool = False


def explain(entries: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Give a line for each entry of `classes.Classed.entries`, for a different one a line for each field.

    Columns: `entry` UInt32, `here` and `there` UInt32, `by`, `class`, `cause`, `detail`, `key`, `contact_id`, `field`
    String, `old` and `new` String (the field there and here), `since` Int64 (ms since 1970 UTC, when it landed),
    `here_source` Int32, `here_row`, `here_line` Int64 and the like of `there`. Who turns out to be the same has one
    line of class `same`. `beside` Boolean: who is only met by the rejected row of another entry. In the order of the
    entries. Raises StateError.
    """
    told = _describe(entries, sides)
    differences = _compare(told, sides)
    whole = told.join(differences, on="entry", how="left", maintain_order="left_right")
    whole = _leave_unclear(whole.with_columns(_class(sides).alias("class")))
    cause = tell_cause(by_ledger=sides.there_is_ledger) if sides.known else tell_rejection()
    whole = whole.with_columns(cause.alias("cause"))
    return whole.select(
        *("entry", "here", "there", "by", "class", "cause", "key", "contact_id", "field", "beside"),
        *("old", "new", "here_source", "here_row", "here_line", "there_source", "there_row", "there_line"),
        since=pl.when(pl.col("cause").is_in([cause.value for cause in DATED])).then("landed_at"),
        detail=pl.when(pl.col("cause") == Cause.REJECTED)
        .then(pl.coalesce("reasons", "rejected_for"))
        .when(pl.col("cause") == Cause.FAILED)
        .then("missed_for")
        .when(pl.col("cause") == Cause.FORGOTTEN)
        .then(pl.lit(BODY_GONE)),
    )


def _describe(entries: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Add names and places to entries, and what the ledger knows of them."""
    here, there = sides.here.details(entries["here"]), sides.there.details(entries["there"])
    beside = [
        side.details(entries[f"rejected_{name}"]) for name, side in (("here", sides.here), ("there", sides.there))
    ]
    key, own = _either(here["key"], there["key"]), (here["id"], there["id"])
    sent = [_known_ids(sides, side["key"]) for side in (here, there)]
    # A key that the ledger knows is that contact's, whatever the other side says.
    ids = [_either(*pair) for pair in zip(own, sent, strict=True)] if sides.compared.linked else own
    first, second = reversed(ids) if sides.there_is_ledger else ids
    told = pl.DataFrame([
        pl.int_range(entries.height, dtype=pl.UInt32, eager=True).alias("entry"),
        *entries.drop("rejected_here", "rejected_there"),
        (entries["rejected_here"].is_not_null() | entries["rejected_there"].is_not_null()).alias("beside"),
        key,
        _either(first, second).alias("contact_id"),
        *(one.alias(f"id_{at}") for at, one in zip(("here", "there", "sent"), (*ids, _either(*sent)), strict=True)),
        *(side[name].alias(f"{at}_{name}") for at, side in (("here", here), ("there", there)) for name in PLACES),
        _either(_together(here["reasons"], there["reasons"]), _either(*(one["reasons"] for one in beside))),
    ])  # fmt: skip  # one frame
    if sides.known is None:
        return told.with_columns(pl.lit(None, kind).alias(name) for name, kind in FACTS.items())
    found = sides.known.find(told["key"], told["contact_id"]).rename({"contact_id": "known_id"})
    return told.with_columns(*found.select(*FACTS))


def _known_ids(sides: Sides, keys: pl.Series) -> pl.Series:
    if sides.known is None:
        return pl.repeat(None, keys.len(), dtype=pl.String, eager=True)
    return sides.known.ids_of(keys)


def _either(first: pl.Series, second: pl.Series) -> pl.Series:
    return first.zip_with(first.is_not_null(), second)


def _together(first: pl.Series, second: pl.Series) -> pl.Series:
    """Give the reasons of both rows, each once."""
    both = first.is_not_null() & second.is_not_null()
    if not both.any():
        return _either(first, second)
    codes = pl.concat_str(first, second, separator=" ").str.split(" ").list.unique(maintain_order=True)
    return pl.select(pl.when(both).then(codes.list.join(" ")).otherwise(_either(first, second))).to_series().alias(
        first.name
    )  # fmt: skip  # one expression


def _compare(told: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Give `entry`, `field`, `new`, `old`, `landed` of the pairs, with what `settle_left_out` adds.

    And `gone`: what landed can't be read any more. A pair that is alike has one line without a field.
    """
    pairs = told.filter(pl.col("class") == Class.DIFFERENT)
    here, there = sides.here.bodies(pairs["here"]), sides.there.bodies(pairs["there"])
    landed = there if sides.known is None or sides.there_is_ledger else sides.known.bodies(pairs)
    found = find_differences(here, there, landed, sides.compared.shape)
    lines = pl.concat([_compare_ids(pairs, sides), found.select(*DIFFERENCES)]).rename(
        {"entry": "row", "here": "new", "there": "old"}
    )
    if sides.known is not None:
        lines = settle_left_out(lines, pairs, landed, sides.compared, sides.known, by_ledger=sides.there_is_ledger)
    numbered = pairs.select("entry", gone=landed.is_null()).with_row_index("row")
    return numbered.join(lines, on="row", how="left", maintain_order="left_right").drop("row")


def _compare_ids(pairs: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    differing = (pairs["id_here"] != pairs["id_there"]).fill_null(value=False)
    return pairs.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("entry"),
        pl.lit("id").alias("field"),
        here="id_here",
        there="id_there",
        landed="id_sent",
    ).filter(differing & ("id" in sides.compared.order))


def _class(sides: Sides) -> pl.Expr:
    is_pair = pl.col("class") == Class.DIFFERENT
    alike = is_pair & pl.col("field").is_null()
    if not sides.there_is_ledger:
        return pl.when(alike).then(pl.lit(Class.SAME.value)).otherwise("class")
    unsure = (pl.col("state") != "known") | (
        pl.col("fingerprint").is_null() & (pl.col("missed") != Cause.FAILED).fill_null(value=True)
    )
    unclear = is_pair & (unsure | pl.col("gone"))
    return (
        pl.when(unclear)
        .then(pl.lit(Class.CANT_TELL.value))
        .when(alike)
        .then(pl.lit(Class.SAME.value))
        .otherwise("class")
    )


def _leave_unclear(lines: pl.DataFrame) -> pl.DataFrame:
    """Tell no fields of those of whom nobody knows what the other side holds: one line each."""
    unclear = pl.col("class") == Class.CANT_TELL
    return lines.filter(~unclear | pl.col("entry").is_first_distinct()).with_columns(
        pl.when(~unclear).then(name).alias(name) for name in ("field", "old", "new")
    )
