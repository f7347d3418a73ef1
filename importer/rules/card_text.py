r"""Full card numbers in one text, however they are written.

A card number is 13 to 19 digits (of any script) that begin as an issuer's, have a length that the issuer uses, and end
in the right check digit (Luhn, ISO/IEC 7812-1). Digits on either side make a longer number, which is none; other groups
beside it don't hide it. The digits may stand

* in one block, or in groups of any size parted by single blanks or dashes;
* in groups as cards are printed and typed (4-4-4-4, 4-6-5, …), parted by the same marks each time: dots, commas,
  slashes, line ends, tabs, several blanks, and the like;
* with characters between them that nobody sees, in addition;
* as JSON escapes (`\u0034`), or in a spreadsheet's short form (`4.111111111111111E+15`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST, LONGEST = 13, 19

CLOSE = "[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]"
"""Blanks and dashes of any width. A pattern for Polars and Python alike."""
INVISIBLE = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Controls, joiners, direction marks and selectors. A pattern for Polars and Python alike."""
FORMS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 3), (4, 6, 4), (4, 4, 4, 2), (4, 4, 5), (4, 3, 3, 3))
"""The groups in which cards are printed and typed, the longest first."""
LONGEST_MARKS = 5

_HALF = r"[0-9a-fA-F]{2}"
_ESCAPE = rf"\\+(?:u[dD][89abAB]{_HALF}\\+u[dD][c-fC-F]{_HALF}|u{_HALF}{_HALF}|[tnrbf])"
"""Of JSON, perhaps escaped once more."""
_BACKSLASHES, _ONE = re.compile(r"\\+"), r"\\"
_ODD = re.compile(rf"{_ESCAPE}|{INVISIBLE}|(?![0-9])\d")
_NOBODY_SEES = "\u200b"
_UNSEEN = re.compile(INVISIBLE)
_GROUP = re.compile("[0-9]+")
_CLOSE = re.compile(rf"{_NOBODY_SEES}*{CLOSE}?{_NOBODY_SEES}*")
_MARKS = re.compile(rf"(?:[^\w\[\]]|_){{1,{LONGEST_MARKS}}}")
_SHORT_FORM = re.compile(r"(?<![0-9.,])([0-9])[.,]([0-9]{8,18})[eE]\+?(1[2-8])(?![0-9])")
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
        pieces += [text[end:start], masked_form(digits)]
        end = stop
    return "".join([*pieces, text[end:]])


def masked_form(digits: str) -> str:
    """Give what is written for a card number: a star for each hidden digit, and the last four."""
    return f"[card {'*' * (len(digits) - 4)}{digits[-4:]}]"


def has_card(text: str) -> bool:
    """Tell whether a text holds a full card number."""
    return next(_cards(text), None) is not None


def card_numbers(text: str) -> tuple[str, ...]:
    """Give the full card numbers in a text, from left to right, as ASCII digits."""
    return tuple(digits for _, _, digits in _cards(text))


def digits_of(text: str) -> str:
    """Give all digits of a text, of whatever script or written as escapes, as ASCII digits."""
    return "".join(_GROUP.findall(_read(text).text))


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text as it is meant: ASCII digits, no escapes, one sign for all that nobody sees; and whence each character is.

    What begins at `begins[i]` comes from the original at `origins[i]` and after, up to the next i.
    """

    text: str
    begins: list[int]
    origins: list[int]

    def origin(self, place: int) -> int:
        """Give where in the original a place of the text lies; a place before an escape lies before the whole of it."""
        at = bisect_right(self.begins, place) - 1
        return self.origins[at] + place - self.begins[at]


def _read(text: str) -> _Plain:
    if text.isascii() and text.isprintable() and "\\" not in text:
        return _Plain(text, [0], [0])
    pieces: list[str] = []
    begins, origins = [0], [0]
    length = end = 0
    for odd in _ODD.finditer(text):
        pieces += [text[end : odd.start()], _meaning(odd.group())]
        length += odd.start() - end + 1
        end = odd.end()
        begins.append(length)
        origins.append(end)
    return _Plain("".join([*pieces, text[end:]]), begins, origins)


def _meaning(odd: str) -> str:
    """Give the one character that an escape, a foreign digit or what nobody sees stands for."""
    if odd.startswith("\\"):
        odd = json.loads(f'"{_BACKSLASHES.sub(_ONE, odd)}"')
    if _UNSEEN.match(odd):
        return _NOBODY_SEES
    digit = unicodedata.decimal(odd, None)
    return odd if digit is None else str(digit)


def _cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and digits of each card number, from left to right, the longest first at each place."""
    plain = _read(text)
    groups = [group.span() for group in _GROUP.finditer(plain.text)]
    short_forms = {found.start(): found for found in _SHORT_FORM.finditer(plain.text)}
    first = 0
    while first < len(groups):
        last, digits = _longest_card(plain.text, groups, first)
        if last is None and groups[first][0] in short_forms:
            last, digits = _whole_of(short_forms[groups[first][0]], first)
        if last is not None:
            yield plain.origin(groups[first][0]), plain.origin(groups[last][1]), digits
        first = first + 1 if last is None else last + 1


def _longest_card(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int | None, str]:
    if text[groups[first][0]] not in _FIRST_DIGITS:
        return None, ""
    last, digits = _close_card(text, groups, first)
    apart = _apart_card(text, groups, first)
    return apart if len(apart[1]) > len(digits) else (last, digits)


def _close_card(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int | None, str]:
    """Find a card whose groups, of any size, are parted by single blanks and dashes."""
    digits, end = "", groups[first][0]
    found: tuple[int | None, str] = (None, "")
    for last in range(first, min(first + LONGEST, len(groups))):
        start, stop = groups[last]
        if len(digits) + stop - start > LONGEST or (last > first and not _CLOSE.fullmatch(text, end, start)):
            break
        digits, end = digits + text[start:stop], stop
        if len(digits) >= SHORTEST and _is_card(digits):
            found = (last, digits)
    return found


def _apart_card(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int | None, str]:
    """Find a card in groups of a usual form, parted by the same marks each time, whatever blanks are around them."""
    spans = groups[first : first + len(FORMS[0])]
    sizes = tuple(stop - start for start, stop in spans)
    for form in FORMS:
        if sizes[: len(form)] == form:
            digits = "".join(text[slice(*span)] for span in spans[: len(form)])
            if _is_card(digits) and _are_alike(
                [text[one[1] : other[0]] for one, other in pairwise(spans[: len(form)])]
            ):
                return first + len(form) - 1, digits
    return None, ""


def _are_alike(gaps: list[str]) -> bool:
    """Tell whether the marks between groups are the same, but for blanks and what nobody sees, and not too many."""
    seen = [gap.replace(_NOBODY_SEES, "") for gap in gaps]
    return len({"".join(gap.split()) for gap in seen}) == 1 and all(_MARKS.fullmatch(gap) for gap in seen)


def _whole_of(short: re.Match[str], first: int) -> tuple[int | None, str]:
    """Write a number such as 4.111111111111111E+15 in full: it has three groups of digits."""
    fraction, places = short[2], int(short[3])
    digits = short[1] + fraction.ljust(places, "0")
    return (first + 2, digits) if len(fraction) <= places and _is_card(digits) else (None, "")


def _is_card(digits: str) -> bool:
    issued = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS)
    return issued and _luhn(digits)


def _luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[number] for number in numbers[1::2])) % 10 == 0
