"""The rules that a mapping itself asks for: pattern, one_of, range and length."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind
from importer.rules.rule import FieldRule, Rule

if TYPE_CHECKING:
    from datetime import date

    from importer.value import Value

TODAY = "today"
_DAY = 10
"""Characters of a date: `2026-01-31`."""


def _misses_pattern(value: Value, column: pl.Expr, _today: date) -> pl.Expr | None:
    pattern = value.limits.pattern
    return None if pattern is None else ~column.str.contains(f"^(?:{pattern})$")


def _is_another(value: Value, column: pl.Expr, _today: date) -> pl.Expr | None:
    return ~column.is_in(list(value.limits.one_of)) if value.limits.one_of else None


def _out_of_range(value: Value, column: pl.Expr, today: date) -> pl.Expr | None:
    least, most = (_bound(value, bound, today) for bound in (value.limits.least, value.limits.most))
    if value.field.kind is Kind.DATETIME or isinstance(value.limits.least or value.limits.most, str):
        column = _day_in_utc(column)
    too_small = None if least is None else column < least
    too_large = None if most is None else column > most
    found = [one for one in (too_small, too_large) if one is not None]
    return pl.any_horizontal(found) if found else None


def _day_in_utc(column: pl.Expr) -> pl.Expr:
    """Give the date of a date, or of a moment whatever its offset: days begin where `today` does."""
    with_offset = pl.when(~column.str.ends_with("Z") & (column.str.len_chars() > _DAY)).then(column)
    moment = with_offset.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us")
    return pl.coalesce(moment.dt.to_string("%Y-%m-%d"), column.str.head(_DAY))


def _bound(value: Value, bound: Decimal | str | None, today: date) -> pl.Expr | None:
    if bound is None:
        return None
    if isinstance(bound, Decimal):
        is_whole = value.field.kind in {Kind.INTEGER, Kind.MONTH, Kind.YEAR}
        return pl.lit(float(bound)) if is_whole else pl.lit(bound).cast(pl.Decimal(38, 10))
    return pl.lit(str(today) if bound == TODAY else bound)


def _is_of_other_length(value: Value, column: pl.Expr, _today: date) -> pl.Expr | None:
    shortest, longest = value.limits.shortest, value.limits.longest
    if shortest is None and longest is None:
        return None
    characters = column.str.len_chars()
    fits = pl.lit(value=True)
    if shortest is not None:
        fits &= characters >= shortest
    if longest is not None:
        fits &= characters <= longest
    return ~fits


LIMIT_RULES: tuple[FieldRule, ...] = (
    FieldRule(
        "pattern",
        Rule("It does not have the form that the mapping asks for.", "Correct the cell, or pattern in the mapping."),
        _misses_pattern,
    ),
    FieldRule(
        "one_of",
        Rule("It is none of the values that the mapping allows.", "Correct the cell, or add the value to one_of."),
        _is_another,
    ),
    FieldRule(
        "range",
        Rule("It is less or more than the mapping allows.", "Correct the cell, or the bounds in range."),
        _out_of_range,
    ),
    FieldRule(
        "length",
        Rule("It has fewer or more characters than the mapping allows.", "Correct the cell, or the bounds in length."),
        _is_of_other_length,
    ),
)
