"""What an update carries besides the row's own words: what the target has blank, and what else is known of the contact.

Only the ledger knows either, so it is decided here and not in prepare. Bodies are put together as text, member by
member: what the server or an earlier run wrote goes back as it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from importer.contact import fields_of
from importer.field import Field, Kind
from importer.plan.members import plain_text, take_apart, take_items

ALWAYS_THERE = ("id", "persona_id", "email", "document_type", "document_number")
"""Keys of every whole answer (the update page marks them so): in one that has them, a key that is absent is blank."""
BLANK = ("null", '""', "[]", "{}")
MASK = "*"
SERVERS_OWN = ("created_at", "updated_at", "deleted_at", "persona_id")
"""Sent only where the mapping names them."""
_BEGINS = {Kind.BOOLEAN: ("t", "f"), Kind.OBJECT: ("{",), Kind.ITEMS: ("[",)}
PLACE = ("row", "key", "tag")
_MEMBERS = {"row": pl.UInt32, "key": pl.String, "tag": pl.String, "value": pl.String}


@dataclass(frozen=True, slots=True)
class Policies:
    """What a mapping says of its updates, as far as the ledger decides what they carry."""

    full: bool = False
    """Whether an update carries all else that is known of the contact."""
    if_blank: bool = False
    """Whether some field is sent only where the target has none."""
    named: frozenset[str] = frozenset()
    """The fields of the contact that the mapping names."""

    @property
    def ask(self) -> bool:
        """Whether the ledger has to be asked at all."""
        return self.full or self.if_blank


def compose(rows: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """Give what is sent of each row, aligned with `rows`.

    `rows`, all String: `update` (what the mapping has an update carry), `if_blank` (an object, or null), `answer` (the
    server's last, or null), `landed` (the body that last landed, or null). Gives `composed` String (null where `update`
    stands as it is), `fills` Boolean (something fills a blank that the last landed body did not try to fill) and `bare`
    Boolean (all that is known is wanted, and nothing is known).

    A field is blank where the server's last answer has it so, or is whole and lacks it; an answer that is not whole
    tells nothing of what it lacks. What is known of a field is what the last answer says, or, where that says nothing
    or hides it, what last landed.
    """
    numbered = rows.with_row_index("row")
    said, spare, landed = (members_of(numbered, name) for name in ("update", "if_blank", "landed"))
    told = members_of(numbered.with_columns(plain_text(rows["answer"])), "answer")
    whole = whole_rows(told)
    filling = _blank_ones(spare, told, whole)
    known = _known(told, landed, whole, policies.named) if policies.full else pl.DataFrame(schema=_MEMBERS)
    there = pl.concat([said.select(PLACE), filling.select(PLACE)])
    more = pl.concat([filling, known.join(there, on=PLACE, how="anti", nulls_equal=True, maintain_order="left")])
    # What can't be taken apart can't be put together again: it stays as it is.
    readable = numbered.filter((pl.col("update") == "{}") | pl.col("row").is_in(said["row"].unique().implode()))
    more = more.filter(pl.col("row").is_in(readable["row"].implode()))
    fresh = filling.join(landed, on=[*PLACE, "value"], how="anti", nulls_equal=True)["row"].unique()
    told_of = pl.concat([told["row"], landed["row"]]).unique()
    return (
        numbered.join(put_together(pl.concat([said, more]), more["row"]), on="row", how="left", maintain_order="left")
    ).select(
        "composed",
        fills=pl.col("row").is_in(fresh.implode()) & pl.col("composed").is_not_null(),
        bare=pl.lit(policies.full) & ~pl.col("row").is_in(told_of.implode()),
    )


def members_of(numbered: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give the members of objects, those of the tags one by one; the tags themselves stand there as a blank `{}`."""
    top = take_apart(numbered.select("row", text=name))
    is_tags = (pl.col("key") == "tags") & pl.col("value").str.starts_with("{")
    tags = take_apart(top.filter(is_tags).select("row", text="value"))
    value = pl.when(is_tags).then(pl.lit("{}")).otherwise("value")
    return pl.concat(
        [
            top.select("row", "key", tag=pl.lit(None, pl.String), value=value),
            tags.select("row", key=pl.lit("tags"), tag="key", value="value"),
        ]
    )


def whole_rows(told: pl.DataFrame) -> pl.Series:
    """Give the rows, of members of answers, whose answer is whole: what it lacks is blank."""
    had = told.filter(pl.col("key").is_in(ALWAYS_THERE)).group_by("row").agg(pl.col("key").n_unique())
    return had.filter(pl.col("key") == len(ALWAYS_THERE))["row"]


def _blank_ones(spare: pl.DataFrame, told: pl.DataFrame, whole: pl.Series) -> pl.DataFrame:
    """Give those of the spare members that the server's last answer has blank."""
    answered = told.rename({"value": "answered"})
    tags = told.filter(pl.col("key") == "tags", pl.col("tag").is_null()).select("row", "key", tags="value")
    absent = pl.col("answered").is_null()
    lacking = pl.col("row").is_in(whole.implode()) & pl.col("tags").is_null()
    tagless = pl.col("tag").is_not_null() & pl.col("tags").is_in(BLANK).fill_null(value=False)
    return (
        spare.filter(~((pl.col("key") == "tags") & pl.col("tag").is_null()))
        .join(answered, on=PLACE, how="left", nulls_equal=True, maintain_order="left")
        .join(tags, on=["row", "key"], how="left", maintain_order="left")
        .filter(pl.col("answered").is_in(BLANK).fill_null(value=False) | (absent & (lacking | tagless)))
        .select(list(_MEMBERS))
    )


def _known(told: pl.DataFrame, landed: pl.DataFrame, whole: pl.Series, named: frozenset[str]) -> pl.DataFrame:
    """Give what is known of each contact, blanks left out, in what a request may carry."""
    hidden = pl.col("value").str.contains(MASK, literal=True)
    right = (
        pl.any_horizontal(
            pl.col("key").is_in([field.name for field in fields]) & pl.col("value").str.head(1).is_in(begins)
            for begins, fields in _by_beginning(named).items()
        )
        | pl.col("tag").is_not_null()
    )
    shown = plain_items(told.filter(right & ~hidden))
    # What the answer has, be it blank, is not asked of an older body; nor is what a whole answer lacks.
    hides = told.filter(hidden).select(*PLACE, hides=pl.lit(value=True))
    older = (
        landed.join(told.filter(~hidden), on=PLACE, how="anti", nulls_equal=True, maintain_order="left")
        .join(hides, on=PLACE, how="left", nulls_equal=True, maintain_order="left")
        .filter(right, ~pl.col("row").is_in(whole.implode()) | pl.col("hides").fill_null(value=False))
    )
    return pl.concat([shown, older.select(list(_MEMBERS))]).filter(~pl.col("value").is_in(BLANK))


def _by_beginning(named: frozenset[str]) -> dict[tuple[str, ...], list[Field]]:
    """Give the fields that an update may carry unasked by the letters with which their values begin."""
    found: dict[tuple[str, ...], list[Field]] = {}
    for field in fields_of():
        if field.name not in SERVERS_OWN or (field.name in named and field.name != "updated_at"):
            found.setdefault(_BEGINS.get(field.kind, ('"',)), []).append(field)
    return found


def plain_items(members: pl.DataFrame) -> pl.DataFrame:
    """Leave of the items of lists what a request may carry: an answer's may have keys of the server's own."""
    found = [members.filter(~pl.col("value").str.starts_with("["))]
    for field in fields_of():
        if field.kind is not Kind.ITEMS:
            continue
        lists = members.filter(pl.col("key") == field.name, pl.col("value").str.starts_with("["))
        texts = (
            take_items(lists.select("row", text="value"))
            .filter(pl.col("key").is_in([one.name for one in field.items]), ~pl.col("value").is_in(BLANK))
            .group_by("row", "item", maintain_order=True)
            .agg(_joined("key", "value"))
            .group_by("row", maintain_order=True)
            .agg(value=pl.concat_str(pl.lit("["), pl.col("text").str.join(","), pl.lit("]")))
        )
        found.append(texts.select("row", key=pl.lit(field.name), tag=pl.lit(None, pl.String), value="value"))
    # A tag that is a list is anybody's, and stays as it is.
    found.append(members.filter(pl.col("tag").is_not_null(), pl.col("value").str.starts_with("[")))
    return pl.concat(found)


def _joined(key: str, value: str) -> pl.Expr:
    members = pl.concat_str(pl.lit('"'), key, pl.lit('":'), value)
    return pl.concat_str(pl.lit("{"), members.str.join(","), pl.lit("}")).alias("text")


def put_together(members: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Give `row` and `composed`, the body of each wanted row, in the order of the contact model."""
    order = {field.name: place for place, field in enumerate(fields_of())}
    place = pl.col("key").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    mine = members.filter(pl.col("row").is_in(wanted.unique().implode()))
    tags = (
        mine.filter(pl.col("tag").is_not_null())
        .group_by("row", maintain_order=True)
        .agg(_joined("tag", "value"))
        .select("row", key=pl.lit("tags"), value="text")
    )
    plain = mine.filter(pl.col("tag").is_null(), ~((pl.col("key") == "tags") & (pl.col("value") == "{}")))
    return (
        pl.concat([plain.select("row", "key", "value"), tags])
        .sort("row", place, maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(_joined("key", "value").alias("composed"))
    )
