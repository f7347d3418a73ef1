r"""A quick look at a text, which spares nearly every one the exact search for card numbers.

It asks for what every card number has, however it is written (see card_text), and finds too much but never too little.
"""

from __future__ import annotations

import re
from functools import lru_cache

from importer.rules.card_places import SHORTEST

INVISIBLE = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Controls, joiners, direction marks and selectors. A pattern for Polars and Python alike."""
LONGEST_MARKS = 5

_HALF = r"[0-9a-fA-F]{2}"
_ESCAPE = rf"\\+(?:u[dD][89abAB]{_HALF}\\+u[dD][c-fC-F]{_HALF}|u{_HALF}{_HALF}|[tnrbf])"
"""Of JSON, perhaps escaped once more."""
ESCAPED = re.compile(_ESCAPE)
LETTER = r"\\u00(?:[ceCE][0-9a-fA-F]|[dfDF][0-689a-fA-F])"
"""An escape of a letter, which parts digits and hides none."""
_MAY_HOLD = re.compile(rf"[2-6](?:[^0-9A-Za-z\[\]]{{0,{2 * LONGEST_MARKS}}}+[0-9]){{{SHORTEST - 1}}}")
"""Every text with a card number in plain digits matches it, or has `_SHORT` where its digits are `0`."""
_SHORT = (b"0.00000000", b"0,00000000")
_DIGITS, _PART = b"0123456789", b"[]ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TO_ZEROS = bytes.maketrans(_DIGITS, b"0" * len(_DIGITS))
_TO_ZEROS_AND_BLANKS = bytes.maketrans(_DIGITS + _PART, b"0" * len(_DIGITS) + b" " * len(_PART))
_JOINERS = bytes(set(range(256)) - set(_PART) - set(_DIGITS))
"""What may stand between the digits of a number, and more; each byte of what is not ASCII too."""
_MANY = b"0" * SHORTEST
_PLAIN_SIGNS = bytes(range(ord(" "), ord("~") + 1))
_LATIN_SIGNS = _PLAIN_SIGNS + b"\xc3" + bytes(range(0x80, 0xC0))
"""What texts without any sign but ASCII's and `À` to `ÿ` are written with, none of which hides a digit; a sign beyond
them begins with a byte that is not among these."""
_LETTERS = re.compile(LETTER)
_ODD = re.compile(rf"(?![0-9])\d|{INVISIBLE}")


def may_have_card(written: bytes) -> bool:
    """Tell, quickly, whether a text in UTF-8 may hold a card number: False is sure."""
    return _may_hold(written) or may_hide(written)


def _may_hold(written: bytes) -> bool:
    """Whether a text has what a number in plain digits looks like."""
    # Most texts have fewer digits than that between two letters, which is found sooner than where they lie.
    if _MANY in written.translate(_TO_ZEROS_AND_BLANKS, _JOINERS) and _MAY_HOLD.search(_as_text(written)):
        return True
    zeros = written.translate(_TO_ZEROS)
    if _SHORT[0] not in zeros and _SHORT[1] not in zeros:
        return False
    return b"E+1" in written or b"e+1" in written or b"E1" in written or b"e1" in written


def may_hide(written: bytes) -> bool:
    """Whether a text has what a number can hide in: escapes of more than letters, odd digits, what nobody sees."""
    if b"\\" in written:
        text = _as_text(written)
        if len(ESCAPED.findall(text)) > len(_LETTERS.findall(text)):
            return True
    return bool(written.translate(None, _LATIN_SIGNS)) and _is_odd(written.translate(None, _PLAIN_SIGNS))


@lru_cache(maxsize=4096)
def _is_odd(signs: bytes) -> bool:
    return _ODD.search(_as_text(signs)) is not None


def as_bytes(text: str) -> bytes:
    """Give a text, half surrogate pairs too, as these looks take it."""
    return text.encode("utf-8", "surrogatepass")


def _as_text(written: bytes) -> str:
    return written.decode("utf-8", "surrogatepass")
