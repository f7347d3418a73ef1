"""Signs that a cell carries: what spreadsheets, databases and people leave in texts, as Polars expressions.

All expressions take trimmed, filled text (String) and give Boolean, never null for such text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import polars as pl


class Sign(StrEnum):
    """What can be seen in one cell by itself."""

    GUARDED = "guarded"
    """An apostrophe before a digit or a sign: how text is kept from a spreadsheet."""
    SCIENTIFIC = "scientific"
    """`1.23E+11`: digits that a spreadsheet threw away."""
    FLOATED = "floated"
    """`12345.0`: a whole number that went through a number with a fraction."""
    DECIMAL_COMMA = "decimal_comma"
    """A number whose comma can only be the decimal mark."""
    DECIMAL_POINT = "decimal_point"
    """A number whose point can only be the decimal mark."""
    LED_BY_ZERO = "led_by_zero"
    """Two digits or more, and nothing else, the first of them 0."""
    SERIAL = "serial"
    """A number that Excel would show as a day of 1927 to 2064, such as 45231."""
    DAY_FIRST = "day_first"
    """A date of three numbers that can only be day, month, year."""
    MONTH_FIRST = "month_first"
    """A date of three numbers that can only be month, day, year."""
    EITHER_ORDER = "either_order"
    """A date of three numbers that is another day when read the other way."""
    YEAR_FIRST = "year_first"
    """A date that begins with a year of four digits."""
    SPOILED = "spoiled"
    """A letter that was read in the wrong encoding before, or lost: `MuÃ±oz`, `Mu?oz`."""
    SHORT_YEAR = "short_year"
    """A date of three numbers that ends with two digits of a year."""


NUMBERLIKE: Final = r"^[+-]?[0-9](?:[0-9.,]*[0-9])?(?:[eE]\+[0-9]{1,3})?$"
"""Numeric signs are searched in texts of this form only."""

NUMBER_SIGNS: Final = {
    Sign.SCIENTIFIC: r"[eE]",
    Sign.FLOATED: r"^[+-]?[0-9]+\.0$",
    Sign.DECIMAL_COMMA: r"^[+-]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|0,[0-9]+)$",
    Sign.DECIMAL_POINT: r"^[+-]?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|0\.[0-9]+)$",
    Sign.SERIAL: r"^[1-5][0-9]{4}(?:[.,][0-9]+)?$",
}
"""`1,234` and `1.234` are in neither of the decimal signs: both readings are common."""

DIGITS: Final = r"^[0-9]+$"

# What UTF-8 looks like in cp1252, mac-roman and cp850. After a capital A with tilde, which ends words in Portuguese,
# what may follow a word counts only inside one.
_MISREAD = (
    "\u00c3(?:[\u0080-\u009f\u00a1-\u00a9\u00ab-\u00b9\u00bc-\u00bf\u20ac\u201a\u0192\u201e\u2020\u2021\u02c6\u2030\u0160"
    "\u2039\u0152\u017d\u2018\u201c\u2022\u02dc\u2122\u0161\u0153\u017e\u0178]"
    "|[\u00a0\u00aa\u00ba\u00bb\u2013\u2014\u2019\u201d\u2026\u203a][a-z])"
    "|\u00c2[\u00a1-\u00bf]|\u00e2\u20ac[^ ]|[\u221a\u251c][^ 0-9A-Za-z]"
)
_LOST = r"^[^/=&]*[A-Za-zÀ-ÿ]\?[a-zà-ÿ]"
SPOILED: Final = f"{_MISREAD}|{_LOST}"
"""Letters spoiled before the export was written; a question mark in an address of the web is none."""

_SEPARATOR, _TIME = "[/. -]", "(?:[ T,].*)?$"
_LOW, _HIGH, _YEAR = "(?:0?[1-9]|1[0-2])", "(?:1[3-9]|2[0-9]|3[01])", "(?:[0-9]{2}|[0-9]{4})"
_DAY_AND_MONTH = f"(?:{_HIGH}{_SEPARATOR}{_LOW}|{_LOW}{_SEPARATOR}(?:{_HIGH}|{_LOW}))"
_SAME = "|".join(f"0?{number}{_SEPARATOR}0?{number}" for number in range(1, 13))

DATE_SIGNS: Final = {
    Sign.DAY_FIRST: f"^{_HIGH}{_SEPARATOR}{_LOW}{_SEPARATOR}{_YEAR}{_TIME}",
    Sign.MONTH_FIRST: f"^{_LOW}{_SEPARATOR}{_HIGH}{_SEPARATOR}{_YEAR}{_TIME}",
    Sign.EITHER_ORDER: f"^{_LOW}{_SEPARATOR}{_LOW}{_SEPARATOR}{_YEAR}{_TIME}",
    Sign.YEAR_FIRST: f"^[12][0-9]{{3}}{_SEPARATOR}[0-9]{{1,2}}{_SEPARATOR}[0-9]{{1,2}}{_TIME}",
    Sign.SHORT_YEAR: f"^{_DAY_AND_MONTH}{_SEPARATOR}[0-9]{{2}}{_TIME}",
}
"""`3/4/2026`, `2026-04-03 10:00`, `03.04.26`: dates of three numbers, whole or before a time."""

SAME_ORDER: Final = f"^(?:{_SAME}){_SEPARATOR}"
"""`03/03/2026` is the same day both ways, so it is in no order."""

BLANK_WORDS: Final = frozenset(
    (
        "null", "(null)", "<null>", "[null]", "\\n", "none", "nil", "nan", "undefined", "n/a", "na", "n.a.", "n.a",
        "#n/a", "#n/d", "#¡valor!", "#value!", "#ref!", "#name?", "#¿nombre?", "#div/0!", "#num!", "n/d", "nd", "n.d.",
        "n.d", "s/d", "s.d.", "s/n", "s.n.", "s/i", "n/i", "-", "--", "---", "_", ".", "..", "...", "?", "*",
        "sin dato", "sin datos", "sin informacion", "sin información", "sin email", "sin correo", "no aplica",
        "no tiene", "no registra", "no informado", "no informa", "ninguno", "ninguna", "vacio", "vacío", "desconocido",
        "sem dados", "sem informação", "sem informacao", "não informado", "nao informado", "não possui", "nao possui",
        "não tem", "nao tem", "nenhum", "vazio", "unknown", "not available", "not applicable", "no data", "blank",
        "empty", "0000-00-00", "00/00/0000", "0/0/0000", "0000-00-00 00:00:00",
    )
)  # fmt: skip
"""In small letters: words that mean nothing in exports, in Spanish, Portuguese and English."""
LONGEST_BLANK: Final = max(len(word.encode()) for word in BLANK_WORDS)


def guarded(text: pl.Expr) -> pl.Expr:
    """Tell where a text is kept from a spreadsheet by an apostrophe; `'t Hooft` and `'Abd` are names."""
    return text.str.contains("^'[-+=@0-9]")


def blank_word(text: pl.Expr) -> pl.Expr:
    """Tell where a text is one of BLANK_WORDS in any case."""
    short = pl.when(text.str.len_bytes() <= LONGEST_BLANK).then(text)
    return short.str.to_lowercase().is_in(list(BLANK_WORDS)).fill_null(value=False)
