"""Runs the examples that a mapping carries: their cells go the way of every row, and what comes out is compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.mapping.places import mapping_columns
from importer.prepare.batch import judge_batch, make_bodies
from importer.source import Batch, BatchRef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from importer.mapping.compile import Compiled
    from importer.mapping.load import Loaded
    from importer.mapping.model import Example


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one example."""

    name: str
    differences: tuple[str, ...]
    """What came out otherwise than it says, a place a line; none when it came out as it says."""


def run_examples(loaded: Loaded, compiled: Compiled, today: date) -> tuple[Verdict, ...]:
    """Run the examples of a mapping, each as if it were the only row.

    `today` is the date before which births must lie. Nothing that only a whole file tells (repeated keys, unique
    fields) is judged.
    """
    examples: tuple[Example, ...] = loaded.mapping.tests
    if not examples:
        return ()
    judged = judge_batch(_batch(loaded, examples), compiled, today)
    part, bodies = make_bodies(judged, compiled)
    rows = part.select("reasons", "dropped").hstack(bodies).iter_rows(named=True)
    return tuple(
        Verdict(example.name or f"example {number}", tuple(_differences(example, row)))
        for number, (example, row) in enumerate(zip(examples, rows, strict=True), 1)
    )


def _batch(loaded: Loaded, examples: tuple[Example, ...]) -> Batch:
    columns = mapping_columns(loaded.mapping)
    # A column nobody reads keeps the height where the mapping reads none.
    cells = pl.DataFrame(
        {column: [example.cells.get(column) for example in examples] for column in ("", *columns)},
        schema=dict.fromkeys(("", *columns), pl.String),
    )
    meta = pl.DataFrame({"row": range(1, len(examples) + 1)}, schema={"row": pl.Int64}).with_columns(
        line=pl.col("row"), shape=pl.lit(None, pl.String), raw=pl.lit(None, pl.String)
    )
    return Batch(BatchRef(0, 0, 0, 0, 1, 1, len(examples)), cells, meta)


def _differences(example: Example, row: dict[str, Any]) -> Iterator[str]:
    reasons, dropped = ((row[name] or "").split() for name in ("reasons", "dropped"))
    yield from _listed("reasons", example.reasons or (), reasons)
    yield from _listed("dropped", example.dropped or (), dropped)
    if not reasons and not example.reasons:
        for name, said, made in (
            ("body", example.body, row["body"]),
            ("update", example.update, row["update_body"] or row["body"]),
        ):
            if said is not None:
                yield from _compare(name, said, json.loads(made, parse_float=Decimal))


def _listed(what: str, said: tuple[str, ...], found: list[str]) -> Iterator[str]:
    yield from (f"{what}: {code} is missing" for code in said if code not in found)
    yield from (f"{what}: {code} was not expected" for code in found if code not in said)


def _compare(place: str, said: Any, found: Any) -> Iterator[str]:  # noqa: ANN401  # JSON can be anything
    if isinstance(said, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*said, *found)):
            inner = f"{place}.{key}"
            if key not in found:
                yield f"{inner}: expected {_shown(said[key])}, but it is left out"
            elif key not in said:
                yield f"{inner}: {_shown(found[key])} was not expected"
            else:
                yield from _compare(inner, said[key], found[key])
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, (one, other) in enumerate(zip(said, found, strict=True)):
            yield from _compare(f"{place}[{number}]", one, other)
    elif said != found or isinstance(said, bool) != isinstance(found, bool):  # Python holds true and 1 for equal
        yield f"{place}: expected {_shown(said)}, got {_shown(found)}"


def _shown(value: Any) -> str:  # noqa: ANN401  # JSON can be anything
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_shown(key)}: {_shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
