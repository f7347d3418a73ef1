"""How each mapped field fared over a run's rows: filled, rejected, dropped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from importer.ledger import ROWS, ColumnCount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from importer.prepare.batch import JudgedBatch
    from importer.value import Value


def count_filled(judged: JudgedBatch, values: Sequence[Value]) -> dict[str, int]:
    """Count, by place, the rows of a batch whose own cells gave a value; constants are no matter of the source.

    Rejected rows count as well: a field that only they have is not lost. A default fills no cell.
    """
    cells, by_row = judged.batch.cells, [value for value in values if value.place in judged.values.columns]
    used = {name for value in by_row for name in value.cells}
    # By another name: a series is asked by its name too, and `*` or `^…$` would be taken for a pattern.
    filled = {name: (cell := cells.get_column(name).alias("cell")).is_not_null() & (cell != "") for name in used}
    counted = {
        value.place: int((_any(filled[name] for name in value.cells) & judged.values[value.place].is_not_null()).sum())
        for value in by_row
        if value.cells
    }
    return {value.place: (judged.filled | counted)[value.place] for value in values if value.cells}


def _any(columns: Iterable[pl.Series]) -> pl.Series:
    first, *others = columns
    for other in others:
        first = first | other
    return first


class FieldTally:
    """Counts that grow part by part."""

    def __init__(self, filled: Mapping[str, int]) -> None:
        """Begin with the rows in which each place is filled."""
        self._filled = filled
        self._rejected: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def add(self, reasons: pl.Series, dropped: pl.Series) -> None:
        """Count the codes of some rows (String, parted by a blank; null for none); a row counts once a place."""
        # Of a rejected row nothing is sent, so nothing is left out of it either.
        for counter, codes in ((self._rejected, reasons), (self._dropped, dropped.filter(reasons.is_null()))):
            for text, count in codes.drop_nulls().value_counts().iter_rows():
                places = {code.partition("|")[0] for code in text.split(" ")} | {ROWS}
                counter.update(dict.fromkeys(places, count))

    def counts(self, read: int) -> tuple[ColumnCount, ...]:
        """Give the count of all rows, which are `read`, and that of each place."""
        rejected, dropped = self._rejected, self._dropped
        whole = ColumnCount(ROWS, read - rejected[ROWS], rejected[ROWS], dropped[ROWS])
        return (whole, *(ColumnCount(place, n, rejected[place], dropped[place]) for place, n in self._filled.items()))
