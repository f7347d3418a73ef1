"""In which order the numbers of a column's dates stand: what all its cells prove together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.columns.signs import Sign

if TYPE_CHECKING:
    from importer.columns.look import Look

ORDERS: Final = (Sign.DAY_FIRST, Sign.MONTH_FIRST, Sign.YEAR_FIRST)


def orders(look: Look) -> tuple[Sign, ...]:
    """Give those of ORDERS that some cell proves by itself."""
    return tuple(sign for sign in ORDERS if look.count(sign))


def proven_order(look: Look) -> Sign | None:
    """Give DAY_FIRST, MONTH_FIRST or YEAR_FIRST where the cells looked at prove it and none speaks against it."""
    proven = orders(look)
    if len(proven) != 1 or (proven[0] is Sign.YEAR_FIRST and look.count(Sign.EITHER_ORDER)):
        return None
    return proven[0]
