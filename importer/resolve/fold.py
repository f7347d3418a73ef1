"""Texts that may mean the same although they differ: what a spreadsheet, an export or a person makes of a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

# A key of several fields is a JSON array of texts: each of them begins and ends at a quote.
_BEGIN, _END = r'(^|")', r'("|$)'
# A number whose thousands are set apart.
_FIRST, _GROUP = "([0-9]{1,3})", r"[.,'\x{2019}]([0-9]{3})"
_STEPS = (
    (r"[\s\p{Z}\p{C}]", ""),
    (_BEGIN + r"['+]+", "$1"),
    (_BEGIN + _FIRST + _GROUP + _END, "$1$2$3$4"),
    (_BEGIN + _FIRST + _GROUP + _GROUP + _END, "$1$2$3$4$5"),
    (_BEGIN + _FIRST + _GROUP + _GROUP + _GROUP + _END, "$1$2$3$4$5$6"),
    (_BEGIN + r"([0-9]+)[.,]0+" + _END, "$1$2$3"),
    (_BEGIN + "0+", "$1"),
)
_POWER = re.compile(r"([0-9])(?:[.,]([0-9]+))?e([0-9]+|\+[0-9]+)")
"""As spreadsheets show a long number: `1.23457E+16`."""
_CUT = re.compile(r"([0-9]{15})(0+)")
"""As they keep one: fifteen digits and zeros."""


def fold(text: pl.Expr) -> pl.Expr:
    """Give what is left of a text when Unicode's forms, case, white space, leading zeros and signs of thousands go."""
    # Upper case first: it makes SS of ß and one letter of the two small sigmas.
    folded = text.str.normalize("NFKC").str.to_uppercase().str.to_lowercase().str.normalize("NFKC")
    for pattern, left in _STEPS:
        folded = folded.str.replace_all(pattern, left)
    return folded


def round_number(folded: str) -> tuple[str, int] | None:
    """Give a number that lost its last digits, as `round_forms` gives it, and how many it kept; else None."""
    if found := _POWER.fullmatch(folded):
        digits = found[1] + (found[2] or "")
        return _form(digits, int(found[3])), len(digits)
    if found := _CUT.fullmatch(folded):
        return _form(found[1], len(folded) - 1), len(found[1])
    return None


def round_forms(folded: str, kept: int) -> Iterable[str]:
    """Give what a whole number may look like that is rounded, or cut off, to so many digits; none for another text."""
    if not folded.isascii() or not folded.isdigit() or len(folded) <= kept:
        return ()
    cut = folded[:kept]
    rounded = str(int(cut) + 1)
    return {_form(cut, len(folded) - 1), _form(rounded, len(folded) - 1 + len(rounded) - len(cut))}


def _form(digits: str, exponent: int) -> str:
    return f"{digits.rstrip('0')}e{exponent}"
