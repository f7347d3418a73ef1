r"""Full card numbers in one text, however they are written.

A card number is 13 to 19 digits (of any script) that begin as an issuer's, have a length that the issuer uses, and end
in the right check digit (Luhn, ISO/IEC 7812-1). Digits on either side make a longer number, which is none; other groups
beside it don't hide it. The digits may stand

* in one block, or in groups of any size parted by single blanks or dashes;
* in groups as cards are printed and typed (4-4-4-4, 4-6-5, …), parted by the same marks each time: dots, commas,
  slashes, line ends, tabs, several blanks, and the like;
* as a spreadsheet writes a large number, in threes parted by the same dot, comma or apostrophe;
* with characters between them that nobody sees, in addition;
* as JSON escapes (`\u0034`), or in a spreadsheet's short form (`4.111111111111111E+15`).

Not found is what HTML hides: entities (`&#52;`) and tags between the digits.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from importer.rules.card_hints import ESCAPED, INVISIBLE, LETTER, LONGEST_MARKS, as_bytes, may_have_card, may_hide
from importer.rules.card_places import DOUBLED, ISSUERS, LONGEST, SHORTEST, places_in

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSE = "[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]"
"""Blanks and dashes of any width. A pattern for Polars and Python alike."""
FORMS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 3), (4, 6, 4), (4, 4, 4, 2), (4, 4, 5), (4, 3, 3, 3))
"""The groups in which cards are printed and typed, the longest first."""
THOUSANDS = ".,'\u2019"
"""What parts thousands."""

_BACKSLASHES, _ONE = re.compile(r"\\+"), r"\\"
_NOBODY_SEES = "\u200b"
_UNSEEN = re.compile(INVISIBLE)
_GROUP = re.compile("[0-9]+")
_CLOSE = re.compile(rf"{_NOBODY_SEES}*{CLOSE}?{_NOBODY_SEES}*")
_MARKS = re.compile(rf"(?:[^\w\[\]]|_){{1,{LONGEST_MARKS}}}")
_SHORT_FORM = re.compile(r"(?<![0-9.,])([0-9])[.,]([0-9]{8,18})[eE]\+?(1[2-8])(?![0-9])")
_THOUSANDS = re.compile(
    rf"(?<![0-9])[2-6][0-9]{{0,2}}(?:{_NOBODY_SEES}*([{THOUSANDS}]){_NOBODY_SEES}*[0-9]{{3}})"
    rf"(?:{_NOBODY_SEES}*\1{_NOBODY_SEES}*[0-9]{{3}}){{3,5}}(?![0-9])(?!{_NOBODY_SEES}*\1{_NOBODY_SEES}*[0-9])"
)
_GOES_ON = re.compile(rf"[0-9]{_NOBODY_SEES}*([{THOUSANDS}]){_NOBODY_SEES}*$")
_LETTERS = re.compile(rf'{LETTER}|\\["/]')
"""Escapes of letters, which part digits and hide none."""
_STRETCH = re.compile(rf"(?<![0-9])[2-6](?:[^0-9A-Za-z\[\]]*+[0-9]){{{SHORTEST - 1},}}")
"""So many digits without a letter between them, from the first at which a card number can begin."""
_FIRST_DIGITS = "23456"
_LONG = 2_000
"""Characters from which on the vectors are faster."""


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


class _Meanings(dict[int, str]):
    """For `str.translate`: what each character stands for, found out once."""

    def __missing__(self, sign: int) -> str:
        return self.setdefault(sign, _meaning(chr(sign)))


_MEANINGS = _Meanings()


@cache
def _parts() -> dict[int, str]:
    """For `str.translate`: one sign for all that nobody sees, and one for all that parts digits."""
    every = "".join(map(chr, range(0x10000)))
    return str.maketrans({_NOBODY_SEES: "\0", **dict.fromkeys(re.findall(CLOSE, every), " ")})


def _read(text: str) -> _Plain:
    if not may_hide(as_bytes(text)):
        return _Plain(_LETTERS.sub(_as_wide, text), [0], [0])
    pieces: list[str] = []
    begins, origins = [0], [0]
    length = end = 0
    for escape in ESCAPED.finditer(text) if "\\" in text else ():
        pieces += [text[end : escape.start()].translate(_MEANINGS), _escaped(escape.group())]
        length += escape.start() - end + 1
        end = escape.end()
        begins.append(length)
        origins.append(end)
    return _Plain("".join([*pieces, text[end:].translate(_MEANINGS)]), begins, origins)


def _as_wide(escape: re.Match[str]) -> str:
    """Give a letter, quote or slash as wide as its escape, so that nothing behind it moves."""
    return "xxxxxx" if escape[0][1] == "u" else _NOBODY_SEES + escape[0][1]


@lru_cache(maxsize=4096)
def _escaped(escape: str) -> str:
    return _meaning(json.loads(f'"{_BACKSLASHES.sub(_ONE, escape)}"'))


def _meaning(sign: str) -> str:
    """Give the one character that a foreign digit or what nobody sees stands for."""
    if _UNSEEN.match(sign):
        return _NOBODY_SEES
    digit = unicodedata.decimal(sign, None)
    return sign if digit is None else str(digit)


def _cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and digits of each card number, from left to right, the longest first at each place."""
    # Quick looks spare nearly every text the exact one.
    if not may_have_card(as_bytes(text)):
        return
    plain = _read(text)
    # At one place only one of the two can stand.
    wholes = {found.start(): found for form in (_SHORT_FORM, _THOUSANDS) for found in form.finditer(plain.text)}
    if len(plain.text) < _LONG:
        places = [
            group.start()
            for stretch in _STRETCH.finditer(plain.text)
            for group in _GROUP.finditer(plain.text, *stretch.span())
            if group[0][0] in _FIRST_DIGITS
        ]
    else:
        places = places_in(plain.text.translate(_parts()))
    end = 0
    for place in sorted({*places, *wholes}):
        if place < end:
            continue
        stop, digits = _longest_card(plain.text, place)
        if not digits and place in wholes:
            stop, digits = _whole_of(wholes[place])
        if digits:
            end = stop
            yield plain.origin(place), plain.origin(stop), digits


def _longest_card(text: str, place: int) -> tuple[int, str]:
    close, apart = _close_card(text, place), _apart_card(text, place)
    return apart if len(apart[1]) > len(close[1]) else close


def _close_card(text: str, place: int) -> tuple[int, str]:
    """Find a card whose groups, of any size, are parted by single blanks and dashes."""
    digits, end = "", place
    found = (place, "")
    for group in _GROUP.finditer(text, place):
        start, stop = group.span()
        if len(digits) + stop - start > LONGEST or (digits and not _CLOSE.fullmatch(text, end, start)):
            break
        digits, end = digits + group[0], stop
        if len(digits) >= SHORTEST and _is_card(digits):
            found = (stop, digits)
    return found


def _apart_card(text: str, place: int) -> tuple[int, str]:
    """Find a card in groups of a usual form, parted by the same marks each time, whatever blanks are around them."""
    groups = list(islice(_GROUP.finditer(text, place), len(FORMS[0])))
    sizes = tuple(group.end() - group.start() for group in groups)
    for form in FORMS:
        if sizes[: len(form)] == form:
            parts = groups[: len(form)]
            digits = "".join(group[0] for group in parts)
            if _is_card(digits) and _are_alike([text[one.end() : other.start()] for one, other in pairwise(parts)]):
                return parts[-1].end(), digits
    return place, ""


def _are_alike(gaps: list[str]) -> bool:
    """Tell whether the marks between groups are the same, but for blanks and what nobody sees, and not too many."""
    seen = [gap.replace(_NOBODY_SEES, "") for gap in gaps]
    return len({"".join(gap.split()) for gap in seen}) == 1 and all(_MARKS.fullmatch(gap) for gap in seen)


def _whole_of(written: re.Match[str]) -> tuple[int, str]:
    """Give the end and the digits of a card written as one number: 4.111111111111111E+15, 4,111,111,111,111,111."""
    if written.re is _THOUSANDS:
        before = _GOES_ON.search(written.string, max(0, written.start() - 16), written.start())
        digits = "" if before and before[1] == written[1] else "".join(_GROUP.findall(written[0]))
    else:
        fraction, places = written[2], int(written[3])
        digits = written[1] + fraction.ljust(places, "0") if len(fraction) <= places else ""
    return (written.end(), digits) if _is_card(digits) else (written.start(), "")


def _is_card(digits: str) -> bool:
    issued = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in ISSUERS)
    return issued and _luhn(digits)


def _luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(DOUBLED[number] for number in numbers[1::2])) % 10 == 0
