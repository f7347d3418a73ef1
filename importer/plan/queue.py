"""Makes of a plan what is to be sent: tasks, in row order, a few thousand at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.earlier import UPDATE_ONLY
from importer.folder import check_file, read_frame
from importer.ledger import Ledger, Namespace, adopt
from importer.outcome import Action
from importer.plan.parts import part_names, part_number
from importer.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NAMED = ["source", "row", "key", "fingerprint", "carried"]


def adopt_ids(parts: Path, plans: Path, ledger: Ledger, namespace: Namespace, run: int) -> None:
    """Before sending: let the ledger's ids follow the unchanged rows that brought their own. Raises StateError."""
    for name in part_names(plans):
        rows = read_frame(plans / name, ["contact_id", "adopts"]).with_row_index("position")
        if rows["adopts"].any():
            keys = read_frame(parts / name, ["key"])
            rows = pl.concat([rows, keys], how="horizontal").filter("adopts")
            adopt(ledger, namespace.id, run, rows.with_columns(part=pl.lit(part_number(name))))


def tasks(
    parts: Path,
    plans: Path,
    outcomes: Callable[[int], pl.DataFrame],
    *,
    chunk: int = 5_000,
    sums: Mapping[str, int] | None = None,
    only: pl.DataFrame | None = None,
) -> Iterator[list[Task]]:
    """Give the rows to be sent, in row order, taken from at most `chunk` rows at a time so that memory stays flat.

    `only` names them by `part` and `position` where not all are wanted.

    `outcomes` gives, by part, what the ledger says of this run: a row that is settled is left out, one that isn't
    brings its attempts. `sums` are those of the files (`Kept.sums`), looked at before anything of a part is given.
    Raises StateError when a file can't be read, or is not what was written.
    """
    for name in part_names(plans):
        number = part_number(name)
        for path in (plans / name, parts / name, parts / f"bodies-{name}"):
            check_file(path, sums or {})
        for start, rows in _to_send(plans / name, outcomes(number), chunk, _among(only, number)):
            named = read_frame(parts / name, NAMED, start, chunk).with_row_index("position", start)
            bodies = read_frame(parts / f"bodies-{name}", None, start, chunk)
            whole = pl.concat([named, bodies], how="horizontal")
            joined = rows.join(whole, on="position", how="left", maintain_order="left")
            yield list(_tasks_of(number, joined))


def _among(only: pl.DataFrame | None, part: int) -> pl.Expr:
    if only is None:
        return pl.lit(value=True)
    return pl.col("position").is_in(only.filter(pl.col("part") == part)["position"].implode())


def _to_send(planned: Path, done: pl.DataFrame, chunk: int, among: pl.Expr) -> Iterator[tuple[int, pl.DataFrame]]:
    chosen = (
        read_frame(planned, ["action", "contact_id", "composed"])
        .with_row_index("position")
        .join(done.select("position", "settled", "attempts"), on="position", how="left", maintain_order="left")
        .filter(
            pl.col("action").is_in([Action.CREATE.value, Action.UPDATE.value]),
            ~pl.col("settled").fill_null(value=False),
            among,
        )
    )
    for (slice_,), rows in chosen.group_by(pl.col("position") // chunk, maintain_order=True):
        yield int(str(slice_)) * chunk, rows


def _tasks_of(part: int, rows: pl.DataFrame) -> Iterator[Task]:
    creating = pl.col("action") == Action.CREATE
    cells = rows.select(
        "position",
        "source",
        "row",
        "action",
        "key",
        pl.when(~creating).then("contact_id").alias("contact_id"),
        pl.when(creating)
        .then("body")
        .otherwise(pl.coalesce("composed", "update_body", "body"))
        .cast(pl.Binary)
        .alias("body"),
        # What only an update may carry has not landed with a create: the next run sends it.
        pl.when(~(creating & pl.col("update_body").str.contains(UPDATE_ONLY).fill_null(value=False))).then(
            "fingerprint"
        ),
        pl.col("attempts").fill_null(0),
        pl.when(~creating).then(pl.coalesce("carried", pl.col("fingerprint"))).alias("carried"),
    )
    for position, source, row, action, *rest in cells.iter_rows():
        yield Task(part, position, source, row, Action.CREATE if action == "create" else Action.UPDATE, *rest)
