"""Texts of rows as a page may show them: masked, cut, and harmless to a terminal."""

from __future__ import annotations

import unicodedata


def mask(text: str) -> str:
    """Give the form of a text only: letters as x and X, digits as #, what is neither ASCII nor a blank as x."""
    return "".join(map(_masked, text))


def _masked(sign: str) -> str:
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    if sign.isnumeric():
        return "#"
    return sign if sign.isascii() or sign.isspace() else "x"


def visible(text: str) -> str:
    """Give a text in which what can't be printed is written as an escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def fitted(text: str, width: int) -> str:
    """Give a text cut or filled up to a width in columns of a terminal."""
    short = cut(text, width)
    return short + " " * (width - wide(short))


def cut(text: str, width: int) -> str:
    """Give as much of a text as fits, with … where it is cut."""
    if wide(text) <= width:
        return text
    taken, room = "", width - 1
    for sign in text:
        room -= wide(sign)
        if room < 0:
            break
        taken += sign
    return f"{taken}…"


def wide(text: str) -> int:
    """Give how many columns of a terminal a text takes: none for marks that sit on a letter, two for wide signs."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
