"""Makes of a plan what is to be sent: tasks, in row order, a few thousand at a time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger import Ledger, Namespace, adopt
from importer.outcome import Action
from importer.plan.parts import part_names, part_number, read_part
from importer.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BODIES = ["source", "row", "key", "body", "update_body", "fingerprint"]
SLICE = 5_000
"""Bodies read at a time, so that memory stays flat."""


def adopt_ids(parts: Path, plans: Path, ledger: Ledger, namespace: Namespace, run: int) -> None:
    """Before sending: let the ledger's ids follow the unchanged rows that brought their own. Raises StateError."""
    for name in part_names(plans):
        rows = read_part(plans / name, ["contact_id", "adopts"]).with_row_index("position")
        if rows["adopts"].any():
            keys = read_part(parts / name, ["key"])
            rows = pl.concat([rows, keys], how="horizontal").filter("adopts")
            adopt(ledger, namespace.id, run, rows.with_columns(part=pl.lit(part_number(name))))


def tasks(
    parts: Path, plans: Path, outcomes: Callable[[int], pl.DataFrame], limit: int | None = None
) -> Iterator[list[Task]]:
    """Give the rows to be sent, in row order, at most 5,000 at a time and at most `limit` in all.

    `outcomes` gives, by part number, what `ledger.outcomes` says of this run so far: a row that is settled is left out,
    one that isn't brings its attempts. It is asked as each part begins. Raises StateError when a file can't be read.
    """
    left = limit
    for name in part_names(plans):
        for slice_ in _to_send(parts, plans, name, outcomes(part_number(name))):
            some = list(islice(slice_, left))
            if some:
                yield some
            if left is not None:
                left -= len(some)
                if left <= 0:
                    return


def _to_send(parts: Path, plans: Path, name: str, known: pl.DataFrame) -> Iterator[Iterator[Task]]:
    chosen = (
        read_part(plans / name, ["action", "contact_id"])
        .with_row_index("position")
        .with_columns(pl.col("position").cast(pl.Int64))
        .join(known.select("position", "settled", "attempts"), on="position", how="left", maintain_order="left")
        .filter(
            pl.col("action").is_in([Action.CREATE.value, Action.UPDATE.value]),
            ~pl.col("settled").fill_null(value=False),
        )
    )
    for (start,), rows in chosen.group_by(pl.col("position") // SLICE * SLICE, maintain_order=True):
        bodies = read_part(parts / name, BODIES, start, SLICE).with_columns(
            position=pl.int_range(pl.len(), dtype=pl.Int64) + start
        )
        yield _tasks_of(part_number(name), rows.join(bodies, on="position", how="left", maintain_order="left"))


def _tasks_of(part: int, rows: pl.DataFrame) -> Iterator[Task]:
    creating = pl.col("action") == Action.CREATE
    cells = rows.select(
        "position",
        "source",
        "row",
        "action",
        "key",
        pl.when(~creating).then("contact_id").alias("contact_id"),
        pl.when(creating).then("body").otherwise(pl.coalesce("update_body", "body")).cast(pl.Binary).alias("body"),
        "fingerprint",
        pl.col("attempts").fill_null(0),
    )
    for position, source, row, action, *rest in cells.iter_rows():
        yield Task(part, position, source, row, Action.CREATE if action == "create" else Action.UPDATE, *rest)
