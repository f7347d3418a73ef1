"""Says what a mapping does with each column, as far as it decides what the column's cells may look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.columns import Use
from importer.field import Kind
from importer.mapping.places import columns_of, places

if TYPE_CHECKING:
    from importer.columns.use import Reading
    from importer.mapping.compile import Compiled
    from importer.mapping.model import FieldMap, Mapping
    from importer.mapping.places import Place

NO_NUMBER = frozenset({"s/n", "S/N", "S/n", "s.n.", "S.N.", "SN"})
"""In an address they are a datum: the house has no number."""
ISO_DATE, RFC3339 = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%:z"


def column_uses(mapping: Mapping, compiled: Compiled) -> dict[str, tuple[Use, ...]]:
    """Give for each column that is read as it stands the fields that read it, in the order of the mapping's fields.

    What goes through `sql`, `match`, `replace`, `join`, `split` or `parse` is not read as it stands.
    """
    found: dict[str, tuple[Use, ...]] = {}
    for place, value in zip(places(mapping), compiled.values, strict=True):
        said = place.map
        reshaped = (said.sql, said.match, said.replace, said.join, said.split, said.parse)
        if any(step is not None for step in reshaped):
            continue
        use = Use(
            place=value.place,
            reading=_reading(place, value.place in compiled.key),
            formats=_formats(place),
            known=_known(place, mapping.source.blank),
            stripped=said.strip or "",
            padded=said.pad is not None,
            decimal=(said.number.decimal if said.number is not None else None) or ".",
            table=said.values is not None or place.field.kind is Kind.ENUM,
        )
        for column in columns_of(said):
            found[column] = (*found.get(column, ()), use)
    return found


def _reading(place: Place, is_key: bool) -> Reading:  # noqa: FBT001  # private, and named where it is called
    said, kind = place.map, place.field.kind
    if said.date is not None or said.datetime is not None or kind in {Kind.DATE, Kind.DATETIME}:
        return "date"
    if said.phone is not None or kind is Kind.PHONE:
        return "phone"
    if is_key or kind is Kind.UUID:
        return "key"
    if said.document is not None or kind in {Kind.DOCUMENT, Kind.LAST_FOUR} or place.field.name == "zip_code":
        return "code"
    if said.number is not None or kind in {Kind.INTEGER, Kind.MONTH, Kind.YEAR}:
        return "number"
    return "text"


def _formats(place: Place) -> tuple[str, ...]:
    said = place.map
    if said.date or said.datetime:
        return said.date or said.datetime or ()
    return (RFC3339,) if place.field.kind is Kind.DATETIME else (ISO_DATE,)


def _known(place: Place, blank: tuple[str, ...]) -> frozenset[str]:
    said = place.map
    named = {*blank, *said.blank, *_cased(said)}
    return frozenset(named | NO_NUMBER if place.field.name.startswith("street") else named)


def _cased(said: FieldMap) -> set[str]:
    """Give the words of tables, in all the cases that reach them."""
    words = {*(said.values or ()), *(said.one_of or ())}
    if said.boolean is not None:
        words |= {*said.boolean.yes, *said.boolean.no}
    elif said.case is None:
        return words
    return words | {form for word in words for form in (word.lower(), word.upper(), word.capitalize(), word.title())}
