"""In which order the numbers of dates stand: what each cell proves by itself.

Only dates of three numbers are judged, whole or before a time: `3/4/2026`, `2026-04-03 10:00`, `03.04.26`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.columns.signs import Sign

if TYPE_CHECKING:
    from importer.columns.look import Look

LIKE_A_DATE = r"^([0-9]{1,4})[/. -]([0-9]{1,2})[/. -]([0-9]{1,4})(?:[ T,].*)?$"
LAST_MONTH, LAST_DAY = 12, 31
SHORT, LONG = 2, 4
"""Digits of a year."""


def date_signs(text: pl.Expr) -> dict[Sign, pl.Expr]:
    """Give for each sign of a date where a filled text has it (Boolean, never null).

    `03/03/2026` proves nothing and is the same day both ways, so it has no sign of an order.
    """
    parts = text.str.extract_groups(LIKE_A_DATE).struct
    first, middle, last = (parts.field(str(place)) for place in (1, 2, 3))
    year_first = first.str.len_bytes() == LONG
    year_last = ~year_first & (first.str.len_bytes() <= SHORT) & last.str.len_bytes().is_in([SHORT, LONG])
    one, two = (part.cast(pl.Int64, strict=False) for part in (first, middle))
    may_be_day, may_be_month = (
        (one.is_between(1, LAST_DAY) & two.is_between(1, LAST_MONTH)),
        (two.is_between(1, LAST_DAY) & one.is_between(1, LAST_MONTH)),
    )
    found = {
        Sign.DAY_FIRST: year_last & may_be_day & ~may_be_month,
        Sign.MONTH_FIRST: year_last & may_be_month & ~may_be_day,
        Sign.EITHER_ORDER: year_last & may_be_day & may_be_month & (one != two),
        Sign.YEAR_FIRST: year_first,
        Sign.SHORT_YEAR: year_last & (may_be_day | may_be_month) & (last.str.len_bytes() == SHORT),
    }
    return {sign: where.fill_null(value=False) for sign, where in found.items()}


def proven_order(look: Look) -> Sign | None:
    """Give DAY_FIRST, MONTH_FIRST or YEAR_FIRST where the cells looked at prove it and none speaks against it."""
    seen = {sign: look.count(sign) for sign in (Sign.DAY_FIRST, Sign.MONTH_FIRST, Sign.YEAR_FIRST)}
    proven = [sign for sign, count in seen.items() if count]
    if len(proven) != 1 or (proven[0] is Sign.YEAR_FIRST and look.count(Sign.EITHER_ORDER)):
        return None
    return proven[0]
