"""Compares the fields of those who are not surely alike, and says why they differ as far as the ledger knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.reconcile.classes import Class
from importer.reconcile.fields import DIFFERENCES, find_differences

if TYPE_CHECKING:
    from importer.reconcile.compared import Compared
    from importer.reconcile.known import Known
    from importer.reconcile.sides import Side


class Cause(StrEnum):
    """Why a customer is not the same on both sides."""

    CHANGED_THERE = "changed_there"
    CHANGED_HERE = "changed_here"
    CHANGED_BOTH = "changed_both"
    GONE_HERE = "gone_here"
    GONE_THERE = "gone_there"
    NEVER_SENT = "never_sent"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"


BODY_GONE = "body|gone"
FACTS = {
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
DATED = (Cause.CHANGED_THERE, Cause.CHANGED_HERE, Cause.CHANGED_BOTH, Cause.GONE_HERE, Cause.GONE_THERE, Cause.FAILED)
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
    line of class `same`. In the order of the entries. Raises StateError.
    """
    told = _describe(entries, sides)
    differences = _compare(told, sides)
    whole = told.join(differences, on="entry", how="left", maintain_order="left_right")
    whole = _leave_unclear(whole.with_columns(_class(sides).alias("class")))
    cause = _cause(sides) if sides.known else pl.when(_is_rejection()).then(pl.lit(Cause.REJECTED.value))
    whole = whole.with_columns(cause.alias("cause"))
    return whole.select(
        *("entry", "here", "there", "by", "class", "cause", "key", "contact_id", "field"),
        *("old", "new", "here_source", "here_row", "here_line", "there_source", "there_row", "there_line"),
        since=pl.when(pl.col("cause").is_in([cause.value for cause in DATED])).then("landed_at"),
        detail=pl.when(pl.col("cause") == Cause.REJECTED)
        .then(pl.coalesce("reasons", "rejected_for"))
        .when(pl.col("cause") == Cause.FAILED)
        .then("missed_for")
        .when(pl.col("gone") & pl.col("fingerprint").is_not_null() & (pl.col("class") == Class.CANT_TELL))
        .then(pl.lit(BODY_GONE)),
    )


def _describe(entries: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Add names and places to entries, and what the ledger knows of them."""
    here, there = sides.here.details(entries["here"]), sides.there.details(entries["there"])
    beside = [
        side.details(entries[f"rejected_{name}"]) for name, side in (("here", sides.here), ("there", sides.there))
    ]
    first, second = (there, here) if sides.there_is_ledger else (here, there)
    told = pl.DataFrame([
        pl.int_range(entries.height, dtype=pl.UInt32, eager=True).alias("entry"),
        *entries.drop("rejected_here", "rejected_there"),
        _either(here["key"], there["key"]),
        _either(first["id"], second["id"]).alias("contact_id"),
        here["id"].alias("id_here"),
        there["id"].alias("id_there"),
        *(side[name].alias(f"{at}_{name}") for at, side in (("here", here), ("there", there)) for name in PLACES),
        _either(_either(here["reasons"], there["reasons"]), _either(*(one["reasons"] for one in beside))),
    ])  # fmt: skip  # one frame
    if sides.known is None:
        return told.with_columns(pl.lit(None, kind).alias(name) for name, kind in FACTS.items())
    return told.with_columns(*sides.known.find(told["key"], told["contact_id"]).select(*FACTS))


def _either(first: pl.Series, second: pl.Series) -> pl.Series:
    return first.zip_with(first.is_not_null(), second)


def _compare(told: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Give `entry`, `field`, `new`, `old`, `landed` of the pairs, and `gone`: what landed can't be read any more.

    A pair that is alike has one line without a field.
    """
    pairs = told.filter(pl.col("class") == Class.DIFFERENT)
    here, there = sides.here.bodies(pairs["here"]), sides.there.bodies(pairs["there"])
    landed = there if sides.known is None or sides.there_is_ledger else sides.known.bodies(pairs)
    found = find_differences(here, there, landed, sides.compared.shape)
    if sides.there_is_ledger and sides.compared.spared:
        plain = pl.col("field").str.replace_all(r"\[[0-9]+\]", "")
        unsaid = plain.is_in(sorted(sides.compared.spared)) & pl.col("there").is_null()
        found = found.filter(~unsaid)
    differing = (pairs["id_here"] != pairs["id_there"]).fill_null(value=False)
    ids = pairs.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("entry"),
        pl.lit("id").alias("field"),
        here="id_here",
        there="id_there",
        landed=pl.lit(None, pl.String),
    ).filter(differing)
    lines = pl.concat([ids, found.select(*DIFFERENCES)]).rename({"entry": "pair", "here": "new", "there": "old"})
    numbered = pairs.select("entry", gone=landed.is_null()).with_row_index("pair")
    return numbered.join(lines, on="pair", how="left", maintain_order="left_right").drop("pair")


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


def _is_rejection() -> pl.Expr:
    return (pl.col("class") == Class.REJECTED) | (
        (pl.col("class") == Class.CANT_TELL) & pl.col("reasons").is_not_null()
    )


def _cause(sides: Sides) -> pl.Expr:
    """Give the cause of each line, by the facts beside it; the first that fits."""
    state, sure = pl.col("state"), pl.col("fingerprint").is_not_null()
    failed = (pl.col("missed") == Cause.FAILED).fill_null(value=False)
    refused = pl.col("rejected_in").is_not_null() & (pl.col("rejected_in") >= pl.col("missed_in").fill_null(-1))
    lost = (
        pl.when(refused)
        .then(pl.lit(Cause.REJECTED.value))
        .when(pl.col("missed").is_not_null())
        .then(pl.col("missed"))
        .otherwise(pl.lit(Cause.NEVER_SENT.value))
    )
    changed = (
        pl.when(pl.lit(sides.there_is_ledger) | pl.col("old").eq_missing(pl.col("landed")))
        .then(pl.lit(Cause.CHANGED_HERE.value))
        .when(pl.col("new").eq_missing(pl.col("landed")))
        .then(pl.lit(Cause.CHANGED_THERE.value))
        .otherwise(pl.lit(Cause.CHANGED_BOTH.value))
    )
    known = pl.when(pl.col("class") == Class.ONLY_HERE).then(pl.lit(Cause.GONE_THERE.value)).otherwise(
        pl.lit(Cause.GONE_HERE.value)
    )  # fmt: skip  # one choice
    unsure = (pl.col("class") == Class.DIFFERENT) & ~sure
    return (
        pl.when(_is_rejection())
        .then(pl.lit(Cause.REJECTED.value))
        .when(pl.col("class").is_in([Class.AMBIGUOUS.value, Class.SAME.value]))
        .then(pl.lit(None, pl.String))
        .when(pl.col("class") == Class.CANT_TELL)
        .then(pl.lit(Cause.UNKNOWN.value))
        .when(state.is_null())
        .then(lost)
        .when(state != "known")
        .then(pl.lit(Cause.UNKNOWN.value))
        .when(unsure & failed)
        .then(pl.lit(Cause.FAILED.value))
        .when(unsure | ((pl.col("class") == Class.DIFFERENT) & pl.col("gone")))
        .then(pl.lit(Cause.UNKNOWN.value))
        .when(pl.col("class") == Class.DIFFERENT)
        .then(changed)
        .otherwise(known)
    )
