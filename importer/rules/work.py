"""Works out a mapping's values and the failures of its steps, asking each distinct cell once where that is cheaper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.value import given_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.rules.distinct import Distinct
    from importer.value import Value

ROW = "|row"
"""The column that keeps the height where all values are constants."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What the steps make of a batch."""

    values: pl.DataFrame
    """`|row`, a column for each value, named by its place, and `given_column(place)` where a value says `given`."""
    failed: dict[str, pl.Series]
    """By its code, in model order, where a failure of the steps holds: those that hold in some row."""
    distinct: dict[str, pl.Series]
    """By its place, for a value worked out once for each distinct cell: all that it can be, and perhaps more."""


def work_out(cells: pl.DataFrame, values: Sequence[Value], few: Mapping[str, Distinct]) -> Worked:
    """Work out the values of a batch and the failures of their steps.

    `few` are the columns with few distinct cells. An expression of a value looks at one row alone, and a failure of its
    steps holds only where the value is null (`importer.value.Value`): so what one column decides is asked of its
    distinct cells, and failures only of the cells that gave no value.
    """
    roots = {value.place: value.reads for value in values}
    once = {value.place: few[roots[value.place][0]] for value in values if _is_of(roots[value.place], few)}
    asked = _ask(few, [value for value in values if value.place in once])
    made = cells.lazy().select(
        pl.int_range(pl.len()).alias(ROW),
        *(
            pl.lit(asked[value.place]).gather(pl.lit(once[value.place].places)).alias(value.place)
            if value.place in once
            else value.expr.alias(value.place)
            for value in values
        ),
        *(
            pl.lit(asked[given_column(value.place)]).gather(pl.lit(once[value.place].places))
            if value.place in once
            else given
            for value, given in _given(values)
        ),
    ).collect(engine="in-memory")  # fmt: skip  # one frame, its columns side by side
    failed: dict[str, pl.Series] = {}
    for value in values:
        if value.place in once:
            flags = asked.select(failure.code for failure in value.failures)
            places = once[value.place].places
            failed |= {flag.name: flag.gather(places) for flag in flags if flag.any()}
        elif value.failures:
            failed |= _failed(cells, roots[value.place], made.get_column(value.place).is_null(), value)
    return Worked(made, failed, {place: asked.get_column(place) for place in once})


def _is_of(roots: Sequence[str], few: Mapping[str, Distinct]) -> bool:
    return len(roots) == 1 and roots[0] in few


def _ask(few: Mapping[str, Distinct], values: Sequence[Value]) -> pl.DataFrame:
    """Give values and failures for the distinct cells of each column; a short column's rest means nothing."""
    height = max((len(column.cells) for column in few.values()), default=0)
    padded = pl.DataFrame(
        [column.cells.extend_constant(None, height - len(column.cells)).alias(name) for name, column in few.items()]
    )
    return padded.lazy().select(
        *(value.expr.alias(value.place) for value in values), *(given for _, given in _given(values)), *_named(values)
    ).collect(engine="in-memory")  # fmt: skip


def _given(values: Sequence[Value]) -> Iterator[tuple[Value, pl.Expr]]:
    for value in values:
        if value.given is not None:
            yield value, value.given.alias(given_column(value.place))


def _failed(cells: pl.DataFrame, roots: Sequence[str], blank: pl.Series, value: Value) -> dict[str, pl.Series]:
    """Give by its code where each failure holds; it can only where the value is null."""
    doubtful = cells.select(cells.get_column(name) for name in roots).filter(blank)
    flags = doubtful.select(_named([value]))
    rows = blank.arg_true()
    nowhere = pl.repeat(value=False, n=cells.height, dtype=pl.Boolean, eager=True)
    return {flag.name: nowhere.scatter(rows, flag).alias(flag.name) for flag in flags if flag.any()}


def _named(values: Sequence[Value]) -> Iterator[pl.Expr]:
    for value in values:
        for failure in value.failures:
            yield failure.when.fill_null(value=False).alias(failure.code)
