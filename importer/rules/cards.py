"""Full card numbers in columns: found, and masked wherever a text is written.

What they are stands in `card_text.py`, which judges exactly. Here a pattern picks the doubtful texts first, so that it
sees only those, and each distinct one once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind
from importer.rules.card_hints import INVISIBLE, LONGEST_MARKS
from importer.rules.card_places import SHORTEST
from importer.rules.card_text import CLOSE, THOUSANDS, has_card, mask_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.value import Value

UNJUDGED = frozenset({Kind.UUID, Kind.PHONE, Kind.DOCUMENT})
"""Fields in which long digits are no card numbers."""
MASKED = r"\[card \*{9,15}[0-9]{4}\]"
"""Our own masked form, `[card ************1111]`: a star for each hidden digit. Nobody else writes it."""

_MARKS = rf"[^0-9A-Za-z\[\]]{{1,{LONGEST_MARKS}}}"
_PLAIN = (
    rf"[2-6](?:{CLOSE}?[0-9]){{12}}"
    rf"|[2-6][0-9]{{3}}{_MARKS}(?:"
    rf"[0-9]{{4}}{_MARKS}(?:[0-9]{{4}}{_MARKS}[0-9]{{2}}|[0-9]{{5}})"
    rf"|[0-9]{{6}}{_MARKS}[0-9]{{4}}"
    rf"|[0-9]{{3}}{_MARKS}[0-9]{{3}}{_MARKS}[0-9]{{3}})"
    rf"|[2-6][0-9]{{0,2}}(?:[{THOUSANDS}][0-9]{{3}}){{4}}"
    r"|[0-9][.,][0-9]{8,18}[eE]"
)
_ODD = rf"{INVISIBLE}|[\p{{Nd}}--[0-9]]|\\[utnrbf]"
"""What can hide a number from a plain look."""
SUSPECT = rf"{_PLAIN}|{_ODD}"
"""Every text with a card number matches it; what matches is looked at more closely."""


def mask_cards(text: pl.Expr) -> pl.Expr:
    """Give the texts of a String column with full card numbers masked; null stays null."""
    return text.map_batches(_mask_column, return_dtype=pl.String, is_elementwise=True)


def mask_columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Give a frame with the full card numbers in those of its String columns masked; the names must be plain words.

    All cells are searched as one column: an export may have thousands, and each by itself has its price.
    """
    if frame.is_empty() or not names:
        return frame
    cells = pl.concat([frame.get_column(name) for name in names])
    found = (cells.str.contains(SUSPECT).arg_true() // frame.height).unique().to_list()
    return frame.with_columns(mask_cards(pl.col(names[at])) for at in found) if found else frame


def find_cards(cells: pl.Series) -> pl.Series:
    """Tell for each text (String) whether it holds a full card number; null: False."""
    guilty = [text for text in suspects(cells) if has_card(text)]
    return cells.is_in(guilty).fill_null(value=False)


def suspects(texts: pl.Series) -> pl.Series:
    """Give the distinct texts (String) that may hold a card number: all that do, and few others."""
    doubtful = texts.filter(texts.str.contains(SUSPECT))
    enough = doubtful.str.contains(_PLAIN) | (doubtful.str.count_matches(r"\d") >= SHORTEST)
    return doubtful.filter(enough).unique()


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
    masked = {text: clean for text in suspects(texts) if (clean := mask_text(text)) != text}
    return texts.replace(list(masked), list(masked.values())) if masked else texts
