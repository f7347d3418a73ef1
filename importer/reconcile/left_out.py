"""What updates left out, though the target may hold it: blanks that are kept, and fields that only creates write.

The body that landed last need not say all that the contact holds. What it leaves out is what an earlier body said of
it, as far as the server's last answer does not tell that it is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.reconcile.answers import read_answers
from importer.reconcile.fields import group_of
from importer.reconcile.said import FIELD, GROUP, OLDER, gather_said

if TYPE_CHECKING:
    from importer.reconcile.compared import Compared
    from importer.reconcile.known import Known

AT_ONCE = 50_000
"""Customers whose bodies are in memory at a time."""


def find_hidden(customers: pl.DataFrame, known: Known, compared: Compared) -> pl.Series:
    """Tell of customers who are as they landed of whom the target may hold something else all the same.

    `customers` has `contact_id`, `run`, `part` and `position` of what landed last. Gives a Boolean, aligned.
    """
    hidden = pl.repeat(value=False, n=customers.height, dtype=pl.Boolean, eager=True)
    updated = customers.with_row_index("row").filter(known.history.updated(customers["contact_id"]))
    if compared.spared:
        # What is filled here and was not carried is told by comparing field by field.
        return hidden.scatter(updated["row"], True) if updated.height else hidden  # noqa: FBT003  # the value that is put there
    # By where they lie, so that each file is read once.
    for some in updated.sort("run", "part", "position").iter_slices(AT_ONCE):
        said = gather_said(some, known, compared.shape)
        rows = said.older.filter("sent")["row"].unique()
        hidden = hidden.scatter(rows, True) if rows.len() else hidden  # noqa: FBT003  # the value that is put there
    return hidden


def settle_left_out(
    lines: pl.DataFrame, pairs: pl.DataFrame, landed: pl.Series, compared: Compared, known: Known, *, by_ledger: bool
) -> pl.DataFrame:
    """Give the lines of pairs that differ as what was left out makes them.

    `lines` has `row` UInt32 (of `pairs`), `field`, `new`, `old`, `landed` String, in the order of rows; `landed` holds
    the last bodies of all pairs. Added are `left` Boolean (the last body left the field out; `landed` is then what the
    contact was left with), `sure` Boolean (if that is nothing, it is surely so) and `carries` Boolean (an update would
    carry what is here now). `by_ledger`: what is there is only known from what landed, so `old` becomes that too, lines
    come for what the target still holds, and go where both are alike or nobody can tell.
    """
    plain = lines.with_columns(left=pl.lit(value=False), sure=pl.lit(value=True))
    # Two files that match by key need not name the contact; the ledger does.
    pairs = pairs.with_columns(contact_id="known_id")
    updated = known.history.updated(pairs["contact_id"]) & pairs["run"].is_not_null() & landed.is_not_null()
    last = pairs.with_row_index("row").filter(updated)
    if not last.height:
        return plain.with_columns(_carries(compared))
    said = gather_said(last, known, compared.shape)
    asked = (
        lines.filter(pl.col("row").is_in(last["row"].implode()), pl.col("field") != "id")
        .select("row", "field", group=group_of())
        .join(said.carried, on=GROUP, how="anti")
        .join(said.older, on=FIELD, how="left")
        .select(list(OLDER))
    )
    if by_ledger:
        # Of what the last body has and no line tells, both sides are alike.
        asked = pl.concat([asked, said.older.filter(~pl.col("in_last")).join(asked, on=FIELD, how="anti")])
    asked = asked.filter(~pl.col("row").is_in(said.fresh.implode()))
    held = _ask_server(asked, pairs["contact_id"], said.whole, compared, known)
    joined = plain.drop("left", "sure").join(held, on=FIELD, how="left", maintain_order="left")
    if by_ledger:
        more = held.join(lines, on=FIELD, how="anti").with_columns(
            pl.lit(None, pl.String).alias(name) for name in ("new", "old", "landed")
        )
        joined = pl.concat([joined, more.select(joined.columns)]).sort("row", maintain_order=True)
    return _apply(joined, compared, by_ledger=by_ledger)


def _ask_server(
    asked: pl.DataFrame, contacts: pl.Series, whole: pl.Series, compared: Compared, known: Known
) -> pl.DataFrame:
    """Give `row`, `field`, `sent`, `held` String, `sure` and `left` Boolean: what each contact was left with."""
    rows = asked["row"].unique().sort()
    answers = known.answers(contacts.gather(rows))
    told = read_answers(asked.select(GROUP).unique().rows(), dict(zip(rows, answers, strict=True)))
    blank = pl.col("blank").fill_null(value=False)
    # Of a field that an update spares the contact's own value counts too; of a blank only what was sent.
    own = pl.when(is_of(compared.spared)).then("answered")
    return asked.join(told, on=GROUP, how="left", maintain_order="left").select(
        "row",
        "field",
        "sent",
        held=pl.when(~blank).then(pl.coalesce("value", own)),
        sure=blank | pl.col("row").is_in(whole.implode()) | pl.coalesce("value", own).is_not_null(),
        left=pl.lit(value=True),
    )


def _apply(lines: pl.DataFrame, compared: Compared, *, by_ledger: bool) -> pl.DataFrame:
    settled = ("old", "landed") if by_ledger else ("landed",)
    told = lines.with_columns(pl.col("left").fill_null(value=False), pl.col("sure").fill_null(value=True)).with_columns(
        pl.when("left").then("held").otherwise(name).alias(name) for name in settled
    )
    if by_ledger:
        alike = pl.col("new").eq_missing(pl.col("old"))
        unknown = is_of(compared.spared) & pl.col("held").is_null() & ~pl.col("sure")
        # A blank is held against nothing that was not sent from here.
        its_own = pl.col("new").is_null() & ~pl.col("sent").fill_null(value=False)
        told = told.filter(~(pl.col("left") & (alike | unknown | its_own)))
    return told.drop("held", "sent").with_columns(_carries(compared))


def _carries(compared: Compared) -> pl.Expr:
    """Tell whether an update would carry what is here now."""
    if_blank = compared.spared - compared.create_only
    return (
        pl.when(is_of(compared.create_only))
        .then(pl.lit(value=False))
        .when(is_of(if_blank))
        .then(pl.col("landed").is_null() & pl.col("new").is_not_null())
        .otherwise(pl.col("new").is_not_null() | ~is_of(compared.kept))
        .alias("carries")
    )


def is_of(names: frozenset[str]) -> pl.Expr:
    """Tell of a column `field` whether its places are among fields that are named without the numbers of items."""
    return pl.col("field").str.replace_all(r"\[[0-9]+\]", "").is_in(sorted(names))
