"""Full card numbers: found in any text, and masked wherever a text is written.

A card number is 13 to 19 ASCII digits, groups of them possibly parted by single blanks or dashes, that begin as an
issuer's, have a length that the issuer uses, and end in the right check digit (Luhn, ISO/IEC 7812-1). Digits on either
side make a longer number, which is none; other groups beside it don't hide it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from importer.value import Value

UNJUDGED = frozenset({Kind.UUID, Kind.PHONE, Kind.DOCUMENT})
"""Fields in which long digits are no card numbers."""
SHORTEST, LONGEST = 13, 19

_BETWEEN = r"[ \u00a0\u2010-\u2013-]"
SUSPECT = rf"[0-9](?:{_BETWEEN}?[0-9]){{12}}"
"""Every card number matches it; what matches is judged exactly."""
MASKED = r"\[card \*{9,15}[0-9]{4}\]"
"""Our own masked form, `[card ************1111]`: a star for each hidden digit. Nobody else writes it."""

_CHAIN = re.compile(rf"[0-9]+(?:{_BETWEEN}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_ISSUERS = (
    (re.compile("4"), (13, 16, 19)),  # Visa
    (re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile("3[47]"), (15,)),  # American Express
    (re.compile("3[68]|30[0-5]"), tuple(range(14, 20))),  # Diners Club
    (re.compile("6011|65|64[4-9]"), tuple(range(16, 20))),  # Discover
    (re.compile("35"), tuple(range(16, 20))),  # JCB
    (re.compile("62"), tuple(range(16, 20))),  # UnionPay
    (re.compile("50|5[6-8]|6"), tuple(range(13, 20))),  # Maestro and its like
)
_FIRST_DIGITS = "23456"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def mask_text(text: str) -> str:
    """Give a text with each full card number replaced by `[card ************1111]`; all else stays as it is."""
    if len(text) < SHORTEST:
        return text
    pieces, end = [], 0
    for start, stop, digits in _cards(text):
        pieces += [text[end:start], f"[card {'*' * (len(digits) - 4)}{digits[-4:]}]"]
        end = stop
    return "".join([*pieces, text[end:]])


def has_card(text: str) -> bool:
    """Tell whether a text holds a full card number."""
    return next(_cards(text), None) is not None


def mask_cards(text: pl.Expr) -> pl.Expr:
    """Give the texts of a String column with full card numbers masked; null stays null."""
    return text.map_batches(_mask_column, return_dtype=pl.String, is_elementwise=True)


def find_cards(cells: pl.Series) -> pl.Series:
    """Tell for each text (String) whether it holds a full card number; null: False."""
    suspects = cells.filter(cells.str.contains(SUSPECT)).unique()
    guilty = [text for text in suspects if has_card(text)]
    return cells.is_in(guilty).fill_null(value=False)


def spared_columns(values: Sequence[Value], key: Collection[str]) -> frozenset[str]:
    """Give the columns whose cells are not judged: those of ids, keys, phones and documents, unless a payment's too."""
    paid = {cell for value in values if is_payment(value) for cell in value.cells}
    return frozenset(cell for value in values if is_spared(value, key) for cell in value.cells) - paid


def is_spared(value: Value, key: Collection[str]) -> bool:
    """Tell whether a place is one where long digits are expected."""
    return not is_payment(value) and (value.field.kind in UNJUDGED or value.place in key)


def is_payment(value: Value) -> bool:
    """Tell whether a place belongs to a payment."""
    return value.place.startswith("payments[")


def _mask_column(texts: pl.Series) -> pl.Series:
    suspects = texts.filter(texts.str.contains(SUSPECT)).unique()
    masked = {text: clean for text in suspects if (clean := mask_text(text)) != text}
    return texts.replace(list(masked), list(masked.values())) if masked else texts


def _cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and digits of each card number, from left to right, the longest first at each place."""
    for chain in _CHAIN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *chain.span())]
        first = 0
        while first < len(groups):
            last, digits = _longest_card(text, groups, first)
            if last is not None:
                yield groups[first][0], groups[last][1], digits
            first = first + 1 if last is None else last + 1


def _longest_card(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int | None, str]:
    digits = ""
    found: tuple[int | None, str] = (None, "")
    if text[groups[first][0]] not in _FIRST_DIGITS:
        return found
    for last in range(first, min(first + LONGEST, len(groups))):
        start, stop = groups[last]
        if len(digits) + stop - start > LONGEST:
            break
        digits += text[start:stop]
        if len(digits) >= SHORTEST and _is_card(digits):
            found = (last, digits)
    return found


def _is_card(digits: str) -> bool:
    issued = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS)
    return issued and _luhn(digits)


def _luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[number] for number in numbers[1::2])) % 10 == 0
