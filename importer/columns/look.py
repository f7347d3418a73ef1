"""What a column's cells look like: counted by sign, mergeable over batches, with rows as examples and never a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.columns.seen import MOST_EXAMPLES, NONE, Row, Seen, add_seen
from importer.columns.signs import (
    DATE_SIGNS,
    DIGITS,
    NUMBER_SIGNS,
    NUMBERLIKE,
    SAME_ORDER,
    SPOILED,
    Sign,
    blank_word,
    guarded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

STRIDE = 1_000
"""Cells that are searched at a time for the first examples."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in some cells of one column; looks at different cells add up with `+`."""

    looked: int = 0
    """Cells looked at, blank ones too."""
    filled: int = 0
    """Of them, those that hold more than white space."""
    signs: Mapping[Sign, Seen] = field(default_factory=dict)
    digits: Mapping[int, Seen] = field(default_factory=dict)
    """Cells of nothing but ASCII digits, by how many."""
    blanks: Mapping[str, Seen] = field(default_factory=dict)
    """Cells that are a word for nothing (signs.BLANK_WORDS), by how they write it; such a word is nobody's datum."""

    def __add__(self, other: Look) -> Look:
        return Look(
            self.looked + other.looked,
            self.filled + other.filled,
            add_seen(self.signs, other.signs),
            add_seen(self.digits, other.digits),
            add_seen(self.blanks, other.blanks),
        )

    def seen(self, sign: Sign) -> Seen:
        """Give how often and where a sign was seen."""
        return self.signs.get(sign, NONE)

    def count(self, sign: Sign) -> int:
        """Give how often a sign was seen."""
        return self.seen(sign).count


def look_at(cells: pl.Series, rows: pl.Series, *, source: int = 0, dates: bool = False) -> Look:
    """Look at some cells of a column.

    `cells` (String; null and "" are blank) and `rows` (Int64, rising: the record each cell is of) are equally long,
    `source` is the index of their file. Signs of dates are looked for only with `dates`. Each call has a price of its
    own, so better few calls with many cells.
    """
    # A column may be called what Polars takes for a pattern.
    cells, rows, text = cells.alias("cell"), rows.alias("row"), pl.col("text")
    counted = cells.value_counts(name="count").lazy().with_columns(text=pl.col("cell").str.strip_chars())
    forms = DATE_SIGNS if dates else {}
    flags = (
        counted.filter(text.str.len_bytes() > 0)
        .with_columns(
            text.str.contains(NUMBERLIKE).alias("number"),
            blank_word(text).alias("blank"),
            guarded(text).alias(Sign.GUARDED),
            text.str.contains(SPOILED).alias(Sign.SPOILED),
            *(text.str.contains(form).alias(sign) for sign, form in forms.items()),
        )
        .collect(engine="in-memory")
    )
    place = _Place(cells, rows, source)
    signs = {sign: place.seen(flags.filter(sign)) for sign in (Sign.GUARDED, Sign.SPOILED, *forms) if flags[sign].any()}
    if Sign.EITHER_ORDER in signs:
        signs[Sign.EITHER_ORDER] = place.seen(flags.filter(Sign.EITHER_ORDER, ~text.str.contains(SAME_ORDER)))
    digits: dict[int, Seen] = {}
    if flags["number"].any():
        digits, more = _numbers(flags.filter("number"), place)
        signs |= more
    return Look(
        looked=len(cells),
        filled=int(flags["count"].sum()),
        signs={sign: seen for sign, seen in signs.items() if seen.count},
        digits=digits,
        blanks={str(one["text"][0]): place.seen(one) for one in flags.filter("blank").partition_by("text")}
        if flags["blank"].any()
        else {},
    )


def _numbers(numbers: pl.DataFrame, place: _Place) -> tuple[dict[int, Seen], dict[Sign, Seen]]:
    """Look at the distinct texts that are like numbers: those of digits alone by length, and signs of all."""
    text, width = pl.col("text"), pl.col("width")
    marked = (
        numbers.lazy()
        .with_columns(
            pl.when(text.str.contains(DIGITS)).then(text.str.len_bytes()).alias("width"),
            *(text.str.contains(form).alias(sign) for sign, form in NUMBER_SIGNS.items()),
        )
        .with_columns(((width > 1) & text.str.starts_with("0")).fill_null(value=False).alias(Sign.LED_BY_ZERO))
        .collect(engine="in-memory")
    )
    signs = (*NUMBER_SIGNS, Sign.LED_BY_ZERO)
    found = {sign: place.seen(marked.filter(sign)) for sign in signs if marked[sign].any()}
    return place.seen_by(marked.filter(width.is_not_null()).select("cell", "width")), found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cells looked at stand."""

    cells: pl.Series
    rows: pl.Series
    source: int

    def seen(self, carriers: pl.DataFrame) -> Seen:
        """Count the cells of some distinct ones, and find the first of them."""
        count = int(carriers["count"].sum())
        named: list[Row] = []
        for start in range(0, len(self.cells), STRIDE):
            some = self.cells.slice(start, STRIDE).is_in(carriers["cell"].implode()).arg_true()
            named += [(self.source, int(self.rows[start + at])) for at in some.head(MOST_EXAMPLES - len(named))]
            if len(named) >= min(count, MOST_EXAMPLES):
                break
        return Seen(count, tuple(named))

    def seen_by(self, carriers: pl.DataFrame) -> dict[int, Seen]:
        """Count the cells of some distinct ones by their `width`, and find the first of each."""
        if carriers.is_empty():
            return {}
        widths = self.cells.replace_strict(carriers["cell"], carriers["width"], default=None)
        found = (
            pl.LazyFrame([widths.alias("width"), self.rows.alias("row")])
            .drop_nulls("width")
            .group_by("width")
            .agg(count=pl.len(), rows=pl.col("row").head(MOST_EXAMPLES))
            .sort("width")
            .collect(engine="in-memory")
        )
        return {
            width: Seen(count, tuple((self.source, row) for row in rows)) for width, count, rows in found.iter_rows()
        }
