"""Whether one field's steps make sense: together, and for what the field can hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.field import CONTROL, Field, Kind
from importer.mapping.fault import Complaint, listed, plain
from importer.mapping.judge.constants import rejected_by_rules
from importer.mapping.judge.dates import judge_dates
from importer.mapping.judge.rules import judge_rules
from importer.mapping.places import EVERY_TAG, NUMBER, columns_of
from importer.mapping.steps.local import judge_local, unfit_local
from importer.mapping.steps.sql import sql_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.forms import BooleanWords
    from importer.mapping.model import FieldMap
    from importer.mapping.places import Place

# Which fields a type step can fill. A tag can be filled by any.
_FILLS = {
    "date": {Kind.DATE, Kind.DATETIME, Kind.TEXT},
    "datetime": {Kind.DATETIME, Kind.TEXT},
    "boolean": {Kind.BOOLEAN},
    "number": {Kind.INTEGER, Kind.MONTH, Kind.YEAR},
    "phone": {Kind.PHONE, Kind.TEXT},
    "document": {Kind.DOCUMENT, Kind.TEXT},
    "country": {Kind.COUNTRY, Kind.TEXT},
    "split": set(),
    "parse": set(),
}
_CELL_STEPS = (
    *("blank", "strip", "fold", "replace", "match", "case", "pad", "values", "date", "datetime", "pivot", "zone"),
    *("phone", "document", "country", "split", "parse", "default", "pattern", "one_of", "range", "length"),
    *("unique", "on_blank"),
)
_FORMS = {
    Kind.BOOLEAN: (re.compile("true|false"), "true or false"),
    Kind.INTEGER: (re.compile("-?[0-9]{1,18}"), "a whole number"),
    Kind.MONTH: (re.compile("0?[1-9]|1[0-2]"), "a month from 1 to 12"),
    Kind.YEAR: (re.compile("[12][0-9]{3}"), "a year of four digits"),
    Kind.LAST_FOUR: (re.compile("[0-9]{4}"), "four digits"),
    Kind.UUID: (re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"),
    Kind.EMAIL: (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "an email address"),
    Kind.DATE: (re.compile("[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"), "a real date as 1990-12-31"),
    Kind.DATETIME: (
        re.compile(
            r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
        ),
        "a real date-time as 2024-01-31T12:30:00Z",
    ),
}

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?")
_CONTROL = re.compile(CONTROL)


def judge_field(place: Place) -> Iterator[Complaint]:
    """Give all that makes no sense about one mapped field. No message holds a constant or a table's entry."""
    field, said, path = place.field, place.map, place.path
    if any(not column for column in columns_of(said)):
        yield path, "a column's name is empty; write it as in the file's header"
    if said.value is not None:
        yield from _constant(place)
    yield from _identity(place)
    if said.strip == "":
        yield (*path, "strip"), "no character is named; name those to cut, or take the key out"
    if said.match is not None and (why := _pattern(said.match)):
        yield (*path, "match"), why
    tag = path[1] == "tags"
    for step, kinds in _FILLS.items():
        if getattr(said, step) is not None and not tag and field.kind not in kinds:
            yield (*path, step), _misfit(step, field)
    if said.boolean is not None and (twice := _overlap(said.boolean)):
        yield (*path, "boolean"), f"{twice} of its words mean both yes and no; compared without regard to case"
    yield from _origin(place)
    yield from judge_dates(place)
    yield from _lists(place)
    yield from _texts(place)
    yield from judge_rules(place)
    yield from judge_local(place)


def _constant(place: Place) -> Iterator[Complaint]:
    said, path = place.map, place.path
    for step in _CELL_STEPS:
        if step in said.model_fields_set and getattr(said, step) not in (None, (), False, "keep"):
            yield (*path, step), f"{step} works on cells and this is a constant; write the constant as it is to be sent"
    if not (said.value or "").strip():
        yield (*path, "value"), "the constant is blank; leave the field out"


def _identity(place: Place) -> Iterator[Complaint]:
    """Refuse what would make one contact of many: the server unites people by email, and an id is one contact."""
    said, path = place.map, place.path
    if place.place not in {"id", "email"}:
        return
    for key in ("value", "default"):
        if getattr(said, key) is not None:
            what = f"the same {place.place} for many customers would make them one contact; take it from a column only"
            yield (*path, key), what
    if place.place == "id" and said.on_bad == "drop":
        yield (*path, "on_bad"), "a contact whose bad id is dropped would be created again; leave it at reject"


@lru_cache
def _pattern(pattern: str) -> str | None:
    try:
        groups = len(pl.Series([], dtype=pl.String).str.extract_groups(pattern).struct.fields)
    except pl.exceptions.ComputeError as error:
        why = str(error).rstrip().rsplit("error: ", maxsplit=1)[-1].splitlines()[0]
        why = why if why.isascii() and why.isprintable() else "it can't be read"
        return f"no regular expression (Rust's syntax, without look-around and back-references): {why}"
    if groups != 1:
        return f"{groups} groups; put ( ) around the one part that is kept, and (?: ) around others"
    return None


def _misfit(step: str, field: Field) -> str:
    if step in {"split", "parse"}:
        return f"{step} gives a list, which only a tag can hold; map it under tags"
    fitting = next((other for other, kinds in _FILLS.items() if field.kind in kinds and field.kind != Kind.TEXT), None)
    if field.kind is Kind.ENUM:
        instead = f"use values to give {listed(field.choices)}"
    else:
        instead = f"use {fitting}" if fitting else "take the step out"
    return f"{step} can't fill {field.name}, which holds {field.kind.value}; {instead}"


def _overlap(words: BooleanWords) -> int:
    return len(_small(words.yes) & _small(words.no))


@lru_cache
def _small(words: tuple[str, ...]) -> frozenset[str]:
    # By Polars, as cells are; Python makes other small letters of a few.
    return frozenset(pl.Series(words, dtype=pl.String).str.to_lowercase())


def _origin(place: Place) -> Iterator[Complaint]:
    said = place.map
    if said.sql is not None:
        try:
            sql_expression(said.sql.replace(NUMBER, "1"))
        except MappingError as error:
            yield (*place.path, "sql"), str(error)
    if said.replace == {} or "" in (said.replace or {}):
        yield (*place.path, "replace"), "nothing is named that is to be replaced; name it, or take the key out"


def _lists(place: Place) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if path[:2] == ("contact", "tags") and place.field.name == EVERY_TAG:
        if said.split is None and said.parse is None:
            what = (
                "the tag '*' makes a tag of each entry of a list, or of each member of a JSON object; say split or "
                "parse, or give the tag another name"
            )
            yield path, what
        elif said.default is not None:
            yield (*path, "default"), "the tag '*' takes no default; give the tag a name of its own"
    if said.split == "":
        yield (*path, "split"), "nothing is named at which to cut; name it, such as '|'"
    for step in ("split", "parse"):
        if getattr(said, step) is None:
            continue
        for other in ("values", "default", "pattern", "one_of", "range", "length", "unique"):
            if other in said.model_fields_set and (other != "default" or place.field.name != EVERY_TAG):
                yield (*path, other), f"{other} is about one value and {step} gives many; take one of them out"


def _texts(place: Place) -> Iterator[Complaint]:
    """Judge the texts the mapping itself puts in: constant, default, and what a table gives."""
    said, path = place.map, place.path
    written = [(key, getattr(said, key)) for key in ("value", "default", "join")]
    for step, text in (
        *written,
        *(("values", meaning) for meaning in (said.values or {}).values()),
        *(("replace", new) for new in (said.replace or {}).values()),
    ):
        if text is not None and _CONTROL.search(text):
            yield (*path, step), "a control character, which no field may carry; take it out"
    for step in ("value", "default"):
        text = getattr(said, step)
        if text is not None and (why := _unfit_constant(place, text) or rejected_by_rules(place, text)):
            yield (*path, step), why
    if said.default is not None and not said.default.strip():
        yield (*path, "default"), "the default is blank; take it out"
    if said.values == {}:
        yield (*path, "values"), "the table is empty; list what the cells hold and what it means"
    for cell, meaning in (said.values or {}).items():
        if meaning and (why := _unfit_entry(said, place.field, meaning)):
            yield (*path, "values", cell), why


def _unfit_entry(said: FieldMap, field: Field, text: str) -> str | None:
    """Say why what a table gives, which still goes through the type step, can't become the field's value."""
    if said.boolean is not None:
        known = _small((*said.boolean.yes, *said.boolean.no))
        return None if _small((text,)) <= known else "this is none of the words in boolean"
    if said.number is not None:
        return None if re.fullmatch(r"[+-]?[0-9][0-9.,]*", text) else "this is no number"
    return None if said.date or said.datetime else _unfit(field, text)


def _unfit_constant(place: Place, text: str) -> str | None:
    """Say why a constant or a default, which is written as it is to be sent, can't be the field's value."""
    field = place.field
    if why := unfit_local(text, place.map):
        return why
    step = next((step for step in _FILLS if getattr(place.map, step) is not None), None)
    if step is None or step not in set(Kind) | {"number"} or field.kind is not Kind.TEXT:
        return _unfit(field, text)
    if step == "number":
        return None if _NUMBER.fullmatch(text) else f"{plain(field.name)} holds a number such as 12 or 12.5"
    return _unfit(Field(plain(field.name), Kind(step), ""), text)


def _unfit(field: Field, text: str) -> str | None:
    """Say why a field can't hold a text; None when it can."""
    if field.choices:
        return None if text in field.choices else f"{field.name} holds one of {listed(field.choices)} only"
    form, what = _FORMS.get(field.kind, (None, ""))
    if form is None:
        return None
    return None if form.fullmatch(text) and _is_real(field.kind, text) else f"{field.name} holds {what}"


def _is_real(kind: Kind, text: str) -> bool:
    """Whether a text in the form of its kind names a day and a time that there are; other kinds name none."""
    try:
        if kind is Kind.DATE:
            date.fromisoformat(text)
        if kind is Kind.DATETIME:
            datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
