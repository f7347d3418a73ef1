"""The rules about two fields of one item: one without the other is worth nothing, or means something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.rules.fields import field_failures, is_blank, item_of
from importer.rules.rule import Rule
from importer.value import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from importer.value import Value


@dataclass(frozen=True, slots=True)
class Pair:
    """In an item of `items`, `field` needs `needs`, where both are mapped."""

    name: str
    rule: Rule
    items: str
    field: str
    needs: str


_EXPIRY = Rule(
    "Month and year of expiry go together, and the other one is blank.", "Fill in the other one, or leave both blank."
)
_DOCUMENT_TYPE = Rule(
    "A billing document needs its type, which is blank.", "Fill in its type, or give document_type a default."
)
PAIRS: tuple[Pair, ...] = (
    Pair("expiry", _EXPIRY, "payments", "expiry_month", "expiry_year"),
    Pair("expiry", _EXPIRY, "payments", "expiry_year", "expiry_month"),
    Pair("document_type", _DOCUMENT_TYPE, "billing_info", "document_number", "document_type"),
)


def pair_failures(values: Sequence[Value], today: date) -> tuple[Failure, ...]:
    """Tell where a value is filled and the one it needs is blank, or is wrong and will be left out.

    The columns are the values and their failures (`place|rule`). A value that is wrong itself, or whose other half
    rejects the row anyway, has no second reason.
    """
    by_place = {value.place: value for value in values}
    return tuple(_failures(values, by_place, today))


def _failures(values: Sequence[Value], by_place: dict[str, Value], today: date) -> Iterator[Failure]:
    for value in values:
        item = item_of(value.place)
        for pair in PAIRS:
            other = by_place.get(f"{item}.{pair.needs}")
            if item and item.startswith(f"{pair.items}[") and value.field.name == pair.field and other is not None:
                alone = pl.col(value.place).is_not_null() & ~_is_wrong(value, today) & _is_absent(other, today)
                yield Failure(f"{value.place}|{pair.name}", alone)


def _is_absent(other: Value, today: date) -> pl.Expr:
    if other.on_bad == "reject":
        return is_blank(other)
    return pl.col(other.place).is_null() | _is_wrong(other, today)


def _is_wrong(value: Value, today: date) -> pl.Expr:
    wrong = [failure.when.fill_null(value=False) for failure in field_failures(value, today)]
    return pl.any_horizontal(pl.lit(value=False), *wrong)
