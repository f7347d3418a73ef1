"""Where a mapping puts what: its mapped fields one by one, with repeated items written out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.contact import ID, fields_of
from importer.field import Field, Kind
from importer.mapping.steps.sql import sql_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.forms import Condition
    from importer.mapping.model import FieldMap, Mapping

EVERY_TAG = "*"
"""The name of tags that are named by the cell."""
NUMBER = "{n}"
"""What stands in the column names of a repeated item for its number."""


@dataclass(frozen=True, slots=True)
class Place:
    """One mapped field of the contact."""

    place: str
    """`email`, `tags.tier`, `addresses[1].city`: items are counted from 0, each repetition as one item."""
    field: Field
    map: FieldMap
    """Its steps, with the number of the repetition filled into its columns."""
    path: tuple[str | int, ...]
    """Keys and list positions that lead to it in the mapping file."""
    when: Condition | None = None
    """When its item is meant at all, with the number of the repetition filled in."""


def places(mapping: Mapping) -> tuple[Place, ...]:
    """Give every mapped field in the order of the contact model, id first; tags and items in the mapping's order."""
    found: list[Place] = []
    for field in (ID, *fields_of()):
        said = getattr(mapping.contact, field.name)
        path: tuple[str | int, ...] = ("contact", field.name)
        if said is None:
            continue
        if field.kind is Kind.OBJECT:
            found.extend(_tags(field, said, path))
        elif field.kind is Kind.ITEMS:
            found.extend(_items(field, said, path))
        else:
            found.append(Place(field.name, field, said, path))
    return tuple(found)


def mapping_columns(mapping: Mapping) -> tuple[str, ...]:
    """Give the columns that a mapping reads, each once, in the order of its places."""
    return tuple(dict.fromkeys(column for place in places(mapping) for column in columns_at(place)))


def columns_at(place: Place) -> tuple[str, ...]:
    """Give the columns a place is taken from, and those that decide on its item, its country or its kind."""
    deciding = (place.when.column if place.when else None, *beside(place.map).values())
    return (*columns_of(place.map), *(column for column in deciding if column is not None))


def beside(said: FieldMap) -> dict[tuple[str, str], str]:
    """Give the columns that say of which country a phone or of which kind a document is, by their keys."""
    found = {
        ("phone", "country"): said.phone.country if said.phone is not None else None,
        ("document", "column"): said.document.column if said.document is not None else None,
    }
    return {keys: column for keys, column in found.items() if column is not None}


def columns_of(said: FieldMap) -> tuple[str, ...]:
    """Give the columns one field is taken from; none for a constant."""
    if said.sql is not None:
        return sql_columns(said.sql)
    return (said.column,) if said.column is not None else said.columns or ()


def _tags(parent: Field, said: dict[str, FieldMap], path: tuple[str | int, ...]) -> Iterator[Place]:
    for tag, steps in said.items():
        field = Field(tag, Kind.TEXT, "a tag")
        yield Place(f"{parent.name}.{tag}", field, steps, (*path, tag))


def _items(parent: Field, said: tuple[object, ...], path: tuple[str | int, ...]) -> Iterator[Place]:
    count = 0
    for position, item in enumerate(said):
        repeat: int | None = getattr(item, "repeat", None)
        when: Condition | None = getattr(item, "when", None)
        mapped = [(field, steps) for field in parent.items if (steps := getattr(item, field.name)) is not None]
        for number in range(1, (repeat or 1) + 1):
            for field, steps in mapped:
                one = Place(f"{parent.name}[{count}].{field.name}", field, steps, (*path, position, field.name), when)
                yield one if repeat is None else _numbered(one, number)
            count += 1


def _numbered(place: Place, number: int) -> Place:
    """Put the number of the repetition into the names of the columns."""
    steps, when = place.map, place.when
    columns: dict[str, object] = {
        "sql": steps.sql and steps.sql.replace(NUMBER, str(number)),
        "column": steps.column and steps.column.replace(NUMBER, str(number)),
        "columns": steps.columns and tuple(column.replace(NUMBER, str(number)) for column in steps.columns),
    }
    for (step, key), column in beside(steps).items():
        columns[step] = getattr(steps, step).model_copy(update={key: column.replace(NUMBER, str(number))})
    if when is not None:
        when = when.model_copy(update={"column": when.column.replace(NUMBER, str(number))})
    return replace(place, map=steps.model_copy(update=columns), when=when)
