"""Words for yes and no, and for the two sexes that the target knows, in Spanish, Portuguese and English.

A single letter is listed only where no word of the other meaning begins with it: S, Y, V and T are yes, N and F are no;
F and V (varón, varão) are sexes, but neither M (masculino, mujer) nor H (hombre, hembra). A column that holds M or H
gets a table of its own in the mapping: only who wrote it knows.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_YES = ("sí", "sim", "yes", "verdadero", "verdadeiro", "true", "cierto", "certo", "s", "y", "v", "t", "1")
_NO = ("no", "não", "falso", "false", "n", "f", "0")
_MALE = ("masculino", "masc", "hombre", "homem", "varón", "varão", "male", "man", "macho", "v")
_FEMALE = ("femenino", "feminino", "fem", "mujer", "mulher", "hembra", "fêmea", "female", "woman", "f")


def _spelled(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give words with and without their accents."""
    letters = [unicodedata.normalize("NFKD", word) for word in words]
    return tuple(
        dict.fromkeys([*words, *("".join(c for c in word if not unicodedata.combining(c)) for word in letters)])
    )


def _in_any_case(words: tuple[str, ...], meaning: str) -> dict[str, str]:
    return {form: meaning for word in _spelled(words) for form in (word, word.upper(), word.capitalize())}


YES: Final = _spelled(_YES)
"""`boolean: words`; compared without regard to case, as all words of a boolean are."""
NO: Final = _spelled(_NO)
SEX: Final = _in_any_case(_MALE, "MALE") | _in_any_case(_FEMALE, "FEMALE")
"""`values: sex`: small, CAPITAL and Capitalised."""
