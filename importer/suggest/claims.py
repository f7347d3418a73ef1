"""Which column means which field of which part of the contact, and whether its cells bear that out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from importer.contact import fields_of
from importer.field import Kind
from importer.mapping.places import NUMBER
from importer.suggest.draft import Claim, Column, Line, Steps, fit, percent, unfit
from importer.suggest.meanings import FOREIGN, SAID, Meaning, settle_meaning
from importer.suggest.readings import read_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ITEMS: Final = {field.name: frozenset(one.name for one in field.items) for field in fields_of()}
_CONTACT: Final = frozenset(field.name for field in fields_of() if field.kind not in {Kind.ITEMS, Kind.OBJECT}) | {"id"}
_EXPIRY: Final = {
    "mm/yy": ("^([0-9]{1,2})[/-]", "[/-]([0-9]{2})$", "2000+"),
    "mm/yyyy": ("^([0-9]{1,2})[/-]", "[/-]([0-9]{4})$", "true"),
    "yyyy-mm": ("[/-]([0-9]{2})$", "^([0-9]{4})[/-]", "true"),
}
"""How month and year of an expiry are cut out of one cell, and what the year's number needs."""
_COMPANY: Final = re.compile("empresa|compan|negocio|organi[sz]a")
GOOD = 0.9


def make_claims(columns: Sequence[Column], year: int) -> tuple[tuple[Claim, ...], tuple[Line, ...]]:
    """Give every column's claims, fit or not, and an unsure line for each column of which no field can be told."""
    order = _proven_order(columns)
    claims: list[Claim] = []
    unsure: list[Line] = []
    for column in columns:
        if NUMBER in column.name:  # a mapping would take it for a counted column
            continue
        meaning = settle_meaning(column, columns)
        if meaning.steps:
            claims += [Claim(column, name, fit(meaning.why, {"match": form})) for name, form in meaning.steps]
        elif meaning.field is None:
            unsure += _guesses(column, meaning)
        else:
            found = tuple(_claims_of(column, meaning, columns, year, order))
            claims += found
            if not found:
                unsure += _guesses(column, Meaning(None, _whose(column), (meaning.field,)))
    return tuple(claims), tuple(unsure)


def _whose(column: Column) -> str:
    whose = column.heading.context or f"number {column.heading.number}"
    return f"the header says whose or which one it is ({whose}), and the contact has one only"


def _claims_of(
    column: Column, meaning: Meaning, columns: Sequence[Column], year: int, order: str | None
) -> Iterator[Claim]:
    field = meaning.field or ""
    if field == "expiry":
        yield from _expiry(column)
        return
    kind, field = _part_of(field, column, columns)
    known = _ITEMS[kind] if kind else _CONTACT
    if field not in known:
        return
    heading = column.heading
    alias = heading.context if kind == "addresses" else ""
    reading = read_as(field, column, year, order)
    said = meaning.why if meaning.why != SAID else ""
    if said and reading.fits:
        reading = fit(f"{said}; {reading.why}", reading.steps, reading.other)
    yield Claim(column, field, reading, kind, alias, heading.number if kind else None)


def _part_of(field: str, column: Column, columns: Sequence[Column]) -> tuple[str, str]:
    """Give the part of the contact a field belongs to, by its name and by whose the header says it is."""
    heading = column.heading
    if field == "company_number":
        personal = _COMPANY.search(column.name.lower()) or any(
            other is not column and other.heading.meaning in {"document_number", "document", "legal_name"}
            for other in columns
        )
        return ("billing_info" if personal or heading.context == "billing" else ""), "document_number"
    if heading.context == "billing" or field == "legal_name":
        return "billing_info", field
    if field in _ITEMS["payments"] and field not in _CONTACT and field != "alias":
        return "payments", field
    if field in _ITEMS["addresses"] and (field not in _CONTACT or heading.context or heading.number is not None):
        return "addresses", field
    if field in {"phone", "email"}:
        alone = not any(other is not column and other.heading.meaning in {"phone", "mobile"} for other in columns)
        return ("", field) if heading.context != "shipping" or (field == "phone" and alone) else ("", "")
    return ("", field) if not heading.context and heading.number is None else ("", "")


def _expiry(column: Column) -> Iterator[Claim]:
    form = next((name for name in _EXPIRY if column.evidence.share(name) >= GOOD), None)
    if form is None:
        reading = unfit("its cells are no month and year of expiry")
        yield Claim(column, "expiry_month", reading, "payments")
        return
    month, year, number = _EXPIRY[form]
    why = f"{percent(column.evidence.share(form))} of its cells are a month and a year"
    months: Steps = {"match": month, "number": "true"}
    years: Steps = {"match": year, "number": number}
    yield Claim(column, "expiry_month", fit(why, months), "payments")
    yield Claim(column, "expiry_year", fit(why, years), "payments")


def _guesses(column: Column, meaning: Meaning) -> Iterator[Line]:
    if meaning.candidates == ("full_name",):
        yield Line("first_name", {"column": column.name}, meaning.why, sure=False)
        parted = f"{meaning.why}; parted at the first blank it would be this and last_name with match: '^\\S+ +(.+)$'"
        yield Line("first_name", {"column": column.name, "match": "^(\\S+)"}, parted, sure=False)
    elif meaning.candidates and meaning.why != FOREIGN:
        could = " or ".join(meaning.candidates)
        kind, field = _part_of(meaning.candidates[0], column, ())
        place = f"{kind}.{field}" if kind else field
        if field in (_ITEMS[kind] if kind else _CONTACT):
            yield Line(place, {"column": column.name}, f"{meaning.why}; could be {could}", sure=False)


def _proven_order(columns: Sequence[Column]) -> str | None:
    """Give `%d` or `%m` where the columns that prove the order of day and month agree on it."""
    firsts = {
        form[:2]
        for column in columns
        if column.dates is not None and column.dates.proven and column.dates.share >= GOOD
        for form in column.dates.formats
        if form.startswith(("%d/%m", "%d-%m", "%d.%m", "%m/%d", "%m-%d", "%m.%d"))
    }
    return firsts.pop() if len(firsts) == 1 else None
