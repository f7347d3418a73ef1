"""Makes the JSON of each contact in Polars, and its fingerprint.

Bodies are pieces of text put together: a struct with lists of structs costs fifteen times as much. Each piece begins
with a comma, and the first comma of an object or list is cut. Texts are escaped only in columns that need it.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import groupby
from json import dumps
from typing import TYPE_CHECKING

import polars as pl

from importer.contact import fields_of
from importer.field import Kind
from importer.value import given_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.value import Value

NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_ESCAPED = {letter: dumps(letter)[1:-1] for letter in ['"', "\\", *map(chr, range(0x20))]}
_DIGEST_SIZE = 16
_UPDATE = "update"
"""The shape of what only an update carries."""
_PUT = "put "
"""Before the names of an update's parts, where policies make it another than the fuller body."""
_SPARE = "spare "
"""Before the names of the parts that an update carries only where the target has none."""


PLAIN = tuple(one.name for one in fields_of() if one.kind not in (Kind.BOOLEAN, Kind.OBJECT, Kind.ITEMS))
"""The contact's own fields that may be texts; `filled_bits` has a bit for each, in this order."""

NOTHING = blake2b(b"{}", digest_size=_DIGEST_SIZE).digest()
"""The fingerprint of a body that says nothing."""


def cleared(place: str) -> str:
    """Give the name of the Boolean column that tells where an update sends null for a field."""
    return f"{place}|clear"


def build_bodies(frame: pl.DataFrame, values: Sequence[Value]) -> pl.DataFrame:
    """Give for each row `body` and `update_body` String, `fingerprint` and `carried` Binary (16 bytes).

    `frame` has a column for each value, named by its place: String, Boolean, Int64 or Decimal; `cleared(place)` where
    a blank is cleared, `given_column(place)` where a value says `given`. A body is compact JSON of the filled fields in
    the order of `values`; an item of which only constants and defaults are filled is left out, and so is what is then
    empty. `id` is in no body; what only an update may carry is in `update_body`, which obeys the write policies and is
    null where it equals `body`. The fingerprint is BLAKE2b of all that is filled, whatever the policies, in UTF-8;
    `carried` that of what an update carries under them, null where that is all of it. Where a value is written
    `if_blank` there is also `if_blank` String: an object of those that are filled, null where none is.
    """
    mapped = [value for value in values if value.place != "id"]
    parts = _parts(frame, mapped)
    sent = _sent_parts(frame, mapped)
    spare = _spare_parts(frame, mapped)
    # One batch is in memory anyway; this engine makes the parts side by side, and what repeats in one only once.
    made = frame.lazy().select(
        pl.int_range(pl.len()).alias("row"), *parts.values(), *(sent or {}).values(), *spare.values()
    ).collect(engine="in-memory")  # fmt: skip  # one frame
    bodies = made.select(
        pl.col("row"),
        _whole([name for name in parts if not name.startswith(_UPDATE)]).alias("body"),
        *([_whole(list(parts)).alias("full")] if any(name.startswith(_UPDATE) for name in parts) else ()),
    )
    full = bodies.to_series(-1)
    update = full if sent is None else made.select(_whole(list(sent)).alias("update")).to_series()
    other = pl.select(pl.when(full != update).then(update)).to_series()
    return bodies.select(
        "body",
        update_body=pl.when(pl.col("body") != update).then(update),
        fingerprint=_digests(full),
        carried=_digests(other),
        **({"if_blank": made.select(_whole(list(spare)).replace("{}", None)).to_series()} if spare else {}),
    )


def filled_bits(frame: pl.DataFrame, values: Sequence[Value]) -> pl.Series:
    """Give `filled` UInt32, aligned with `frame` (as `build_bodies` takes it): which of `PLAIN` a body has as texts."""
    texts = {value.place for value in values if value.form == "text" and not value.field.update_only}
    bits = [
        pl.col(name).is_not_null().cast(pl.UInt32) * (1 << place)
        for place, name in enumerate(PLAIN)
        if name in texts and frame.schema[name] == pl.String
    ]
    return frame.select(pl.sum_horizontal(pl.repeat(0, pl.len(), dtype=pl.UInt32), *bits).alias("filled")).to_series()


def _digests(texts: pl.Series) -> pl.Series:
    if texts.null_count() == texts.len():
        return pl.repeat(None, texts.len(), dtype=pl.Binary, eager=True)
    found = texts.cast(pl.Binary).to_list()
    made = [None if text is None else blake2b(text, digest_size=_DIGEST_SIZE).digest() for text in found]
    return pl.Series(made, dtype=pl.Binary)


def _sent_parts(frame: pl.DataFrame, values: Sequence[Value]) -> dict[str, pl.Expr] | None:
    """Give the parts of an update where a policy makes it another than all that is filled; None where none does."""
    if all(value.write == "always" and value.on_blank == "keep" for value in values):
        return None
    # What is sent only where the target has none is added by the plan, which knows the answers.
    carried = [value for value in values if value.write == "always"]
    return {f"{_PUT}{name}": text.alias(f"{_PUT}{name}") for name, text in _parts(frame, carried, clear=True).items()}


def _spare_parts(frame: pl.DataFrame, values: Sequence[Value]) -> dict[str, pl.Expr]:
    """Give the parts that an update carries where the server's last answer has none: the plan knows that answer."""
    spare = [value for value in values if value.write == "if_blank"]
    return {f"{_SPARE}{name}": text.alias(f"{_SPARE}{name}") for name, text in _parts(frame, spare).items()}


def _parts(frame: pl.DataFrame, values: Sequence[Value], *, clear: bool = False) -> dict[str, pl.Expr]:
    """Give runs of simple fields, the tags and the lists by a name; each text begins with a comma or is empty."""
    pieces = _pieces(frame, [value.place for value in values if value.form == "text"], clear=clear)
    parts: list[tuple[str, pl.Expr]] = []
    for (shape, name), group in groupby(values, key=_part_of):
        mapped = list(group)
        if shape == "tags":
            text = _around(f',"{name}":{{', _together(map(pieces, mapped)), "}")
        elif shape == "list":
            items = [_item(list(item), pieces) for _, item in groupby(mapped, key=item_of)]
            text = _around(f',"{name}":[', _together(items), "]")
        else:
            text = _together(map(pieces, mapped))
        parts.append((f"{shape}{len(parts)}", text))
    return {name: text.alias(name) for name, text in parts}


def _whole(parts: Sequence[str]) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), _together(map(pl.col, parts)).str.slice(1), pl.lit("}"))


def _item(values: Sequence[Value], pieces: Callable[[Value], pl.Expr]) -> pl.Expr:
    """Give one item with its comma, nothing where no cell of it is filled: a default alone says nothing of anybody."""
    if all(value.constant for value in values):
        return pl.lit("")
    text = _together([pieces(value) for value in values]).str.slice(1)
    whole = pl.concat_str(pl.lit(",{"), text, pl.lit("}"))
    return pl.when(item_is_filled(values)).then(whole).otherwise(pl.lit(""))


def item_is_filled(values: Sequence[Value]) -> pl.Expr:
    """Tell, over the columns that `build_bodies` takes, whether a body has the item that is made of these values."""
    cells = [
        pl.col(value.place).is_not_null() & (pl.col(given_column(value.place)) if value.given is not None else True)
        for value in values
        if not value.constant
    ]
    return pl.any_horizontal(pl.lit(value=False), *cells)


def group_items(values: Sequence[Value]) -> dict[str, list[Value]]:
    """Give the values of each item of a list, by `item_of`, in their order."""
    found: dict[str, list[Value]] = {}
    for value in values:
        if _part_of(value)[0] == "list":
            found.setdefault(item_of(value), []).append(value)
    return found


def _around(before: str, text: pl.Expr, after: str) -> pl.Expr:
    whole = pl.concat_str(pl.lit(before), text.str.slice(1), pl.lit(after))
    # Else an empty text and not null: a null literal would hide from Polars that `text` is the same in both places.
    return pl.when(text != "").then(whole).otherwise(pl.lit(""))


def _together(parts: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str([pl.lit(""), *parts], ignore_nulls=True)


def _pieces(frame: pl.DataFrame, places: Sequence[str], *, clear: bool) -> Callable[[Value], pl.Expr]:
    """Give the maker of `,"key":value`, null where the value is; it knows which of `places` need escaping."""
    schema = frame.schema
    texts = [place for place in places if schema[place] == pl.String]
    asked = (
        frame.lazy().select(pl.col(texts).str.contains(NEEDS_ESCAPE).any()).collect(engine="in-memory")
        if texts
        else None
    )
    escaped = {name for name, yes in asked.row(0, named=True).items() if yes} if asked is not None else set()

    def piece(value: Value) -> pl.Expr:
        column, kind = pl.col(value.place), schema[value.place]
        key = f",{dumps(value.field.name, ensure_ascii=False)}:"
        if clear and value.on_blank == "clear":
            nothing = pl.when(pl.col(cleared(value.place))).then(pl.lit(f"{key}null"))
            return pl.coalesce(filled(value, column, kind, key), nothing)
        return filled(value, column, kind, key)

    def filled(value: Value, column: pl.Expr, kind: pl.DataType, key: str) -> pl.Expr:
        if value.form != "text":
            return pl.concat_str(pl.lit("," if value.form == "members" else key), column)
        if kind != pl.String:
            return pl.concat_str(pl.lit(key), _bare(column, kind))
        if value.place in escaped:
            column = column.str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))
        return pl.concat_str(pl.lit(f'{key}"'), column, pl.lit('"'))

    return piece


def _bare(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    text = column.cast(pl.String)
    if not isinstance(kind, pl.Decimal):
        return text
    # A decimal of scale 10 always has a fraction; JSON's shortest form has none or ends in another digit than 0.
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def _part_of(value: Value) -> tuple[str, str]:
    """Give the shape of the part that a value belongs to, and the name of the field where the part is one field."""
    if value.place.startswith("tags."):
        return "tags", "tags"
    if "]." in value.place:
        return "list", value.place.partition("[")[0]
    return (_UPDATE if value.field.update_only else "fields"), ""


def item_of(value: Value) -> str:
    """Give what the places of one item's values begin with, up to its number; of others the place."""
    return value.place.partition("]")[0]
