"""The way of one row's cells: what each step of each field makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.mapping.model import TYPES
from importer.mapping.places import places
from importer.mapping.steps.text import text_of
from importer.prepare.batch import judge_batch
from importer.rules import mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from importer.mapping.compile import Compiled
    from importer.mapping.model import FieldMap, Mapping
    from importer.mapping.places import Place
    from importer.source import Batch
    from importer.value import Value

TEXT_STEPS = ("strip", "fold", "replace", "match", "case", "pad")
"""In the order in which they are taken, after trim and blank."""
BEFORE = {"strip": None, "fold": False, "replace": None, "match": None, "case": None, "pad": None}


@dataclass(frozen=True, slots=True)
class Step:
    """What a step makes of a field; None: blank."""

    name: str
    result: str | None


@dataclass(frozen=True, slots=True)
class FieldWay:
    """One mapped field of a row, full card numbers masked."""

    place: str
    cells: tuple[tuple[str, str | None], ...]
    """Column and cell, as it came."""
    steps: tuple[Step, ...]
    broken: tuple[str, ...]
    """The codes of the rules that it breaks."""
    constant: bool
    """Whether its value is the mapping's own word."""


def follow(batch: Batch, position: int, mapping: Mapping, compiled: Compiled, *, today: date) -> tuple[FieldWay, ...]:
    """Follow the row at `position` of a batch through every field; `today` is when the run was made."""
    one = replace(batch, cells=batch.cells.slice(position, 1), meta=batch.meta.slice(position, 1))
    judged = judge_batch(one, compiled, today)
    (row,) = judged.rows.iter_rows(named=True)
    (values,) = judged.values.iter_rows(named=True)
    (cells,) = one.cells.iter_rows(named=True)
    codes = [code for name in ("reasons", "dropped") for code in (row[name] or "").split()]
    return tuple(
        FieldWay(
            place=value.place,
            cells=tuple((column, _masked(cells[column])) for column in value.cells),
            steps=tuple(_steps(one.cells, place, value, values[value.place], mapping)),
            broken=tuple(code for code in codes if code.rpartition("|")[0] == value.place),
            constant=value.constant,
        )
        for place, value in zip(places(mapping), compiled.values, strict=True)
    )


def _steps(cells: pl.DataFrame, place: Place, value: Value, made: object, mapping: Mapping) -> Iterator[Step]:
    said = place.map
    if said.value is not None:
        yield Step("value", said.value)
        return
    taken = [name for name in TEXT_STEPS if getattr(said, name) != BEFORE[name]]
    for number in range(len(taken) + 1):
        text = _text(cells, said, taken[:number], mapping)
        yield Step(taken[number - 1] if number else _origin(said), text)
    if last := _last(said, value):
        yield Step(last, None if made is None else _masked(_told(made)))


def _text(cells: pl.DataFrame, said: FieldMap, steps: list[str], mapping: Mapping) -> str | None:
    later: dict[str, Any] = {name: BEFORE[name] for name in TEXT_STEPS if name not in steps}
    worked = text_of(said.model_copy(update=later), mapping.source.blank)
    return _masked(cells.select(worked.value.cast(pl.String)).item())


def _origin(said: FieldMap) -> str:
    taken = "sql" if said.sql is not None else "join" if said.join is not None else "cell"
    return f"{taken}, trimmed" if said.trim else taken


def _last(said: FieldMap, value: Value) -> str:
    names = [name for name in ("values", *TYPES) if getattr(said, name) is not None]
    names += ["default"] if said.default is not None else []
    return ", ".join(names) or ("" if value.field.kind in ("text", "uuid") else value.field.kind.value)


def _told(made: object) -> str:
    return str(made).lower() if isinstance(made, bool) else str(made)


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_text(text)
