"""The page that shows rows as they would be sent, side by side with their cells, as wide as the terminal.

Masked, a text keeps only its form: every letter is an x, every digit a #. Nothing in a cell can move the cursor or
colour the terminal: what is not printable is written as an escape.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from importer.preview.text import cut, fitted, mask, visible, wide
from importer.rules import hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.prepare.preview import ShownField, ShownRow

NARROW = 72
"""Terminals of fewer columns have the cells under the fields."""
NARROWEST = 20
_NAMES = 0.24
"""The share of the width that the names of columns get at most, and those of fields."""
_GAPS = len("    ->    ")


def preview_page(rows: Sequence[ShownRow], *, width: int, unmasked: bool) -> str:
    """Give the rows as text whose lines are at most `width` columns wide, but at least 20.

    A line's right side is what is sent of a field, its left side the cells; a rejected row has its reasons in their
    place, and below what each means. Cells and values are masked unless `unmasked`; full card numbers always are.
    """
    width = max(width, NARROWEST)
    several = len({row.source for row in rows}) > 1
    told = (
        "As it would be sent" if unmasked else "As it would be sent, masked (letters x, digits #; --unmasked shows all)"
    )
    many = "the first row" if len(rows) == 1 else f"the first {len(rows):,} rows"
    lines = textwrap.wrap(f"{told}: {many}.", width)
    for row in rows:
        page = _Page(width, unmasked=unmasked)
        lines += ["", *page.head(row, several=several), *page.body(row), *page.foot(row)]
    return "\n".join(lines) + "\n"


class _Page:
    """How one row is laid out."""

    def __init__(self, width: int, *, unmasked: bool) -> None:
        self._width = width
        self._unmasked = unmasked

    def head(self, row: ShownRow, *, several: bool) -> list[str]:
        where = f"{visible(row.source)}, " if several else ""
        how = "rejected" if row.reasons else "an update of its id" if row.is_update else "a create, if it is new"
        return textwrap.wrap(f"{where}row {row.row:,} (line {row.line:,}): {how}", self._width)

    def body(self, row: ShownRow) -> Iterator[str]:
        if row.raw is not None:
            yield cut(f"  {self._shown(row.raw)}", self._width)
        if self._width < NARROW:
            for field in row.fields:
                yield from self._stacked(field)
        else:
            yield from self._beside(row.fields)

    def foot(self, row: ShownRow) -> Iterator[str]:
        for code in row.reasons:
            yield from textwrap.wrap(visible(hint(code)), self._width, initial_indent="  ! ", subsequent_indent="    ")

    def _stacked(self, field: ShownField) -> Iterator[str]:
        yield cut(f"  {visible(field.place)} -> {self._sent(field)}", self._width)
        for column, cell in self._cells(field):
            yield cut(f"    {column}: {cell}", self._width)

    def _beside(self, fields: Sequence[ShownField]) -> Iterator[str]:
        columns = [column for field in fields for column, _ in self._cells(field)]
        most = int(self._width * _NAMES)
        left = min(most, max(map(wide, columns), default=0))
        right = min(most, max((wide(visible(field.place)) for field in fields), default=0))
        half = (self._width - left - right - _GAPS) // 2
        for field in fields:
            for number, (column, cell) in enumerate(self._cells(field) or [("", "")]):
                line = f"  {fitted(column, left)}  {fitted(cell, half)}"
                if number == 0:
                    line += f" -> {fitted(visible(field.place), right)}  {cut(self._sent(field), half)}"
                yield line.rstrip()

    def _sent(self, field: ShownField) -> str:
        for mark, codes in (("!", field.reasons), ("left out:", field.dropped)):
            if codes:
                return f"{mark} {', '.join(code.rpartition('|')[2] for code in codes)}"
        if field.sent is None:
            return ""
        return visible(field.sent) if field.fixed else self._shown(field.sent)

    def _cells(self, field: ShownField) -> list[tuple[str, str]]:
        """Give column and cell, of several columns those that are filled."""
        told = [(column, cell) for column, cell in field.cells if cell] or list(field.cells[:1])
        return [(visible(column), self._shown(cell)) for column, cell in told]

    def _shown(self, text: str) -> str:
        return visible(text if self._unmasked else mask(text))
