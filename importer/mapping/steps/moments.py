"""Dates and date-times: text in stated formats to ISO 8601.

Polars' parser (chrono) is lenient: it takes `20` for a year, signs, and blanks before numbers. So each format is also
written as a strict pattern, and only a text that fits it is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import polars as pl

from importer.errors import MappingError
from importer.mapping.steps.text import first_of, only

_TWO = "[0-9]{1,2}"
_OFFSET = "[+-][0-9]{2}:?[0-9]{2}"
DIRECTIVES = {
    "d": _TWO, "e": f" ?{_TWO}", "m": _TWO, "Y": "[0-9]{4}", "y": "[0-9]{2}", "j": "[0-9]{1,3}",
    "b": "[A-Za-z]{3}", "h": "[A-Za-z]{3}", "B": "[A-Za-z]{3,9}", "a": "[A-Za-z]{3}", "A": "[A-Za-z]{6,9}",
    "H": _TWO, "I": _TWO, "M": _TWO, "S": _TWO, "p": "[APap][Mm]", "P": "[APap][Mm]",
    "f": "[0-9]{1,9}", ".f": r"(?:\.[0-9]{1,9})?", "z": _OFFSET, ":z": "[+-][0-9]{2}:[0-9]{2}",
    "#z": "(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)", "%": "%",
}  # fmt: skip
"""What each part of a format may look like; others are refused when the mapping is compiled."""
AUTO = "auto"
"""Instead of formats: the column is to prove the order, see mapping/prove.py."""
_SHORT = {"%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%T": "%H:%M:%S", "%R": "%H:%M"}
_OFFSETS = {"z", ":z", "#z"}

_RFC3339 = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_SAMPLE = datetime(2001, 2, 3, 16, 5, tzinfo=UTC)
_EXAMPLES = {"date": "%d/%m/%Y", "datetime": "%d/%m/%Y %H:%M"}


@dataclass(frozen=True, slots=True)
class Clock:
    """What a format leaves open."""

    pivot: int | None = None
    """The first of the hundred years that two digits can mean."""
    zone: str | None = None
    """Where the clock hangs whose time has no offset; UTC when not said."""


def date_text(text: pl.Expr, formats: tuple[str, ...], clock: Clock) -> pl.Expr:
    """Give `YYYY-MM-DD` by the first format that fits, null where none does or the year is before 1000."""
    return first_of([_date(*_in_full(text, one, clock.pivot)) for one in formats])


def datetime_text(text: pl.Expr, formats: tuple[str, ...], clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """Give an ISO 8601 date-time in UTC (`...Z`) by the first format that fits, and whether any fits.

    A time whose format says no offset is local to the clock's zone. It is null where none fits, and where the zone's
    clocks never showed the time that the first fitting format reads, or showed it twice: another format that fits too
    would read another time.
    """
    read = [_datetime(*_in_full(text, one, clock.pivot), clock.zone) for one in formats]
    moment = read[-1][0]
    for sooner, fits in reversed(read[:-1]):
        moment = pl.when(fits).then(sooner).otherwise(moment)
    return moment, pl.any_horizontal([fits for _, fits in read])


def are_rivals(sooner: str, later: str, kind: str, pivot: int | None) -> bool:
    """Tell whether two right formats read the same text as two times, so that the first listed decides.

    `kind` is `date` or `datetime`.
    """
    sample = pl.lit(pl.Series([_SAMPLE]).dt.to_string(later.replace("%#z", "%:z")).item())
    texts = [_in_full(sample, form, pivot) for form in (sooner, later)]
    read = [_date(*one) if kind == "date" else _datetime(*one, None)[0] for one in texts]
    first, second = pl.select(first=read[0], second=read[1]).row(0)
    return first is not None and first != second


def rfc3339_text(text: pl.Expr) -> pl.Expr:
    """Give a date-time as RFC 3339 wants it, offset kept and letters made large; null where it is none."""
    strict = only(text.str.contains(_RFC3339), text).str.to_uppercase()
    real = strict.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us")
    return only(real.is_not_null(), strict)


def check_format(form: str, kind: str, pivot: int | None) -> None:
    """Refuse a format that says too little or what is not understood, by writing a sample and reading it back.

    `kind` is `date` or `datetime`. Raises MappingError.
    """
    pieces = _pieces(form)
    if "y" in pieces[1::2]:
        if pivot is None:
            what = "holds %y, two digits of a year; say `pivot:`, the first year that they can mean, such as 1930"
            raise MappingError(f"its format {form!r} {what}")
        if pieces[1::2].count("y") > 1:
            raise MappingError(f"its format {form!r} holds %y twice")
    whole = _joined(_with_century(pieces))
    try:
        # `%#z` can be read but not written.
        written = pl.Series([_SAMPLE]).dt.to_string(whole.replace("%#z", "%:z")).to_frame("sample")
        sample = pl.col("sample")
        back = written.select(_date(sample, whole) if kind == "date" else _datetime(sample, whole, None)[0]).item()
    except pl.exceptions.ComputeError:
        back = None
    wanted = _SAMPLE.strftime("%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%SZ")
    if back != wanted:
        needs = "day, month and year" if kind == "date" else "day, month, year, hour and minute"
        raise MappingError(f"its {kind} format {form!r} does not say {needs}; an example is {_EXAMPLES[kind]}")


def check_zone(zone: str) -> None:
    """Refuse a name that is no time zone. Raises MappingError."""
    known = re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", zone) and zone[0] not in "+-"
    try:
        if known:
            pl.select(pl.lit(datetime(2001, 1, 1)).dt.replace_time_zone(zone))  # noqa: DTZ001  # a zone is given to it here
    except pl.exceptions.PolarsError:
        known = False
    if not known:
        raise MappingError("no such time zone; write its name in the time zone database, such as America/Bogota")


def has_offset(form: str) -> bool:
    """Tell whether a format reads an offset from the text, so that no zone is needed."""
    return not _OFFSETS.isdisjoint(_pieces(form)[1::2])


def has_short_year(form: str) -> bool:
    """Tell whether a format reads two digits of a year."""
    return "y" in _pieces(form)[1::2]


def _date(text: pl.Expr, form: str) -> pl.Expr:
    return text.map_batches(partial(_dates, form=form), return_dtype=pl.String, is_elementwise=True)


def _datetime(text: pl.Expr, form: str, zone: str | None) -> tuple[pl.Expr, pl.Expr]:
    moment = text.map_batches(partial(_datetimes, form=form, zone=zone), return_dtype=pl.String, is_elementwise=True)
    fits = text.map_batches(partial(_fit, form=form), return_dtype=pl.Boolean, is_elementwise=True)
    return moment, fits


# Step by step: in one expression Polars would work out what is used twice once for each use, and so on inwards.
def _dates(texts: pl.Series, form: str) -> pl.Series:
    """Write texts of one format as ISO dates; null where it does not fit, or the year has not four digits."""
    days = _fitting(texts, form).str.to_date(form, strict=False, exact=True, cache=False)
    return _of_four_digits(days).dt.to_string("%Y-%m-%d").alias(texts.name)


def _datetimes(texts: pl.Series, form: str, zone: str | None) -> pl.Series:
    """Write texts of one format as ISO date-times in UTC; null also where the zone's clocks never showed them."""
    moments = _moments(texts, form)
    if zone is not None and not has_offset(form):
        local = moments.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        moments = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ").alias(texts.name)


def _fit(texts: pl.Series, form: str) -> pl.Series:
    return _moments(texts, form).is_not_null().alias(texts.name)


def _moments(texts: pl.Series, form: str) -> pl.Series:
    read = _fitting(texts, form).str.to_datetime(form, strict=False, exact=True, time_unit="us", cache=False)
    return _of_four_digits(read)


def _of_four_digits(moments: pl.Series) -> pl.Series:
    sound = moments.dt.year().is_between(1000, 9999)
    return pl.select(pl.when(sound).then(moments)).to_series()


def _in_full(text: pl.Expr, form: str, pivot: int | None) -> tuple[pl.Expr, str]:
    """Write two digits of a year as four, in the text and in its format."""
    pieces = _pieces(form)
    if pivot is None or "y" not in pieces[1::2]:
        return text, form
    at = pieces[1::2].index("y") * 2 + 1
    patterns = _patterns(pieces)
    pattern = f"^({''.join(patterns[:at])})([0-9]{{2}})({''.join(patterns[at + 1 :])})$"
    century, first = divmod(pivot, 100)
    later = text.str.extract(pattern, 2).cast(pl.Int64, strict=False) < first
    full = [text.str.replace(pattern, f"${{1}}{one:02}${{2}}${{3}}") for one in (century, century + 1)]
    fits = only(text.str.contains(pattern), pl.when(later).then(full[1]).otherwise(full[0]))
    return fits, _joined(_with_century(pieces))


def _with_century(pieces: list[str]) -> list[str]:
    return ["Y" if at % 2 and piece == "y" else piece for at, piece in enumerate(pieces)]


def _joined(pieces: list[str]) -> str:
    return "".join(f"%{piece}" if at % 2 else piece for at, piece in enumerate(pieces))


def _fitting(texts: pl.Series, form: str) -> pl.Series:
    fits = texts.alias("text").str.contains(f"^{''.join(_patterns(_pieces(form)))}$")
    return pl.select(pl.when(fits).then(texts)).to_series().alias("text")


def _pieces(form: str) -> list[str]:
    """Part a format into texts (at even places) and directives (at odd ones). Raises MappingError for unknown ones."""
    for short, long in _SHORT.items():
        form = form.replace(short, long)
    pieces = re.split(r"%([:.#]?[A-Za-z%]?)", form)
    unknown = next((name for name in pieces[1::2] if name not in DIRECTIVES), None)
    if unknown is not None:
        known = " ".join(f"%{name}" for name in DIRECTIVES)
        raise MappingError(f"its format {form!r} holds %{unknown}, which is not understood; understood are {known}")
    return pieces


def _patterns(pieces: list[str]) -> list[str]:
    # Where no mark parts two numbers, one digit more or less would shift all that follows.
    close = {at + side for at, piece in enumerate(pieces[1:-1], 1) if not piece and not at % 2 for side in (-1, 1)}
    strict = {at: DIRECTIVES[pieces[at]].replace("{1,2}", "{2}") for at in close}
    return [strict.get(at, DIRECTIVES[piece]) if at % 2 else _literal(piece) for at, piece in enumerate(pieces)]


def _literal(text: str) -> str:
    return "".join(f"\\x{{{ord(letter):x}}}" if not letter.isalnum() else letter for letter in text)
