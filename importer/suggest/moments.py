"""Whether a column's dates are birthdays or moments, and in which formats: the order must be proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.columns import Sign
from importer.suggest.draft import Column, Reading, Steps, fit, percent, unfit

if TYPE_CHECKING:
    from importer.suggest.dates import Written

MOMENTS = frozenset(("dob", "created_at", "updated_at", "deleted_at"))
GOOD = 0.9
HALF = 0.5
OLDEST, YOUNGEST_BIRTH = 1900, 10
"""A tenth of a list's customers were born before this many years ago."""
FIRST_MOMENT = 1970


def read_moment(field: str, column: Column, year: int, order: str | None) -> Reading:
    """Say whether a column's cells are fit for a field of MOMENTS, with their formats.

    `order` is `%d` or `%m` where another column of the file proves which of them dates begin with; `year` is today's.
    """
    dates = column.dates
    if dates is None:
        return unfit(_no_dates(column))
    other = order is not None and not any(form.startswith(order) for form in dates.formats)
    turned = not dates.proven and other
    steps = _steps(field, dates, dates.swapped if turned else dates.formats)
    told = f"{percent(dates.share)} of its cells are dates"
    if dates.share < GOOD:
        return unfit(f"only {percent(dates.share)} of its cells are dates in formats that are known", steps)
    if not dates.proven and order is None:
        why = "no cell proves whether the day or the month comes first"
        return unfit(why, steps, _steps(field, dates, dates.swapped))
    doubt = _doubt(field, dates, year)
    if doubt is not None:
        return unfit(f"{told}, but {doubt}", steps)
    how = "" if dates.proven else ", in the order that another column proves"
    local = field == "created_at" and dates.timed and not dates.zoned
    return fit(f"{told}{how}{'; without an offset they are UTC, or say zone:' if local else ''}", steps)


def _no_dates(column: Column) -> str:
    if column.evidence.look.count(Sign.SERIAL) > HALF * column.evidence.filled:
        return "its cells are days as Excel counts them; give the column a date format there, and export again"
    return "its cells are not dates in a format that is known"


def _doubt(field: str, dates: Written, year: int) -> str | None:
    if field == "dob" and not OLDEST <= dates.first_year < year - YOUNGEST_BIRTH:
        return "they are too recent (or too old) for birthdays"
    if field == "created_at" and (dates.first_year < FIRST_MOMENT or dates.last_year > year):
        return "they are too old, or in the future"
    return {
        "updated_at": "the target sets this itself",
        "deleted_at": "this would delete every contact that has one",
    }.get(field)


def _steps(field: str, dates: Written, formats: tuple[str, ...]) -> Steps:
    if dates.rfc3339:
        return {"match": "^([0-9]{4}-[0-9]{2}-[0-9]{2})"} if field == "dob" else {}
    kind = "datetime" if dates.timed and field != "dob" else "date"
    steps: Steps = {kind: formats[0] if len(formats) == 1 else list(formats)}
    return steps if dates.pivot is None else {**steps, "pivot": str(dates.pivot)}
