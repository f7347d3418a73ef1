"""The rules about one value, over its canonical form. A new one is an entry of FIELD_RULES, or LIMIT_RULES, and all."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from importer.field import CONTROL, Kind
from importer.rules.emails import is_no_email
from importer.rules.limits import LIMIT_RULES
from importer.rules.rule import FieldRule, Rule
from importer.value import Failure, given_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from importer.value import Value

_ESCAPED_CONTROL = r"(?i)\\u(?:00[89][0-9a-f]|200b|202[a-e]|2060|206[6-9]|feff|fff[9abd])"
"""The same written as JSON escapes; those of ASCII break `json` already."""
FIRST_BIRTH = date(1900, 1, 1)
FIRST_MOMENT, END_OF_MOMENTS = "1970", "2101"
FIRST_YEAR, LAST_YEAR = 1990, 2100

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _of(kind: Kind, wrong: Callable[[pl.Expr], pl.Expr]) -> Callable[[Value, pl.Expr, date], pl.Expr | None]:
    return lambda value, column, _today: wrong(column) if value.field.kind is kind else None


def _outside(value: Value, column: pl.Expr, today: date) -> pl.Expr | None:
    # ISO dates of four-digit years sort as text.
    if value.field.kind is Kind.DATE:
        return ~column.is_between(pl.lit(str(FIRST_BIRTH)), pl.lit(str(today)))
    if value.field.kind is Kind.DATETIME:
        return ~column.is_between(pl.lit(FIRST_MOMENT), pl.lit(END_OF_MOMENTS), closed="left")
    return None


FIELD_RULES: tuple[FieldRule, ...] = (
    FieldRule(
        "email",
        Rule("It is no email address that could receive mail.", "Correct the address, or leave the cell blank."),
        _of(Kind.EMAIL, is_no_email),
    ),
    FieldRule(
        "uuid",
        Rule(
            "It is no id of the target: 32 hexadecimal digits in groups of 8-4-4-4-12.",
            "Copy the id from the target, or leave the cell blank.",
        ),
        _of(Kind.UUID, lambda column: ~column.str.contains(_UUID)),
    ),
    FieldRule(
        "date_range",
        Rule(
            "The date is real but not sensible: a birth before 1900 or in the future, a moment outside 1970 to 2100.",
            "Correct the cell; if many rows say this, the order of day and month or the two-digit year is misread.",
        ),
        _outside,
    ),
    FieldRule(
        "last_four",
        Rule(
            "It is not exactly four digits.",
            "Write the card's last four digits; say pad: 4 where a spreadsheet took zeros away.",
        ),
        _of(Kind.LAST_FOUR, lambda column: ~column.str.contains("^[0-9]{4}$")),
    ),
    FieldRule(
        "month",
        Rule("A month is 1 to 12.", "Correct the cell."),
        _of(Kind.MONTH, lambda column: ~column.is_between(1, 12)),
    ),
    FieldRule(
        "year",
        Rule("A year of expiry has four digits, 1990 to 2100.", "Correct the cell, or add 2000 with number: 2000+."),
        _of(Kind.YEAR, lambda column: ~column.is_between(FIRST_YEAR, LAST_YEAR)),
    ),
)
"""By a field's own kind."""


def field_failures(value: Value, today: date) -> tuple[Failure, ...]:
    """Give the ways in which a canonical value, in the column `value.place`, can be wrong."""
    column = pl.col(value.place)
    judged = ((rule.name, rule.wrong(value, column, today)) for rule in (*FIELD_RULES, *LIMIT_RULES))
    return tuple(Failure(f"{value.place}|{name}", wrong) for name, wrong in judged if wrong is not None)


def control_failure(value: Value) -> Failure:
    """Tell where a text holds a control character, in JSON as an escape too."""
    pattern = CONTROL if value.form == "text" else f"{CONTROL}|{_ESCAPED_CONTROL}"
    return Failure(f"{value.place}|control", pl.col(value.place).str.contains(pattern))


def required_failures(values: Sequence[Value], rules: Iterable[Failure]) -> tuple[Failure, ...]:
    """Tell where a required value is blank: neither given nor wrong in another way.

    `rules` are what is judged of single values; the columns are the values, whether they were given, and the failures
    of the steps (`place|rule`). In an item it is required only where the item has a cell of its own that is filled and
    not dropped: an item of defaults alone is left out whole.
    """
    broken: dict[str, list[pl.Expr]] = {}
    for failure in rules:
        broken.setdefault(failure.code.rpartition("|")[0], []).append(failure.when)
    return tuple(
        Failure(f"{value.place}|required", _is_missing(value, values, broken)) for value in values if value.required
    )


def is_blank(value: Value) -> pl.Expr:
    """Tell where a value is blank: neither given nor refused by one of its steps."""
    blank = pl.col(value.place).is_null()
    for failure in value.failures:
        blank &= ~pl.col(failure.code).fill_null(value=False)
    return blank


def _is_missing(value: Value, values: Sequence[Value], broken: Mapping[str, Sequence[pl.Expr]]) -> pl.Expr:
    missing = is_blank(value)
    item = item_of(value.place)
    if item is None:
        return missing
    siblings = [other for other in values if item_of(other.place) == item and not other.constant]
    return missing & pl.any_horizontal(_stays(other, broken.get(other.place, ())) for other in siblings)


def _stays(value: Value, broken: Sequence[pl.Expr]) -> pl.Expr:
    """Tell where a value came from its own cell and no rule drops it."""
    filled = pl.col(value.place).is_not_null() if value.given is None else pl.col(given_column(value.place))
    if value.on_bad == "reject" or not broken:
        return filled
    return filled & ~pl.any_horizontal([when.fill_null(value=False) for when in broken])


def item_of(place: str) -> str | None:
    """Give `addresses[1]` for `addresses[1].city`, and None for what is in no item."""
    head, bracket, _ = place.partition("].")
    return f"{head}]" if bracket and not place.startswith("tags.") else None
