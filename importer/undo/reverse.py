"""Makes the body that puts a contact back: what a run said of it, turned into what was said or known before."""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from importer.contact import fields_of
from importer.field import Kind
from importer.plan.compose import BLANK, MASK, PLACE, members_of, plain_items, put_together, whole_rows
from importer.plan.members import plain_text

NOTHING = {
    field.name: "null"
    if field.nullable
    else field.default
    if field.kind is Kind.BOOLEAN and field.default
    else json.dumps(field.default)
    for field in fields_of()
    if field.nullable or field.default is not None
}
"""By field, what a contact has that was never given any; what has to be given is not here."""
MEMBER = [*PLACE, "value"]
AT_ONCE = 10_000
"""Rows whose bodies are taken apart at a time: each becomes some thirty rows."""


@dataclass(frozen=True, slots=True)
class Reversed:
    """Bodies that put contacts back, and what they can't put back."""

    rows: pl.DataFrame
    """Aligned with what was asked. `body` String: null where nothing is known of what stood before. `changes` Boolean:
    whether it says anything else than the run did."""
    lost: pl.DataFrame
    """`row` UInt32, `place` String (`city`, `tags.tier`): fields of which nobody knows what stood there. They stay as
    the run left them."""


def reverse(rows: pl.DataFrame) -> Reversed:
    """Make the bodies, of some thousands of rows at a time.

    `rows`, String but the last: `sent` (the run's body), `before` (the one that landed before it, or null), `former`
    (what the server had stored before it, or null), `export` (the contact as an export has it, blanks as null, or
    null), `fresh` Boolean (whether `before` made the contact, so that what it left out was blank).

    All of `export` is put back, then of `before`. Of what only the run has said, the server's former answer tells what
    stood there, or that the contact was fresh.
    """
    made = [_reverse(some) for some in rows.iter_slices(AT_ONCE)] or [_reverse(rows)]
    lost = [
        one.lost.with_columns(pl.col("row") + pl.lit(number * AT_ONCE, pl.UInt32)) for number, one in enumerate(made)
    ]
    return Reversed(pl.concat([one.rows for one in made]), pl.concat(lost))


def _reverse(rows: pl.DataFrame) -> Reversed:
    numbered = rows.with_row_index("row")
    said = _plain(members_of(numbered, "sent"))
    export = _plain(members_of(numbered, "export"))
    # An export has every field; what is blank in it and was never touched needs no word.
    export = pl.concat(
        [export.filter(pl.col("value") != "null"), _among(export.filter(pl.col("value") == "null"), said)]
    )
    old = pl.concat([export, _without(_plain(members_of(numbered, "before")), export)])
    told = members_of(numbered.with_columns(plain_text(rows["former"])), "former")
    found = _tell(_without(said, old), told, numbered.filter("fresh")["row"])
    back = _collapse(pl.concat([old, found.select(MEMBER)]))
    known = pl.any_horizontal(pl.col("before", "former", "export").is_not_null())
    other = back.join(said, on=MEMBER, how="anti", nulls_equal=True)["row"].unique()
    made = put_together(back, back["row"])
    return Reversed(
        numbered.join(made, on="row", how="left", maintain_order="left").select(
            body=pl.when(known).then("composed"), changes=known & pl.col("row").is_in(other.implode())
        ),
        found.filter("lost").select(
            "row", place=pl.concat_str(pl.col("key"), pl.concat_str(pl.lit("."), "tag"), ignore_nulls=True)
        ),
    )


def _plain(members: pl.DataFrame) -> pl.DataFrame:
    """Leave the mark out that stands for the tags as a whole: they are taken one by one."""
    return members.filter(~((pl.col("key") == "tags") & pl.col("tag").is_null() & (pl.col("value") == "{}")))


def _without(members: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    return members.join(there, on=PLACE, how="anti", nulls_equal=True, maintain_order="left")


def _among(members: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    return members.join(there, on=PLACE, how="semi", nulls_equal=True, maintain_order="left")


def _tell(asked: pl.DataFrame, told: pl.DataFrame, fresh: pl.Series) -> pl.DataFrame:
    """Give members as asked, with the value that stood there before; `lost` where it stays the one that is asked."""
    whole = pl.col("row").is_in(whole_rows(told).implode())
    tags = told.filter(pl.col("key") == "tags", pl.col("tag").is_null()).select("row", "key", tags="value")
    answered = plain_items(told.filter(~pl.col("value").str.contains(MASK, literal=True)))
    hidden = told.filter(pl.col("value").str.contains(MASK, literal=True)).select(*PLACE, hidden=pl.lit(value=True))
    joined = asked
    for more in (answered.rename({"value": "answered"}), hidden):
        joined = joined.join(more, on=PLACE, how="left", nulls_equal=True, maintain_order="left")
    joined = joined.join(tags, on=["row", "key"], how="left", maintain_order="left")
    tagged = pl.col("tag").is_not_null() & pl.col("tags").is_not_null()
    absent = pl.col("answered").is_null() & pl.col("hidden").is_null()
    blank = pl.col("answered").is_in(BLANK) | (absent & (whole | tagged | pl.col("row").is_in(fresh.implode())))
    nothing = pl.when(pl.col("tag").is_not_null()).then(pl.lit("null")).otherwise(
        pl.col("key").replace_strict(NOTHING, default=None, return_dtype=pl.String)
    )  # fmt: skip  # one expression
    return joined.with_columns(
        before=pl.when(blank.fill_null(value=False)).then(nothing).otherwise("answered"),
    ).select(*PLACE, value=pl.coalesce("before", "value"), lost=pl.col("before").is_null())


def _collapse(members: pl.DataFrame) -> pl.DataFrame:
    """Say null of the tags as a whole where nothing is left of them."""
    is_tag = pl.col("tag").is_not_null()
    bare = (pl.col("value") == "null").all().over("row", "key")
    one = (is_tag & bare).fill_null(value=False)
    gone = members.filter(one).unique("row", maintain_order=True)
    return pl.concat([members.filter(~one), gone.with_columns(tag=pl.lit(None, pl.String))])
