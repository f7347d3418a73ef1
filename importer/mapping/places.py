"""Where a mapping puts what: its mapped fields one by one, with repeated items written out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.contact import ID, fields_of
from importer.field import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.model import FieldMap, Mapping

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
    return tuple(dict.fromkeys(column for place in places(mapping) for column in columns_of(place.map)))


def columns_of(said: FieldMap) -> tuple[str, ...]:
    """Give the columns one field is taken from; none for a constant."""
    return (said.column,) if said.column is not None else said.columns or ()


def _tags(parent: Field, said: dict[str, FieldMap], path: tuple[str | int, ...]) -> Iterator[Place]:
    for tag, steps in said.items():
        field = Field(tag, Kind.TEXT, "a tag")
        yield Place(f"{parent.name}.{tag}", field, steps, (*path, tag))


def _items(parent: Field, said: tuple[object, ...], path: tuple[str | int, ...]) -> Iterator[Place]:
    count = 0
    for position, item in enumerate(said):
        repeat: int | None = getattr(item, "repeat", None)
        mapped = [(field, steps) for field in parent.items if (steps := getattr(item, field.name)) is not None]
        for number in range(1, (repeat or 1) + 1):
            for field, steps in mapped:
                one = Place(f"{parent.name}[{count}].{field.name}", field, steps, (*path, position, field.name))
                yield one if repeat is None else replace(one, map=_filled(steps, number))
            count += 1


def _filled(steps: FieldMap, number: int) -> FieldMap:
    """Put the number of the repetition into the names of the columns."""
    columns = {
        "column": steps.column and steps.column.replace(NUMBER, str(number)),
        "columns": steps.columns and tuple(column.replace(NUMBER, str(number)) for column in steps.columns),
    }
    return steps.model_copy(update=columns)
