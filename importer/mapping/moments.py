"""Dates and date-times: text in stated formats to ISO 8601.

Polars' parser (chrono) is lenient: it takes `20` for a year, signs, and blanks before numbers. So each format is also
written as a strict pattern, and only a text that fits it is parsed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl

from importer.errors import MappingError
from importer.mapping.steps import first_of, only

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
_SHORT = {"%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%T": "%H:%M:%S", "%R": "%H:%M"}

_RFC3339 = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_SAMPLE = datetime(2001, 2, 3, 16, 5, tzinfo=UTC)


def date_text(text: pl.Expr, formats: tuple[str, ...]) -> pl.Expr:
    """Give `YYYY-MM-DD` by the first format that fits, null where none does or the year is before 1000."""
    return first_of([_date(text, one) for one in formats])


def datetime_text(text: pl.Expr, formats: tuple[str, ...]) -> pl.Expr:
    """Give an ISO 8601 date-time in UTC (`...Z`) by the first format that fits, null where none does.

    A time whose format says no offset is taken as UTC.
    """
    return first_of([_datetime(text, one) for one in formats])


def rfc3339_text(text: pl.Expr) -> pl.Expr:
    """Give a date-time as RFC 3339 wants it, offset kept and letters made large; null where it is none."""
    strict = only(text.str.contains(_RFC3339), text).str.to_uppercase()
    real = strict.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us")
    return only(real.is_not_null(), strict)


def check_format(form: str, kind: str) -> None:
    """Refuse a format that says too little or what is not understood, by writing a sample and reading it back.

    `kind` is `date` or `datetime`. Raises MappingError.
    """
    _pattern(form)
    read = date_text if kind == "date" else datetime_text
    try:
        # `%#z` can be read but not written.
        written = pl.Series([_SAMPLE]).dt.to_string(form.replace("%#z", "%:z")).to_frame("sample")
        back = written.select(read(pl.col("sample"), (form,))).item()
    except pl.exceptions.ComputeError:
        back = None
    wanted = _SAMPLE.strftime("%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%SZ")
    if back != wanted:
        needs = "day, month and year" if kind == "date" else "day, month, year, hour and minute"
        raise MappingError(f"its {kind} format {form!r} does not say {needs}; an example is {_EXAMPLES[kind]}")


_EXAMPLES = {"date": "%d/%m/%Y", "datetime": "%d/%m/%Y %H:%M"}


def _date(text: pl.Expr, form: str) -> pl.Expr:
    day = _fitting(text, form).str.to_date(form, strict=False, exact=True)
    # Text of years beyond four digits is no ISO date.
    return only(day.dt.year().is_between(1000, 9999), day.dt.to_string("%Y-%m-%d"))


def _datetime(text: pl.Expr, form: str) -> pl.Expr:
    moment = _fitting(text, form).str.to_datetime(form, strict=False, exact=True, time_unit="us")
    return only(moment.dt.year().is_between(1000, 9999), moment.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ"))


def _fitting(text: pl.Expr, form: str) -> pl.Expr:
    return only(text.str.contains(f"^{_pattern(form)}$"), text)


def _pattern(form: str) -> str:
    for short, long in _SHORT.items():
        form = form.replace(short, long)
    pieces = re.split(r"%([:.#]?[A-Za-z%]?)", form)
    unknown = next((name for name in pieces[1::2] if name not in DIRECTIVES), None)
    if unknown is not None:
        known = " ".join(f"%{name}" for name in DIRECTIVES)
        raise MappingError(f"its format {form!r} holds %{unknown}, which is not understood; understood are {known}")
    # Where no mark parts two numbers, one digit more or less would shift all that follows.
    close = {at + side for at, piece in enumerate(pieces[1:-1], 1) if not piece and not at % 2 for side in (-1, 1)}
    strict = {at: DIRECTIVES[pieces[at]].replace("{1,2}", "{2}") for at in close}
    return "".join(strict.get(at, DIRECTIVES[piece]) if at % 2 else _literal(piece) for at, piece in enumerate(pieces))


def _literal(text: str) -> str:
    return "".join(f"\\x{{{ord(letter):x}}}" if not letter.isalnum() else letter for letter in text)
