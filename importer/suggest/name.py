"""The mapping's name from the file's, without what changes from export to export."""

from __future__ import annotations

import re
from pathlib import Path

from importer.suggest.headers import normal_form, word_class

FALLBACK = "customers"
LONGEST = 40
WORD = 4
"""Letters from which on a word may be told from what stands glued behind it."""
_ENDINGS = re.compile(r"(?:\.(?:csv|tsv|txt|tab|psv|parquet|gz|zst|zip|bz2|xz))+$", re.IGNORECASE)
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{4,}")
_HEX_WORDS = frozenset(("cafe", "fada"))
"""Words that have no letter beyond f."""
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")


def name_for(path: str) -> str:
    """Give a name such as `clientes` for `Clientes_2024-11 (2).csv`, or `customers` where nothing is left.

    It takes no digit, date, weekday, quarter, ordinal, version or random id: under a new name all customers would be
    created again.
    """
    bare = _IDS.sub(" ", _ENDINGS.sub("", Path(path).name))
    parts = re.findall("[a-z0-9]+", normal_form(_HUMPS.sub(" ", bare)))
    kept = [word for part in parts if (word := _stable(part))]
    return "-".join(kept)[:LONGEST].strip("-") or FALLBACK


def _stable(part: str) -> str:
    """Give what of a part stays from export to export; empty where nothing does."""
    if _HEX.fullmatch(part) and part not in _HEX_WORDS:
        return ""
    word = part
    if not part.isalpha():
        found = re.fullmatch(r"\d*([a-z]{4,})\d*", part)
        word = found.group(1) if found else ""
    changing = word_class("changing")
    glued = [end for end in changing if len(end) >= (WORD if part.isalpha() else WORD - 1) and word.endswith(end)]
    end = max(glued, key=len, default="")
    if end and len(word) - len(end) >= WORD and word not in changing and (not part.isalpha() or len(end) > WORD):
        word = word.removesuffix(end)
    return "" if len(word) < 2 or word in changing or _ROMAN.fullmatch(word) else word  # noqa: PLR2004  # a letter is a part's
