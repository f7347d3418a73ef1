"""Card numbers that steps put together: no cell holds one whole, but what the steps make of the cells does.

Joined columns, replacements, tables, SQL and constants can do it. What a step leaves as the cell had it was judged as a
cell, so only what differs is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.rules.asked import NO_CARDS, SMALLEST
from importer.rules.card_text import card_numbers, digits_of, has_card, masked_form
from importer.rules.cards import SUSPECT, is_spared, suspects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from importer.rules.work import Worked
    from importer.value import Value


@dataclass(frozen=True, slots=True)
class Assembled:
    """The cards that steps put together."""

    found: dict[str, pl.Series]
    """By place, Boolean: where the canonical value holds a full card number."""
    parts: dict[str, pl.Series]
    """By source column, String: what is written instead of a cell that is a part of a card, null elsewhere."""


def find_assembled(
    cells: pl.DataFrame, worked: Worked, values: Sequence[Value], spared: frozenset[str], key: Collection[str]
) -> Assembled:
    """Find full card numbers in the canonical values of a batch.

    Not judged are the fields in `key`, ids, phones and documents, and what is taken only from `spared` columns.
    """
    found: dict[str, pl.Series] = {}
    parts: dict[str, pl.Series] = {}
    for value in values:
        if is_spared(value, key) or (value.cells and spared.issuperset(value.cells)):
            continue
        texts = _texts(cells, worked, value)
        guilty = [] if texts is None else [text for text in suspects(texts) if has_card(text)]
        if texts is None or not guilty:
            continue
        hit = texts.is_in(guilty).fill_null(value=False)
        found[value.place] = hit
        _add_parts(parts, [cells.get_column(name) for name in value.cells if name not in spared], texts, hit)
    return Assembled(found, parts)


def _texts(cells: pl.DataFrame, worked: Worked, value: Value) -> pl.Series | None:
    """Give the canonical values as texts where they differ from the cell; None where none of them is doubtful."""
    answer = worked.asked.get(value.place)
    if answer is not None:
        return answer.spread(answer.values.cast(pl.String)) if answer.may_have_card else None
    column = worked.values.get_column(value.place)
    # Polars takes equal series of nulls for one, so that a column without a value may have another's type.
    if value.field.kind in NO_CARDS or column.dtype == pl.Boolean or column.null_count() == len(column):
        return None
    if column.dtype != pl.String:
        return _large(column)
    if value.constant:
        return column if column.drop_nulls().head(1).str.contains(SUSPECT).any() else None
    if len(value.cells) == 1:
        differs = column.ne_missing(cells.get_column(value.cells[0]))
        if not differs.any():
            return None
        column = pl.select(pl.when(differs).then(column)).to_series()
    return column if column.str.contains(SUSPECT).any() else None


def _large(numbers: pl.Series) -> pl.Series | None:
    large = numbers.abs() >= SMALLEST
    return pl.select(pl.when(large).then(numbers.cast(pl.String))).to_series() if large.any() else None


def _add_parts(parts: dict[str, pl.Series], cells: Sequence[pl.Series], texts: pl.Series, hit: pl.Series) -> None:
    """Tell what is written instead of the cells that make cards of the texts."""
    rows = hit.arg_true()
    held = [column.gather(rows).to_list() for column in cells]
    whole = list(zip(texts.gather(rows).to_list(), *held, strict=True))
    written = {row: _written(*row) for row in dict.fromkeys(whole)}
    for position, column in enumerate(cells):
        name = column.name
        told = [written[row][position] for row in whole]
        if any(text is not None for text in told):
            none = pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(column))
            masked = none.scatter(rows, pl.Series(told, dtype=pl.String))
            parts[name] = masked if name not in parts else parts[name].zip_with(parts[name].is_not_null(), masked)


def _written(text: str, *cells: str | None) -> tuple[str | None, ...]:
    """Give for each cell what is written instead of it; None where it is no part of a card that no cell holds whole."""
    known = {number for cell in cells if cell is not None for number in card_numbers(cell)}
    made = [number for number in card_numbers(text) if number not in known]
    digits = [digits_of(cell or "") for cell in cells]
    instead: list[str | None] = [None] * len(cells)
    for number in made:
        for position in _parts_of(number, digits):
            instead[position] = masked_form(number)
    return tuple(instead)


def _parts_of(number: str, digits: Sequence[str]) -> Iterable[int]:
    """Give which cells make a number: those whose digits are a piece of it; all with digits if these fall short."""
    filled = [position for position, text in enumerate(digits) if text]
    pieces = [position for position in filled if digits[position] in number]
    return pieces if sum(len(digits[position]) for position in pieces) >= len(number) else filled
