"""Compiles a mapping to Polars expressions: for each mapped field a value and its named failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.errors import MappingError
from importer.field import CONTROL, Kind
from importer.mapping.places import EVERY_TAG, columns_at, columns_of, places
from importer.mapping.steps.kinds import INTEGERS, Around, constant, typed
from importer.mapping.steps.lists import json_members, tag_members
from importer.mapping.steps.moments import Clock
from importer.mapping.steps.text import Worked, filled_cell, text_of
from importer.value import Failure, Limits, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.mapping.model import Mapping
    from importer.mapping.places import Place

_CONTROL = re.compile(CONTROL)
_DROPPED_BY_DEFAULT = frozenset({Kind.PHONE, Kind.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping as expressions over the source's columns."""

    values: tuple[Value, ...]
    """In the order of the contact model, `id` first."""
    key: tuple[str, ...]
    """The places that make a customer's identity; empty when only ids do."""

    @property
    def unique(self) -> tuple[str, ...]:
        """The places of which no two rows may have the same."""
        return tuple(value.place for value in self.values if value.unique)


def compile_mapping(mapping: Mapping) -> Compiled:
    """Give each mapped field its value and failures.

    Raises MappingError, naming the field, for what only shows here: a pattern or a format that can't be understood, a
    constant that is no value of its field, a key that is not mapped.
    """
    found = places(mapping)
    worked = [_named(place, mapping, found) for place in found]
    key = tuple(_code_place(name) for name in mapping.key or ())
    values = tuple(
        _value(place, one, _Mates(place, found, worked), key) for place, one in zip(found, worked, strict=True)
    )
    names = [value.place for value in values]
    if len(set(names)) < len(names):
        alike = next(name for name in names if names.count(name) > 1)
        raise MappingError(f"contact.{alike}: two tags differ only in blanks or |; rename one")
    if missing := [name for name in key if name not in names]:
        raise MappingError(f"key: {', '.join(missing)} is not mapped; map it under contact, or name another field")
    return Compiled(values, key)


def _named(place: Place, mapping: Mapping, found: Sequence[Place]) -> Worked:
    try:
        worked = _work(place, mapping, found)
    except MappingError as fault:
        raise MappingError(f"contact.{place.place}: {fault}") from None
    return _where_meant(place, worked, mapping.source.blank)


def _work(place: Place, mapping: Mapping, found: Sequence[Place]) -> Worked:
    said, tag = place.map, _is_tag(place)
    written = (said.value, said.default, said.join, *(said.values or {}).values(), *(said.replace or {}).values())
    if any(text is not None and _CONTROL.search(text) for text in written):
        raise MappingError("it holds a control character, which no field may carry")
    if said.default is not None:
        constant(said.default, place.field, said, tag=tag)
    if said.value is not None:
        return Worked(constant(said.value, place.field, said, tag=tag))
    text = text_of(said, mapping.source.blank)
    if place.field.name == EVERY_TAG and tag:
        taken = [other.field.name for other in found if _is_tag(other) and other.field.name != EVERY_TAG]
        return tag_members(text, said.split, taken) if said.split is not None else json_members(text, taken)
    clock = Clock(said.pivot, said.zone or mapping.zone)
    return typed(text, place.field, said, Around(clock, mapping.source.blank), tag=tag)


def _where_meant(place: Place, worked: Worked, blank: tuple[str, ...]) -> Worked:
    """Leave a field of an item blank, and without failures, where the item is not meant at all."""
    if place.when is None:
        return worked
    cell = filled_cell(place.when.column, blank)
    meant = cell.is_in(list(place.when.one_of)) if place.when.one_of else cell.is_not_null()
    meant = meant.fill_null(value=False)
    value = pl.when(meant).then(worked.value)
    return Worked(value, tuple((rule, failed & meant) for rule, failed in worked.failures))


def _value(place: Place, worked: Worked, mates: _Mates, key: Sequence[str]) -> Value:
    name, said = _code_place(place.place), place.map
    # A dropped id would make a known customer a new one, a dropped key nobody; and required says: never left out.
    kept = said.required or said.unique or name in key or place.field.kind is Kind.UUID
    dropped = place.field.kind in _DROPPED_BY_DEFAULT or said.phone is not None or said.document is not None
    by_default = "drop" if dropped else "reject"
    return Value(
        place=name,
        field=place.field,
        expr=_default(place, worked, mates),
        failures=tuple(Failure(f"{name}|{rule}", when) for rule, when in _merged(worked.failures)),
        cells=columns_of(said),
        reads=mates.reads,
        on_bad="drop" if not kept and (said.on_bad or by_default) == "drop" else "reject",
        required=said.required,
        given=worked.value.is_not_null() if mates.fill_it else None,
        constant=said.value is not None,
        limits=_limits(place),
        unique=said.unique,
        form=_form(place),
        on_blank=said.on_blank,
        write=said.write,
    )


def _form(place: Place) -> Literal["text", "json", "members"]:
    if place.field.name == EVERY_TAG and _is_tag(place):
        return "members"
    return "json" if place.map.split is not None or place.map.parse is not None else "text"


def _limits(place: Place) -> Limits:
    said = place.map
    bounds = (said.range.min, said.range.max) if said.range else (None, None)
    is_number = place.field.kind in INTEGERS or said.number is not None
    least, most = (Decimal(bound) if bound is not None and is_number else bound for bound in bounds)
    return Limits(
        pattern=said.pattern,
        one_of=said.one_of or (),
        least=least,
        most=most,
        shortest=said.length.min if said.length else None,
        longest=said.length.max if said.length else None,
    )


def _merged(failures: Sequence[tuple[str, pl.Expr]]) -> Iterator[tuple[str, pl.Expr]]:
    """Give each rule once: a table and the choices of an enum break the same one."""
    for rule in dict.fromkeys(rule for rule, _ in failures):
        whens = [when for name, when in failures if name == rule]
        yield rule, whens[0] if len(whens) == 1 else pl.any_horizontal(whens)


class _Mates:
    """The fields of a field's item, which decide whether its default is taken; none outside items."""

    def __init__(self, place: Place, found: Sequence[Place], worked: Sequence[Worked]) -> None:
        item = _item(place)
        has_default = place.map.default is not None and place.map.value is None
        self.fill_it = has_default and item is not None
        mates = [
            (other, one)
            for other, one in (zip(found, worked, strict=True) if self.fill_it else ())
            if _item(other) == item and other.map.value is None
        ]
        self.filled = [one.value.is_not_null() for _, one in mates]
        reading = (place, *(other for other, _ in mates))
        self.reads = tuple(dict.fromkeys(column for one in reading for column in columns_at(one)))


def _default(place: Place, worked: Worked, mates: _Mates) -> pl.Expr:
    """Fill a blank with the default, never a wrong value; in an item only where a cell of the item is filled."""
    if place.map.default is None or place.map.value is not None:
        return worked.value
    wanted = worked.value.is_null()
    if worked.failures:
        wanted &= ~pl.any_horizontal([when for _, when in worked.failures])
    if mates.fill_it:
        wanted &= pl.any_horizontal(mates.filled)
    default = constant(place.map.default, place.field, place.map, tag=_is_tag(place))
    return pl.when(wanted).then(default).otherwise(worked.value)


def _item(place: Place) -> str | None:
    head, bracket, _ = place.place.partition("].")
    return head if bracket and not _is_tag(place) else None


def _is_tag(place: Place) -> bool:
    return place.path[1] == "tags"


def _code_place(name: str) -> str:
    """Give a place as codes carry it: blanks separate codes and | ends the place, so a tag's name can't hold them."""
    return re.sub(r"[\s|]", "_", name)
