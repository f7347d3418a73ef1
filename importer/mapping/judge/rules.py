"""Whether what a mapping asks of a value, and of updates, can be asked of its field."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind
from importer.mapping.fault import Complaint, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.places import Place

_NUMBERS = {Kind.INTEGER, Kind.MONTH, Kind.YEAR}
_DATES = {Kind.DATE, Kind.DATETIME}


def judge_rules(place: Place) -> Iterator[Complaint]:
    """Give all that makes no sense about one field's rules and write policies."""
    yield from _patterns(place)
    yield from _choices(place)
    yield from _range(place)
    yield from _length(place)
    yield from _unique(place)
    if place.map.required and place.map.on_bad == "drop":
        what = "required says that it is never left out, so a bad value rejects the row; take one of the two out"
        yield (*place.path, "on_bad"), what
    yield from _default(place)
    yield from _policies(place)


def _patterns(place: Place) -> Iterator[Complaint]:
    pattern = place.map.pattern
    if pattern is None:
        return
    if not _is_text(place):
        yield (*place.path, "pattern"), "a pattern is about text; use range for numbers, take it out for yes and no"
    elif why := _pattern(pattern):
        yield (*place.path, "pattern"), why


@lru_cache
def _pattern(pattern: str) -> str | None:
    try:
        # Alone first: `a)|(?:b` is whole only inside the brackets, and would not fit the whole value.
        for whole in (pattern, f"^(?:{pattern})$"):
            pl.Series([""]).str.contains(whole)
    except pl.exceptions.ComputeError:
        return "no regular expression (Rust's syntax, without look-around and back-references)"
    return None


def _choices(place: Place) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if said.one_of is None:
        return
    if not _is_text(place):
        yield (*path, "one_of"), "one_of is about text; use range for numbers, take it out for yes and no"
    elif place.field.choices and (wrong := [text for text in said.one_of if text not in place.field.choices]):
        what = f"{len(wrong)} of them can't be; {place.field.name} holds one of {listed(place.field.choices)} only"
        yield (*path, "one_of"), what


def _range(place: Place) -> Iterator[Complaint]:
    said, path = place.map, (*place.path, "range")
    if said.range is None:
        return
    if said.range.min is None and said.range.max is None:
        yield path, "say min, max or both"
    if place.field.kind in _NUMBERS or said.number is not None:
        read, what = _number, "a number such as 12 or 12.5"
    elif place.field.kind in _DATES or said.date is not None or said.datetime is not None:
        read, what = _day, "a date as 1990-12-31, or today"
    else:
        yield path, "a range is about numbers and dates; use length, pattern or one_of for text"
        return
    bounds = {key: getattr(said.range, key) for key in ("min", "max")}
    known = {key: read(text) for key, text in bounds.items() if text is not None}
    for key, bound in known.items():
        if bound is None:
            yield (*path, key), f"{what} is meant here"
    least, most = known.get("min"), known.get("max")
    if least and most and most < least:
        yield path, "min is more than max, so nothing fits"


def _number(text: str) -> str | None:
    """Give a number so that texts compare as numbers do; None when it is none."""
    if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,10})?", text):
        return None
    return f"{Decimal(text) + 10**18:030.10f}"


def _day(text: str) -> str | None:
    if text == "today":
        return ""  # what today is shows only when rows are read
    try:
        return str(date.fromisoformat(text)) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _length(place: Place) -> Iterator[Complaint]:
    said, path = place.map, (*place.path, "length")
    if said.length is None:
        return
    if not _is_text(place):
        yield path, "a length is about text; use range for numbers, take it out for yes and no"
    fewest, most = said.length.min, said.length.max
    if fewest is None and most is None:
        yield path, "say min, max or both"
    elif fewest is not None and most is not None and most < fewest:
        yield path, "min is more than max, so nothing fits"


def _default(place: Place) -> Iterator[Complaint]:
    """Refuse a default that the field's own limits refuse: every blank would be rejected."""
    said, path = place.map, (*place.path, "default")
    text = said.default
    if text is None:
        return
    if _is_text(place) and said.one_of and text not in said.one_of:
        yield path, "one_of does not list it, so every blank would be rejected; list it, or take it out"
    if _is_text(place) and said.length and not (said.length.min or 0) <= len(text) <= (said.length.max or len(text)):
        yield path, "length does not allow it, so every blank would be rejected; mend one of them"
    if _is_text(place) and said.pattern and _pattern(said.pattern) is None and not _fits(said.pattern, text):
        yield path, "it does not fit the pattern, so every blank would be rejected; mend one of them"
    if said.range and not _within(place, text):
        yield path, "it is out of the range, so every blank would be rejected; mend one of them"


def _fits(pattern: str, text: str) -> bool:
    return bool(pl.Series([text]).str.contains(f"^(?:{pattern})$").item())


def _within(place: Place, text: str) -> bool:
    """Tell whether a default is in its range; True where one of the two can't be read, which has its own fault."""
    said = place.map
    read = _number if place.field.kind in _NUMBERS or said.number is not None else _day
    value = read(text if read is _number else text[:10])
    least, most = (
        read(bound) if bound else None for bound in ((said.range and said.range.min), (said.range and said.range.max))
    )
    return not value or ((not least or least <= value) and (not most or value <= most))


def _unique(place: Place) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if not said.unique:
        return
    if place.place == "id":
        yield (*path, "unique"), "an id is compared over all rows anyway; take it out"
    if said.on_bad == "drop":
        yield (*path, "on_bad"), "which of two equal values is wrong shows only at the end; leave it at reject"
    if said.default is not None:
        yield (*path, "default"), "a default is the same for many rows, and unique; take one of them out"
    if said.boolean is not None or place.field.kind is Kind.BOOLEAN:
        yield (*path, "unique"), "yes and no are the same for many rows; take it out"


def _policies(place: Place) -> Iterator[Complaint]:
    said, path, field = place.map, place.path, place.field
    is_tag, in_item = path[1] == "tags", len(path) > 3  # noqa: PLR2004  # contact, the list, its entry, the field
    for key, usual in (("on_blank", "keep"), ("write", "always")):
        if getattr(said, key) == usual:
            continue
        if place.place == "id":
            yield (*path, key), "an id is never part of a body; take it out"
        elif in_item:
            yield (*path, key), "an item is sent whole or not at all; take it out"
    if said.on_blank == "clear" and place.place != "id" and not in_item:
        if is_tag or not field.nullable:
            yield (*path, "on_blank"), "the API has no null here, so it can't be cleared; leave it at keep"
        elif said.write != "always":
            yield (*path, "on_blank"), f"write: {said.write} keeps it out of updates, which alone can clear it"
        elif said.default is not None or said.required:
            yield (*path, "on_blank"), "a default or required leaves no blank to clear; take one of them out"
    if said.write == "create_only" and field.update_only:
        yield (*path, "write"), f"only an update may carry {field.name}, so it would never be sent"


def _is_text(place: Place) -> bool:
    """Tell whether the value is text: no number and no yes or no."""
    said, kind = place.map, place.field.kind
    return kind not in {*_NUMBERS, Kind.BOOLEAN} and said.number is None and said.boolean is None
