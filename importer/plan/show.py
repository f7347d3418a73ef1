"""The first rows of a plan that something is to be done with, each with what it changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.folder import read_frame
from importer.outcome import Action
from importer.plan.changes import EMPTY, How
from importer.plan.members import leaves
from importer.rules import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.folder import RunFolder
    from importer.plan.changes import PartChanges

DONE = (Action.CREATE.value, Action.UPDATE.value, Action.HELD.value)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done with one field. Values are as people write them, full card numbers masked."""

    place: str
    old: str | None
    new: str | None
    how: How


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of a plan that is created, updated or held back."""

    source: str
    row: int
    line: int
    action: Action
    contact_id: str | None
    code: str | None
    """Why it is held back."""
    known: bool
    """Whether anything is known of what stood before."""
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """How many rows are to be shown, and to whom."""

    rows: int
    receive: Callable[[tuple[PlannedRow, ...]], None]


def first_rows(
    folder: RunFolder, names: Sequence[str], number: int, changes: PartChanges, most: int
) -> Iterator[PlannedRow]:
    """Give at most `most` rows of a part, in its order. Raises StateError when a file of the plan can't be read."""
    plan = read_frame(folder.plan_part(number), ["action", "contact_id", "code"])
    part = read_frame(folder.part(number), ["source", "row", "line"])
    rows = pl.concat([part, plan], how="horizontal").with_row_index("position")
    rows = rows.filter(pl.col("action").is_in(DONE)).head(most)
    told = _told(changes, rows) | _created(folder, number, rows)
    known = dict(changes.rows.select("position", "known").iter_rows())
    for row in rows.iter_rows(named=True):
        yield PlannedRow(
            source=names[row["source"]],
            row=row["row"],
            line=row["line"],
            action=Action(row["action"]),
            contact_id=row["contact_id"],
            code=row["code"],
            known=known.get(row["position"], True),
            changes=tuple(told.get(row["position"], ())),
        )


def _told(changes: PartChanges, rows: pl.DataFrame) -> dict[int, list[Change]]:
    wanted = changes.rows.filter(pl.col("position").is_in(rows["position"].implode()))
    fields = changes.fields.join(wanted, on="row", how="inner", maintain_order="left")
    found: dict[int, list[Change]] = {}
    for position, place, old, new, how in fields.select("position", "place", "old", "new", "how").iter_rows():
        found.setdefault(position, []).append(Change(place, _as_text(old), _as_text(new), How(how)))
    return found


def _created(folder: RunFolder, number: int, rows: pl.DataFrame) -> dict[int, list[Change]]:
    positions = rows.filter(pl.col("action") == Action.CREATE)["position"]
    if positions.is_empty():
        return {}
    bodies = read_frame(folder.bodies(number), ["body"])["body"].gather(positions)
    found: dict[int, list[Change]] = {}
    for row, place, value in leaves(bodies).sort("row", maintain_order=True).iter_rows():
        found.setdefault(positions[row], []).append(Change(place, None, _as_text(value), How.SET))
    return found


def _as_text(value: str | None) -> str | None:
    """Give a JSON value as people write it: a text without its quotes, nothing for a null, all else as it is."""
    if value is None or value in EMPTY:
        return None
    read: Any = json.loads(value) if value.startswith('"') else value
    return mask_text(str(read))
