"""In which format a column's dates are written, and whether the cells prove the order of day and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.columns import Sign
from importer.mapping.steps.moments import Clock, date_text, datetime_text, rfc3339_text
from importer.suggest.evidence import some_of

if TYPE_CHECKING:
    from datetime import date

    from importer.suggest.evidence import Evidence

DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d%m%Y", "%m%d%Y",
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y",
    "%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%m/%d/%y", "%m-%d-%y",
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d-%b-%y",
)  # fmt: skip
TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S%#z", "%H:%M:%S%.f%#z", "%H:%M:%S %z")
_TIMED = r"^(.+?)(?:T|,? +)([0-9]{1,2}:[0-9]{2}.*)$"
_COMPACT = {
    "%d%m%Y": "^(?:1[3-9]|2[0-9]|3[01])(?:0[1-9]|1[0-2])[12]",
    "%m%d%Y": "^(?:0[1-9]|1[0-2])(?:1[3-9]|2[0-9]|3[01])[12]",
}
MOST = 600
"""Distinct cells that are tried."""
_DATED = r"^[0-9A-Za-z]{1,9}[/.\- ]+[0-9A-Za-z]{1,9}[/.\-, ]+[0-9]{2,4}|^[0-3][0-9]{7}$"
LIFETIME = 100
"""Years that two digits can mean: the last hundred."""
READ = 0.95
"""The share of cells that the formats must read."""
SOME = 0.02
"""The share from which a second format is worth a place."""


@dataclass(frozen=True, slots=True)
class Written:
    """How a column's dates are written."""

    formats: tuple[str, ...]
    """Empty where RFC 3339 needs none."""
    first_year: int
    """The year that a tenth of the dates lie before."""
    last_year: int
    """The year that nine tenths of the dates lie before or in."""
    timed: bool = False
    rfc3339: bool = False
    share: float = 0.0
    """Of the filled cells, those the formats read."""
    proven: bool = False
    """Whether the order of day and month is certain."""
    pivot: int | None = None
    zoned: bool = False

    @property
    def swapped(self) -> tuple[str, ...]:
        """The same formats with day and month the other way round."""
        return tuple(one.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m") for one in self.formats)


def read_dates(evidence: Evidence, today: date) -> Written | None:
    """Say how a column's dates are written; None where it holds none."""
    if evidence.share("any_digit") < READ or evidence.share("email") or evidence.longest > 40:  # noqa: PLR2004  # no date is longer
        return None
    text = pl.col("text")
    cells = some_of(evidence.distinct_cells, MOST)
    if cells.filter(text.str.contains(_DATED))["count"].sum() < cells["count"].sum() / 2:
        return None
    parts = cells.with_columns(day=pl.coalesce(text.str.extract(_TIMED, 1), text), time=text.str.extract(_TIMED, 2))
    clock = Clock(pivot=today.year - LIFETIME + 1)
    fits = _best(parts, "day", DATES, clock)
    if not fits:
        return None
    timed = parts.filter(pl.col("time").is_not_null())
    weight = int(cells["count"].sum())
    if timed["count"].sum() > weight / 2:
        return _with_times(cells, fits, clock, evidence)
    return _written(cells, tuple(fits), clock, evidence)


def _best(parts: pl.DataFrame, column: str, formats: tuple[str, ...], clock: Clock) -> list[str]:
    """Give the fewest formats that together read nearly all; the day comes first where both orders would do."""
    left, weight, chosen = parts, int(parts["count"].sum()), list[str]()
    while left.height and len(chosen) < 3:  # noqa: PLR2004  # more than three ways of writing are no column of dates
        fits = (
            (_day(pl.col(column), form, clock).is_not_null() * pl.col("count")).sum().alias(form) for form in formats
        )
        read = left.lazy().select(fits).collect(engine="in-memory").row(0, named=True)
        best = max(formats, key=lambda form: (read[form], -formats.index(form)))
        if read[best] <= (SOME * weight if chosen else weight / 2):
            break
        chosen.append(best)
        # Both orders in one column would make of every slip a date of its own.
        formats = tuple(form for form in formats if not _is_open(form) or not _is_open(best) or form[:2] == best[:2])
        left = left.filter(_day(pl.col(column), best, clock).is_null())
    return chosen


def _day(text: pl.Expr, form: str, clock: Clock) -> pl.Expr:
    day = date_text(text, (form,), clock)
    return pl.when(day.str.slice(0, 4).cast(pl.Int64, strict=False).is_between(1880, 2100)).then(day)


def _with_times(cells: pl.DataFrame, days: list[str], clock: Clock, evidence: Evidence) -> Written | None:
    text = pl.col("text")
    strict = _weight(cells.filter(rfc3339_text(text).is_not_null())) / _weight(cells)
    if strict >= READ:
        years = cells.select("count", year=text.str.slice(0, 4).cast(pl.Int64, strict=False))
        return Written((), *_span(years), timed=True, rfc3339=True, share=strict, proven=True, zoned=True)
    joined = tuple(f"{day}{gap}{time}" for day in days for gap in ("T", " ", ", ") for time in TIMES)
    left, chosen, weight = cells, list[str](), int(cells["count"].sum())
    for form in joined:
        fits = datetime_text(text, (form,), clock)[1]
        if int(left.filter(fits)["count"].sum()) > SOME * weight:
            chosen.append(form)
            left = left.filter(~fits)
    if not chosen:
        return None
    return _written(cells, tuple(chosen), clock, evidence, timed=True)


def _written(
    cells: pl.DataFrame, formats: tuple[str, ...], clock: Clock, evidence: Evidence, *, timed: bool = False
) -> Written | None:
    text = pl.col("text")
    value = datetime_text(text, formats, clock)[0] if timed else date_text(text, formats, clock)
    years = cells.select("count", year=value.str.slice(0, 4).cast(pl.Int64, strict=False)).drop_nulls()
    share = _weight(years) / _weight(cells)
    if not years.height:
        return None
    short = any("%y" in form for form in formats)
    zoned = all("z" in form for form in formats)
    proven = not any(_is_open(form) for form in formats) or _is_proven(formats, evidence)
    return Written(
        formats,
        *_span(years),
        timed=timed,
        share=share,
        proven=proven,
        pivot=clock.pivot if short else None,
        zoned=timed and zoned,
    )


def _is_open(form: str) -> bool:
    return form.startswith(("%d/%m", "%d-%m", "%d.%m", "%m/%d", "%m-%d", "%m.%d", "%d%m", "%m%d"))


def _is_proven(formats: tuple[str, ...], evidence: Evidence) -> bool:
    """Whether cells that read one way only show the order, and hardly any (a slip of the pen) speaks against it."""
    counts = {"%d": evidence.look.count(Sign.DAY_FIRST), "%m": evidence.look.count(Sign.MONTH_FIRST)}
    if formats[0] in _COMPACT:
        text = pl.col("text")
        counts = {
            form[:2]: _weight(evidence.distinct_cells.filter(text.str.contains(shape)))
            for form, shape in _COMPACT.items()
        }
    first = max(counts, key=counts.__getitem__)
    against = counts["%m" if first == "%d" else "%d"]
    return (
        {form[:2] for form in formats if _is_open(form)} == {first}
        and counts[first] > 0
        and (against <= SOME * counts[first])
    )


def _span(years: pl.DataFrame) -> tuple[int, int]:
    every = years.select(pl.col("year").repeat_by("count").explode())["year"].drop_nulls()
    low, high = every.quantile(0.1, "nearest"), every.quantile(0.9, "nearest")
    return int(low or 0), int(high or 0)


def _weight(cells: pl.DataFrame) -> int:
    return int(cells["count"].sum())
