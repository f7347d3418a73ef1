"""The rules of each field, over its canonical value: whoever adds a rule adds it here and its code in codes.py."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind
from importer.rules.emails import is_no_email
from importer.value import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.value import Value

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Control characters but tab, line feed and carriage return."""
FIRST_BIRTH = date(1900, 1, 1)
FIRST_MOMENT, END_OF_MOMENTS = "1970", "2101"
FIRST_YEAR, LAST_YEAR = 1990, 2100

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def field_failures(value: Value, today: date) -> tuple[Failure, ...]:
    """Give the ways in which a canonical value, in the column `value.place`, can be wrong for its field's kind."""
    column = pl.col(value.place)
    match value.field.kind:
        case Kind.EMAIL:
            rule, wrong = "email", is_no_email(column)
        case Kind.UUID:
            rule, wrong = "uuid", ~column.str.contains(_UUID)
        case Kind.DATE:
            # ISO dates of four-digit years sort as text.
            rule, wrong = "date_range", ~column.is_between(pl.lit(str(FIRST_BIRTH)), pl.lit(str(today)))
        case Kind.DATETIME:
            inside = column.is_between(pl.lit(FIRST_MOMENT), pl.lit(END_OF_MOMENTS), closed="left")
            rule, wrong = "date_range", ~inside
        case Kind.LAST_FOUR:
            rule, wrong = "last_four", ~column.str.contains("^[0-9]{4}$")
        case Kind.MONTH:
            rule, wrong = "month", ~column.is_between(1, 12)
        case Kind.YEAR:
            rule, wrong = "year", ~column.is_between(FIRST_YEAR, LAST_YEAR)
        case _:
            return ()
    return (Failure(f"{value.place}|{rule}", wrong),)


def control_failure(value: Value) -> Failure:
    """Tell where a text holds a control character."""
    return Failure(f"{value.place}|control", pl.col(value.place).str.contains(CONTROL))


def required_failures(values: Sequence[Value]) -> tuple[Failure, ...]:
    """Tell where a required value is blank: neither given nor wrong in another way.

    The columns are the values and their failures (`place|rule`). In an item it is required only where the item has a
    cell that is filled.
    """
    return tuple(Failure(f"{value.place}|required", _is_missing(value, values)) for value in values if value.required)


def _is_missing(value: Value, values: Sequence[Value]) -> pl.Expr:
    missing = pl.col(value.place).is_null()
    for failure in value.failures:
        missing &= ~pl.col(failure.code).fill_null(value=False)
    item = item_of(value.place)
    if item is None:
        return missing
    siblings = [other.place for other in values if item_of(other.place) == item and not other.constant]
    return missing & pl.any_horizontal(pl.col(place).is_not_null() for place in siblings)


def item_of(place: str) -> str | None:
    """Give `addresses[1]` for `addresses[1].city`, and None for what is in no item."""
    head, bracket, _ = place.partition("].")
    return f"{head}]" if bracket and not place.startswith("tags.") else None
