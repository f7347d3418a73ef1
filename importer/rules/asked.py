"""What a column's distinct cells come to: values, failures and doubts, asked once as long as the cells are the same.

From batch to batch they mostly are, and to put a hundred small questions costs as much as some thousand rows. What is
only to be judged need not be spread over the rows at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.field import Kind
from importer.rules.cards import SUSPECT
from importer.rules.fields import control_failure
from importer.value import given_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.rules.distinct import Distinct
    from importer.value import Failure, Value

NO_CARDS = frozenset({Kind.DATE, Kind.DATETIME, Kind.BOOLEAN, Kind.ENUM, Kind.MONTH})
"""Kinds whose canonical values can't be card numbers."""
SMALLEST = 10**12
"""The least number of 13 digits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one value is for each distinct cell of its column, null among them; all series are as long."""

    column: Distinct
    values: pl.Series
    given: pl.Series | None
    """Boolean, where the value says `given`."""
    failed: tuple[pl.Series, ...]
    """Boolean, by code: the failures of the steps that hold for some cell."""
    broken: tuple[pl.Series, ...]
    """The same of the rules about one value."""
    control: pl.Series | None
    """The same of the rule about control characters."""
    filled: pl.Series
    """Boolean: whether the cell is filled, and none of these but `control` holds."""
    may_have_card: bool
    """Whether one of the values could be a full card number."""

    def spread(self, answers: pl.Series) -> pl.Series:
        """Give for each row what is answered for its cell."""
        return answers.gather(self.column.places)


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept from batch to batch; on any thread, since all that is put in is whole."""

    kinds: dict[str, pl.Enum] = field(default_factory=dict)
    """By column, its distinct cells, as `find_distinct` has them."""
    answers: dict[str, tuple[pl.Enum, dict[str, Answer]]] = field(default_factory=dict)
    """By column, what those cells come to, by place."""


def ask(
    few: Mapping[str, Distinct], values: Sequence[Value], rules: Mapping[str, Sequence[Failure]], known: Known
) -> dict[str, Answer]:
    """Give by place the answers for all values that one column of few distinct cells decides.

    `rules` holds by place the rules about one value; they and the values are the same for all that is `known`.
    """
    of_column: dict[str, list[Value]] = {}
    for value in values:
        if len(value.reads) == 1 and value.reads[0] in few:
            of_column.setdefault(value.reads[0], []).append(value)
    found: dict[str, Answer] = {}
    for name, its_values in of_column.items():
        column = few[name]
        kind, answers = known.answers.get(name, (None, {}))
        if kind is not column.kind:
            # Of no rows: what is kept must not keep a batch.
            answers = _ask(name, replace(column, column=column.column.clear()), its_values, rules)
            known.answers[name] = column.kind, answers
        found |= {place: replace(answer, column=column) for place, answer in answers.items()}
    return found


def _ask(
    name: str, column: Distinct, values: Sequence[Value], rules: Mapping[str, Sequence[Failure]]
) -> dict[str, Answer]:
    # Null is asked of in any case: the next batch may have a blank where this one has none.
    cells = column.kind.categories.alias("cell").extend_constant(None, 1)
    given = [value.given.alias(given_column(value.place)) for value in values if value.given is not None]
    steps = [_named(failure) for value in values for failure in value.failures]
    asked = pl.DataFrame([cells.alias(name)]).lazy().select(
        *(value.expr.alias(value.place) for value in values), *given, *steps
    ).collect(engine="in-memory")  # fmt: skip  # one frame, its columns side by side
    judged = asked.select(
        *(_named(rule) for value in values for rule in rules[value.place]),
        *(_named(control_failure(value)) for value in values if asked.schema[value.place] == pl.String),
    )
    return {value.place: _answer(value, column, cells, asked, judged) for value in values}


def _answer(value: Value, column: Distinct, cells: pl.Series, asked: pl.DataFrame, judged: pl.DataFrame) -> Answer:
    answers = asked.get_column(value.place)
    control = f"{value.place}|control"
    failed = [flag for failure in value.failures if (flag := asked.get_column(failure.code)).any()]
    about = [flag for flag in judged if flag.name.rpartition("|")[0] == value.place and flag.name != control]
    broken = [flag for flag in about if flag.any()]
    filled = cells.is_not_null() & (cells != "").fill_null(value=False) & answers.is_not_null()
    for flag in (*failed, *broken):
        filled &= ~flag
    return Answer(
        column=column,
        values=answers,
        given=None if value.given is None else asked.get_column(given_column(value.place)),
        failed=tuple(failed),
        broken=tuple(broken),
        control=flag if control in judged.columns and (flag := judged.get_column(control)).any() else None,
        filled=filled,
        may_have_card=value.field.kind not in NO_CARDS and _may_have_card(answers),
    )


def _may_have_card(answers: pl.Series) -> bool:
    # Polars takes equal series of nulls for one, so that a column without a value may have another's type.
    if answers.null_count() == len(answers):
        return False
    if answers.dtype == pl.String:
        return bool(answers.str.contains(SUSPECT).any())
    return answers.dtype != pl.Boolean and bool((answers.abs() >= SMALLEST).any())


def _named(failure: Failure) -> pl.Expr:
    return failure.when.fill_null(value=False).alias(failure.code)
