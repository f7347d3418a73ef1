"""Signs and letters of cp1252 that speak for a code page beside it: cp1250 (Central European) or cp1254 (Turkish).

Both share most letters with cp1252, so no look at all bytes can tell them apart; but a pound sign in the midst of a
name is the letter L with a stroke, and nobody in a western list is spelled with an eth.
"""

from __future__ import annotations

CENTRAL = "cp1250"
IN_WORDS = frozenset("¹³¼¾¿")
"""Letters of cp1250 that are signs in cp1252, where they stand between two letters."""
BEFORE_WORDS = frozenset("£¥¯")
"""Those that may begin a word too."""
RARE = frozenset("ÐðÞþÝýŸØøÆæìùÛû")
"""Letters of cp1252 that Spanish and Portuguese lack, and that are common ones of cp1250 or cp1254."""
SEVERAL, SHARE = 2, 0.05
"""Different places inside words, and their share of all, from which on cp1250 is as likely."""


def count_inside_words(places: list[bytes]) -> int:
    """Count the places, each with a byte on either side, at which cp1252 has a sign in a word and cp1250 a letter."""
    return sum(any(map(_is_inside, text, text[1:], text[2:])) for text in _texts(places))


def _is_inside(before: str, sign: str, after: str) -> bool:
    if sign in BEFORE_WORDS:
        return after.isalpha()
    return sign in IN_WORDS and before.isalpha() and after.islower()


def is_central(places: list[bytes]) -> bool:
    """Tell whether cp1250 is at least as likely as cp1252."""
    return count_inside_words(places) >= max(SEVERAL, SHARE * len(places))


def doubt(places: list[bytes]) -> str:
    """Say what speaks against cp1252 and is too little to refuse it; empty where nothing does."""
    inside = count_inside_words(places)
    if inside:
        return f"signs inside words at {inside} different places: is it {CENTRAL}?"
    rare = sorted({letter for text in _texts(places) for letter in text[1:-1] if letter in RARE})
    return f"letters that Spanish and Portuguese lack ({' '.join(rare)}): is it cp1250 or cp1254?" if rare else ""


def _texts(places: list[bytes]) -> list[str]:
    return [place.decode("cp1252", "replace") for place in places]
