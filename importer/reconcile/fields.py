"""Takes bodies apart and tells which fields differ: in Polars, and by an exact judge where that can't tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.mapping.places import EVERY_TAG
from importer.reconcile.compared import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reconcile.compared import Shape

DIFFERENCES = {"entry": pl.UInt32, "field": pl.String, "here": pl.String, "there": pl.String, "landed": pl.String}
LONG_NUMBER = "[0-9][0-9.eE+-]{15}"
"""Polars reads a number as a float, which holds fifteen digits."""
Texts = pl.DataFrame
"""A column for each place (`email`, `tags.tier`, `addresses[1].city`), all String; null is blank."""


def find_differences(here: pl.Series, there: pl.Series, landed: pl.Series, shape: Shape) -> pl.DataFrame:
    """Give, by their place in three aligned series of bodies, the fields in which the first two differ.

    Columns: `entry` UInt32, `field` String, `here`, `there` and `landed` String, the texts of the three bodies. Values
    are compared as text, so that a number is the text that says it. Null bodies are blank in all fields.
    """
    bodies = (here, there, landed)
    taken = None if shape.nested else _take_apart(bodies, shape)
    if taken is None:
        return _compare([_judge(one, shape) for one in bodies], pl.int_range(here.len(), dtype=pl.UInt32, eager=True))
    every = pl.int_range(here.len(), dtype=pl.UInt32, eager=True)
    found = _compare(taken, every)
    # What says the same in another way, or may differ beyond what a float holds.
    alike = ~every.is_in(found["entry"].unique().implode()) & here.ne_missing(there)
    long = [one.str.contains(LONG_NUMBER).fill_null(value=False) for one in bodies]
    doubtful = every.filter(alike | long[0] | long[1] | long[2])
    judged = _compare([_judge(one.gather(doubtful), shape) for one in bodies], doubtful)
    clear = found.filter(~pl.col("entry").is_in(doubtful.implode()))
    return pl.concat([clear, judged]).sort("entry", maintain_order=True)


def _compare(texts: list[Texts], entries: pl.Series) -> pl.DataFrame:
    here, there, landed = texts
    found = [pl.DataFrame(schema=DIFFERENCES)]
    none = pl.repeat(None, entries.len(), dtype=pl.String, eager=True)
    for name in dict.fromkeys((*here.columns, *there.columns)):
        told = [frame[name] if name in frame.columns else none for frame in (here, there, landed)]
        differing = told[0].ne_missing(told[1])
        if differing.any():
            cells = [one.filter(differing) for one in (entries, *told)]
            named = zip(("entry", "here", "there", "landed"), cells, strict=True)
            found.append(
                pl.DataFrame([one.alias(column) for column, one in named]).select(
                    "entry", pl.lit(name).alias("field"), "here", "there", "landed"
                )
            )
    return pl.concat(found).sort("entry", maintain_order=True)


def _take_apart(bodies: tuple[pl.Series, ...], shape: Shape) -> list[Texts] | None:
    """Give the texts of each, or None where a body has another form than `shape`."""
    text = pl.String()
    parts: dict[str, pl.DataType] = dict.fromkeys(shape.plain, text)
    if shape.tags:
        parts[TAGS] = pl.Struct(dict.fromkeys(shape.tags, text))
    for name, fields in shape.lists.items():
        parts[name] = pl.List(pl.Struct(dict.fromkeys(fields, text)))
    if not parts:
        return [pl.DataFrame() for _ in bodies]
    try:
        # What landed may be the very bodies of the other side.
        texts = {id(one): _columns(one.str.json_decode(pl.Struct(parts)).struct.unnest(), shape) for one in bodies}
    except pl.exceptions.ComputeError:
        return None
    return [texts[id(one)] for one in bodies]


def _columns(taken: pl.DataFrame, shape: Shape) -> Texts:
    columns = [taken[name] for name in shape.plain]
    if shape.tags:
        columns += [taken[TAGS].struct.field(tag).alias(f"{TAGS}.{tag}") for tag in shape.tags]
    for name, fields in shape.lists.items():
        longest: Any = taken[name].list.len().max()
        for number in range(longest or 0):
            item = taken[name].list.get(number, null_on_oob=True)
            columns += [item.struct.field(field).alias(f"{name}[{number}].{field}") for field in fields]
    return pl.DataFrame(columns)


def _judge(bodies: pl.Series, shape: Shape) -> Texts:
    """Give the texts by Python's own reader, which keeps every digit and knows every form."""
    rows = [dict(_told(body, shape)) for body in bodies]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )


def _told(body: str | None, shape: Shape) -> Iterator[tuple[str, str]]:
    document: dict[str, Any] = json.loads(body or "{}", parse_int=str, parse_float=str)
    for name, value in document.items():
        if name in shape.plain:
            yield from _text(name, value)
        elif name == TAGS:
            for tag, content in (value or {}).items():
                if tag in shape.tags or EVERY_TAG in shape.tags:
                    yield from _text(f"{TAGS}.{tag}", content)
        elif name in shape.lists:
            for number, item in enumerate(value or ()):
                for field in shape.lists[name]:
                    yield from _text(f"{name}[{number}].{field}", item.get(field))


def _text(place: str, value: object) -> Iterator[tuple[str, str]]:
    if value is not None:
        yield place, text_of(value)


def text_of(value: object) -> str:
    """Give the text of a JSON value, as fields are compared by."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def group_of(place: str = "field") -> pl.Expr:
    """Give, of a column of places, what a body carries as one: a list is carried whole, tags one by one."""
    found = pl.col(place)
    in_list = found.str.contains(r"^[^.\[]*\[[0-9]+\]")
    return pl.when(in_list).then(found.str.replace(r"\[.*$", "")).otherwise(found)


def find_said(bodies: pl.Series, shape: Shape) -> pl.DataFrame:
    """Give what bodies (null: nothing) say: `row` UInt32, `field`, `group` and `value` String.

    What they say null of has a line too, without a value; one of a list has the list's name as its field.
    """
    every = pl.int_range(bodies.len(), dtype=pl.UInt32, eager=True)
    doubtful = every.filter(bodies.str.contains(rf":null|{LONG_NUMBER}").fill_null(value=False))
    clear = bodies.clone().scatter(doubtful, None) if doubtful.len() else bodies
    taken = None if shape.nested else _take_apart((clear,), shape)
    texts, judged = (taken[0], _judge(bodies.gather(doubtful), shape)) if taken else (_judge(bodies, shape), None)
    found = [_lines(texts, every)]
    if judged is not None:
        found.append(_lines(judged, doubtful))
    nulls = [(row, name) for row in doubtful for name in _null_places(str(bodies[row]), shape)]
    found.append(
        pl.DataFrame(nulls, schema={"row": pl.UInt32, "field": pl.String}, orient="row").select(
            "row", "field", value=pl.lit(None, pl.String)
        )
    )
    return pl.concat(found).with_columns(group=group_of())


def _lines(texts: Texts, rows: pl.Series) -> pl.DataFrame:
    if not texts.width:
        return pl.DataFrame(schema={"row": pl.UInt32, "field": pl.String, "value": pl.String})
    told = texts.with_columns(rows.alias(" row"))
    return (
        told.unpivot(index=" row", variable_name="field", value_name="value")
        .drop_nulls("value")
        .select(pl.col(" row").alias("row"), "field", pl.col("value").cast(pl.String))
    )


def _null_places(body: str, shape: Shape) -> Iterator[str]:
    document: dict[str, Any] = json.loads(body)
    tags = document.get(TAGS)
    for name in (*shape.plain, *shape.lists):
        if name in document and document[name] is None:
            yield name
    for tag in shape.tags:
        if TAGS in document and (tags is None or (tag in tags and tags[tag] is None)):
            yield f"{TAGS}.{tag}"
