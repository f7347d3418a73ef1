"""Countries by name in Spanish, Portuguese and English, or by code, as ISO 3166-1 alpha-2 (`CO`).

Case, accents, punctuation and the order of blanks don't matter; codes of two and three letters are taken. The names
stand in countries.csv, which make_countries.py writes; a name that two countries share (Congo, Corea) is in none.
`UK` and `EE.UU.` are understood, the names of regions and states are not.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from importer.mapping.steps.distinct import by_judge

if TYPE_CHECKING:
    import polars as pl

LONGEST = 100
"""Characters of a cell that can be a country."""


def country_text(text: pl.Expr) -> pl.Expr:
    """Give the alpha-2 code (String) of a country's name or code; null where it is neither."""
    return by_judge(text, code_of)


def code_of(text: str) -> str | None:
    """Give the alpha-2 code of one name or code; None where it is neither."""
    return _table().get(fold_name(text)) if len(text) <= LONGEST else None


def fold_name(text: str) -> str:
    """Give a name as it is compared: small letters without accents, words parted by one blank, `&` as nothing."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", letters.casefold()))


@cache
def _table() -> dict[str, str]:
    """Give each folded name and code with its alpha-2 code; a code wins over a name."""
    text = files(__package__).joinpath("countries.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    named = {name: row["code"] for row in rows for name in row["names"].split("|")}
    coded = {row[key].lower(): row["code"] for key in ("code3", "code") for row in rows}
    return named | coded
