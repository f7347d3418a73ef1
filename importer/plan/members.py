"""Takes JSON objects apart as text, many at a time: what a value is written like stays as it is, to the last digit.

Polars can read JSON only into types that are known before; tags are anybody's. A regular expression knows where a
member ends as long as values lie no more than `DEEPEST` brackets deep; what it can't read whole is not read at all.
"""

from __future__ import annotations

import json

import polars as pl

from importer.contact import fields_of
from importer.field import Kind

DEEPEST = 12
_TEXT = r'"(?:[^"\\]|\\.)*"'


def _nested(depth: int, opened: str = r"[\[{]") -> str:
    inner = f"|{_nested(depth - 1)}" if depth > 1 else ""
    return rf'{opened}(?:{_TEXT}|[^"\[\]{{}}]{inner})*[\]}}]'


NESTED = _nested(DEEPEST)
OBJECT = _nested(DEEPEST, r"\{")
MEMBER = rf'{_TEXT}\s*:\s*(?:{_TEXT}|{NESTED}|[^"\[\]{{}},\s]+)'
ESCAPE = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
LISTS = tuple(field.name for field in fields_of() if field.kind is Kind.ITEMS)


def take_apart(objects: pl.DataFrame) -> pl.DataFrame:
    """Give the members of JSON objects: `row`, `key` (its text), `value` (as it is written), in their order.

    `objects`: `row` UInt32, `text` String. No member is given of what is null or can't be read whole.
    """
    inside = pl.col("text").str.extract_all(MEMBER)
    whole = pl.col("text").str.replace_all(MEMBER, "").str.contains(r"^\s*\{[\s,]*\}\s*$")
    return (
        objects.drop_nulls("text")
        .select("row", member=inside, whole=whole)
        .filter("whole")
        .select("row", "member")
        .explode("member", empty_as_null=False)
        .drop_nulls("member")
        .select(
            "row",
            key=pl.col("member").str.extract(rf"^({_TEXT})").str.slice(1).str.head(-1),
            value=pl.col("member").str.replace(rf"^{_TEXT}\s*:\s*", ""),
        )
    )


def plain_text(texts: pl.Series) -> pl.Series:
    r"""Give JSON with the letters that `\u` escapes stand for, as our bodies are written."""
    found = texts.str.extract_all(ESCAPE).explode().drop_nulls().unique()
    meant = {escape: letter for escape in found if (letter := _letter(escape)) is not None}
    if not meant:
        return texts
    # First what is an escaped backslash: the u behind it escapes nothing.
    return texts.str.replace_many(["\\\\", *meant], ["\\\\", *meant.values()])


def _letter(escape: str) -> str | None:
    letter: str = json.loads(f'"{escape}"')
    return None if letter < " " or letter in '"\\' or "\ud800" <= letter <= "\udfff" else letter


def take_items(lists: pl.DataFrame) -> pl.DataFrame:
    """Give the members of lists of objects: `row`, `item` UInt32 (from 0), `key`, `value`, in their order.

    `lists`: `row` UInt32, `text` String.
    """
    items = (
        lists.select("row", text=pl.col("text").str.extract_all(OBJECT))
        .explode("text", empty_as_null=False)
        .drop_nulls("text")
        .with_columns(item=pl.int_range(pl.len(), dtype=pl.UInt32).over("row"), of=pl.col("row"))
    ).with_columns(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    return (
        take_apart(items)
        .join(items.select("row", "of", "item"), on="row", how="left", maintain_order="left")
        .select(pl.col("of").alias("row"), "item", "key", "value")
    )


def leaves(texts: pl.Series) -> pl.DataFrame:
    """Give what bodies say: `row` UInt32, `place` String (`city`, `tags.tier`, `addresses[0].city`), `value` String."""
    top = take_apart(texts.to_frame("text").with_row_index("row"))
    is_tags = (pl.col("key") == "tags") & pl.col("value").str.starts_with("{")
    is_list = pl.col("key").is_in(LISTS) & pl.col("value").str.starts_with("[")
    found = [top.filter(~is_tags & ~is_list).select("row", place="key", value="value")]
    tags = take_apart(top.filter(is_tags).select("row", text="value"))
    found.append(tags.select("row", place=pl.concat_str(pl.lit("tags."), "key"), value="value"))
    for name in LISTS:
        members = take_items(top.filter(is_list, pl.col("key") == name).select("row", text="value"))
        place = pl.concat_str(pl.lit(f"{name}["), "item", pl.lit("]."), "key")
        found.append(members.select("row", place=place, value="value"))
    return pl.concat(found)
