"""Where in a long text a card number can begin, found by vectors: an exact look at every group would take minutes."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

SHORTEST, LONGEST = 13, 19
ISSUERS = (
    (re.compile("4"), (13, 16, 19)),  # Visa
    (re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile("3[47]"), (15,)),  # American Express
    (re.compile("3[68]|30[0-5]"), tuple(range(14, 20))),  # Diners Club
    (re.compile("6011|65|64[4-9]"), tuple(range(16, 20))),  # Discover
    (re.compile("35"), tuple(range(16, 20))),  # JCB
    (re.compile("62"), tuple(range(16, 20))),  # UnionPay
    (re.compile("50|5[6-8]|6"), tuple(range(13, 20))),  # Maestro and its like
)
"""The first digits of an issuer's numbers, and how many digits they have."""
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""A digit twice, its own digits added."""
_ZERO, _NINE, _BLANK, _UNSEEN = 0x30, 0x39, 0x20, 0x00
_MOST_GAPS = 4
"""Between the groups in which cards are printed."""


def places_in(text: str) -> list[int]:
    """Give the places at which groups of digits begin that may be the first of a card number, rising.

    `text` has ASCII digits only, a plain blank for each blank or dash that may part digits anywhere, and NUL for what
    nobody sees. Every card number in close groups, or in groups as cards are printed, begins at one of them; whether
    the marks between the groups are alike is not looked at.
    """
    signs = pl.Series([text.encode("latin-1", "replace")]).cast(pl.List(pl.UInt8)).explode()
    is_digit = signs.is_between(_ZERO, _NINE)
    at = is_digit.arg_true()
    if len(at) < SHORTEST:
        return []
    digits = (signs.gather(at) - _ZERO).cast(pl.Int32)
    seen = (~is_digit & (signs != _UNSEEN)).cast(pl.Int32)
    marks = (seen * (signs != _BLANK).cast(pl.Int32)).cum_sum().gather(at).diff()
    seen = seen.cum_sum().gather(at).diff()
    frame = pl.DataFrame({"at": at, "digit": digits, "seen": seen, "marks": marks}).lazy()
    step, digit, row = pl.col("at").diff().fill_null(2), pl.col("digit"), pl.int_range(pl.len())
    doubled = digit.replace_strict(list(range(10)), DOUBLED, return_dtype=pl.Int32)
    begins = step > 1
    close = (pl.col("seen") <= 1) & (pl.col("marks") == 0)
    first = digit * 1000 + digit.shift(-1) * 100 + digit.shift(-2) * 10 + digit.shift(-3)
    frame = frame.select(
        "at",
        begins=begins,
        ends=begins.shift(-1, fill_value=True),
        groups=begins.cast(pl.Int32).cum_sum(),
        open=(begins & ~close.fill_null(value=True)).cast(pl.Int32).cum_sum(),
        issuer=pl.lit(_lengths()).gather(first.fill_null(0)),
        # Of the digits before this one, those at even (odd) places doubled.
        even=pl.when(row % 2 == 0).then(doubled).otherwise(digit).cum_sum(),
        odd=pl.when(row % 2 == 1).then(doubled).otherwise(digit).cum_sum(),
    )
    any_length = pl.any_horizontal(
        _ends_after(length).fill_null(value=False) for length in range(SHORTEST, LONGEST + 1)
    )
    return frame.filter(pl.col("begins") & any_length).collect(engine="in-memory").get_column("at").to_list()


def _ends_after(length: int) -> pl.Expr:
    """Tell where so many digits from here are an issuer's, have the right check digit and end a group."""
    last = 1 - length
    # The last digit is not doubled: where it stands at an even place, the odd ones are.
    sums = [pl.col(name).shift(last) - pl.col(name).shift(1, fill_value=0) for name in ("even", "odd")]
    is_even = (pl.int_range(pl.len()) + length - 1) % 2 == 0
    right = pl.when(is_even).then(sums[1]).otherwise(sums[0]) % 10 == 0
    gaps = pl.col("groups").shift(last) - pl.col("groups")
    near = (pl.col("open").shift(last) == pl.col("open")) | gaps.is_between(1, _MOST_GAPS)
    bit = pl.lit(1 << (length - SHORTEST), pl.Int32)
    issued = pl.col("issuer") // bit % 2 == 1
    return pl.col("ends").shift(last) & right & near & issued


@cache
def _lengths() -> pl.Series:
    """Give, for each number of four digits that a card can begin with, a bit for each length from 13 on."""
    return pl.Series(
        [
            sum(
                {
                    2 ** (length - SHORTEST)
                    for prefix, lengths in ISSUERS
                    if prefix.match(f"{first:04}")
                    for length in lengths
                }
            )
            for first in range(10_000)
        ],
        dtype=pl.Int32,
    )
