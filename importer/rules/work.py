"""Works out a mapping's values and the failures of its steps; what distinct cells decide is spread over the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.value import given_column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.rules.asked import Answer
    from importer.value import Value

ROW = "|row"
"""The column that keeps the height where all values are constants."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What the steps make of a batch."""

    values: pl.DataFrame
    """`|row`, a column for each value that is wanted by row, named by its place, and `given_column(place)` where such a
    value says `given`."""
    failed: dict[str, pl.Series]
    """By its code, in model order, where a failure of the steps holds: those that hold for some cell."""
    asked: Mapping[str, Answer]
    """By its place, for a value that a column of few distinct cells decides, what it is for these."""

    def dtype(self, place: str) -> pl.DataType:
        """Give the type of a value."""
        return self.asked[place].values.dtype if place in self.asked else self.values.schema[place]

    def spread(self, names: Collection[str] | None) -> list[pl.Series]:
        """Give by row those of the names that are not, of values in `asked`: places and `given_column(place)`."""
        return [
            answer.spread(series).alias(name)
            for place, answer in self.asked.items()
            for name, series in ((place, answer.values), (given_column(place), answer.given))
            if series is not None and (names is None or name in names) and name not in self.values.columns
        ]


def work_out(
    cells: pl.DataFrame, values: Sequence[Value], asked: Mapping[str, Answer], wanted: Collection[str] | None = None
) -> Worked:
    """Work out the values of a batch and the failures of their steps.

    Of the values in `asked` only those in `wanted` (all if None) are given by row.
    An expression of a value looks at one row alone, and a failure of its steps holds only where the value is null
    (`importer.value.Value`): so of other values failures are asked only of the cells that gave none.
    """
    by_row = [value for value in values if value.place not in asked]
    made = cells.lazy().select(
        pl.int_range(pl.len()).alias(ROW), *(value.expr.alias(value.place) for value in by_row), *_given(by_row)
    ).collect(engine="in-memory")  # fmt: skip  # one frame, its columns side by side
    failed: dict[str, pl.Series] = {}
    for value in values:
        if value.place in asked:
            answer = asked[value.place]
            failed |= {flag.name: answer.spread(flag) for flag in answer.failed}
        elif value.failures:
            failed |= _failed(cells, made.get_column(value.place).is_null(), value)
    worked = Worked(made, failed, asked)
    return replace(worked, values=made.hstack(worked.spread(wanted)))


def _given(values: Sequence[Value]) -> Iterator[pl.Expr]:
    for value in values:
        if value.given is not None:
            yield value.given.alias(given_column(value.place))


def _failed(cells: pl.DataFrame, blank: pl.Series, value: Value) -> dict[str, pl.Series]:
    """Give by its code where each failure holds; it can only where the value is null."""
    roots = pl.DataFrame([cells.get_column(name) for name in value.reads])
    rows, alike = blank.arg_true(), None
    if len(value.reads) == 1:
        # What one column decides is the same for all its nulls, so that one of them is asked for all.
        empty = roots.to_series().alias("cell").is_null()
        rows, alike = (blank & ~empty).arg_true(), (blank & empty).arg_true()
        rows = rows.append(alike.head(1))
    flags = roots[rows].select(failure.when.fill_null(value=False).alias(failure.code) for failure in value.failures)
    nowhere = pl.repeat(value=False, n=cells.height, dtype=pl.Boolean, eager=True)
    found = {flag.name: nowhere.clone().scatter(rows, flag).alias(flag.name) for flag in flags if flag.any()}
    if alike is not None and len(alike):
        found |= {code: flag.scatter(alike, flag[alike[0]]).alias(code) for code, flag in found.items()}
    return found
