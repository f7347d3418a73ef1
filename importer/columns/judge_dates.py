"""Judges a column of dates: whether the mapping's formats read what stands there, and whether the cells prove it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from importer.columns.dates import orders
from importer.columns.finding import Finding
from importer.columns.signs import Sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.columns.look import Look
    from importer.columns.use import Use

FORMATS: Final = {Sign.DAY_FIRST: "%d/%m/%Y", Sign.MONTH_FIRST: "%m/%d/%Y", Sign.YEAR_FIRST: "%Y-%m-%d"}
WORDS: Final = {Sign.DAY_FIRST: "day", Sign.MONTH_FIRST: "month", Sign.YEAR_FIRST: "year"}


def judge_dates(use: Use, look: Look) -> Iterator[Finding]:
    """Say what is to be known of a column that a field reads as dates; nothing of others."""
    if use.reading != "date":
        return
    yield Finding(
        "excel_serials",
        look.seen(Sign.SERIAL),
        "numbers such as 45231, which are days as Excel counts them",
        "Give the column a date format in the spreadsheet and export again.",
    )
    if not any("%y" in form or "%D" in form for form in use.formats):
        yield Finding(
            "short_years",
            look.seen(Sign.SHORT_YEAR),
            "two digits of the year, which no format of the field reads",
            "Write %y instead of %Y, and pivot: with the first year that two digits can mean, such as 1930.",
        )
    yield from _judge_order(look, {order for form in use.formats if (order := order_of(form)) is not None})


def _judge_order(look: Look, read: set[Sign]) -> Iterator[Finding]:
    either, proven = look.seen(Sign.EITHER_ORDER), orders(look)
    day, month = look.seen(Sign.DAY_FIRST), look.seen(Sign.MONTH_FIRST)
    if day.count and month.count:
        (fewer, few), (more, many) = sorted([("day", day), ("month", month)], key=lambda item: item[1].count)
        yield Finding(
            "dates_mixed",
            few,
            f"dates that can only have the {fewer} first, while {many.count:,} can only have the {more} first",
            f"No format is right for both, and {either.count:,} that read both ways may go out wrong; "
            "export the column again as YYYY-MM-DD.",
        )
        return
    for order in proven:
        if order not in read:
            yield Finding(
                "date_order",
                look.seen(order),
                f"dates that can only have the {WORDS[order]} first, as no format of the field reads them",
                f'If that is their form, write date: "{FORMATS[order]}" with the marks that part them.',
            )
    first = read & {Sign.DAY_FIRST, Sign.MONTH_FIRST}
    named = " or the ".join(sorted(WORDS[one] for one in first))
    if first and not day.count and not month.count:
        yield Finding(
            "dates_unproven",
            either,
            f"dates that read both ways, while none proves that the {named} comes first",
            "Ask whoever made the export, or have it written YYYY-MM-DD.",
        )


def order_of(form: str) -> Sign | None:
    """Give in which order a format reads the numbers of a date; None where it reads a month's name."""
    long = form.replace("%F", "%Y-%m-%d").replace("%D", "%m/%d/%y")
    found = [piece for piece in re.findall(r"%([a-zA-Z%])", long) if piece in "deYym"]
    match [("d" if piece == "e" else piece) for piece in found][:2]:
        case ["d", "m"]:
            return Sign.DAY_FIRST
        case ["m", "d"]:
            return Sign.MONTH_FIRST
        case ["Y", _]:
            return Sign.YEAR_FIRST
    return None
