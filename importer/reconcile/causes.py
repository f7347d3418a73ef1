"""Why customers are not the same on both sides, as far as the ledger knows."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from importer.reconcile.classes import Class


class Cause(StrEnum):
    """Why a customer is not the same on both sides."""

    CHANGED_THERE = "changed_there"
    CHANGED_HERE = "changed_here"
    CHANGED_BOTH = "changed_both"
    LEFT_OUT = "left_out"
    """The mapping leaves it out of updates, so the contact still holds what it had."""
    GONE_HERE = "gone_here"
    GONE_THERE = "gone_there"
    NEVER_SENT = "never_sent"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    FORGOTTEN = "forgotten"
    """It landed, and what was sent can't be read any more."""


DATED = (
    Cause.CHANGED_THERE,
    Cause.CHANGED_HERE,
    Cause.CHANGED_BOTH,
    Cause.LEFT_OUT,
    Cause.GONE_HERE,
    Cause.GONE_THERE,
    Cause.FAILED,
    Cause.FORGOTTEN,
)
"""Those that are told with the day on which something landed."""


def tell_rejection() -> pl.Expr:
    """Give the one cause that is known without a ledger, of lines with a `class`; else null."""
    return pl.when(_is_rejection()).then(_word(Cause.REJECTED))


def _is_rejection() -> pl.Expr:
    return pl.col("class") == Class.REJECTED.value


def tell_cause(*, by_ledger: bool) -> pl.Expr:
    """Give the cause of each line, by the facts beside it; the first that fits. String, null for who has none.

    Of the columns of `explain.FACTS`, and `class`; of those who differ `gone` Boolean, and what `settle_left_out`
    gives. `by_ledger`: the other side is what landed.
    """
    state, sure = pl.col("state"), pl.col("fingerprint").is_not_null()
    failed = (pl.col("missed") == Cause.FAILED).fill_null(value=False)
    refused = pl.col("rejected_in").is_not_null() & (pl.col("rejected_in") >= pl.col("missed_in").fill_null(-1))
    lost = (
        pl.when(refused)
        .then(_word(Cause.REJECTED))
        .when(pl.col("missed").is_not_null())
        .then("missed")
        .otherwise(_word(Cause.NEVER_SENT))
    )
    different, cant_tell = (pl.col("class") == one.value for one in (Class.DIFFERENT, Class.CANT_TELL))
    gone = pl.col("gone").fill_null(value=False)
    return (
        pl.when(_is_rejection())
        .then(_word(Cause.REJECTED))
        .when(pl.col("class").is_in([Class.AMBIGUOUS.value, Class.SAME.value]))
        .then(pl.lit(None, pl.String))
        .when(cant_tell & gone & sure & (state == "known"))
        .then(_word(Cause.FORGOTTEN))
        .when(cant_tell)
        .then(_word(Cause.UNKNOWN))
        .when(state.is_null())
        .then(lost)
        .when(state != "known")
        .then(_word(Cause.UNKNOWN))
        .when(different & ~sure & failed)
        .then(_tell_refused(gone, by_ledger=by_ledger))
        .when(different & ~sure)
        .then(_word(Cause.UNKNOWN))
        .when(different & gone & (pl.col("field") != "id"))
        .then(_word(Cause.FORGOTTEN))
        .when(different)
        .then(_tell_change(by_ledger=by_ledger))
        .when(pl.col("class") == Class.ONLY_HERE)
        .then(_word(Cause.GONE_THERE))
        .otherwise(_word(Cause.GONE_HERE))
    )


def _tell_refused(gone: pl.Expr, *, by_ledger: bool) -> pl.Expr:
    """Tell of who was refused an update what the refusal explains: that the contact lacks what changed here."""
    change = _tell_change(by_ledger=by_ledger)
    refused = gone | (pl.col("field") == "id") | (change == Cause.CHANGED_HERE)
    return pl.when(refused).then(_word(Cause.FAILED)).otherwise(change)


def _tell_change(*, by_ledger: bool) -> pl.Expr:
    """Tell who changed a field since it landed, or that no update carries it: by what the contact was left with."""
    new, old, landed, sure = (pl.col(name) for name in ("new", "old", "landed", "sure"))
    stays = pl.col("left") & ~pl.col("carries")
    return (
        pl.when(stays & (pl.lit(by_ledger) | ~sure | old.eq_missing(landed)))
        .then(_word(Cause.LEFT_OUT))
        .when(pl.lit(by_ledger) | old.eq_missing(landed) | (pl.col("left") & ~sure))
        .then(_word(Cause.CHANGED_HERE))
        # A blank that no update carries is as it was when that landed.
        .when(new.eq_missing(landed) | (stays & new.is_null()))
        .then(_word(Cause.CHANGED_THERE))
        .otherwise(_word(Cause.CHANGED_BOTH))
    )


def _word(cause: Cause) -> pl.Expr:
    return pl.lit(cause.value)
