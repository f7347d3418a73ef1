"""What a plan would change: field by field, from what last landed to what is sent; and whether data or mapping did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.folder import RunFolder, read_frame
from importer.ledger import last_landed
from importer.outcome import Action
from importer.plan.members import leaves, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.plan.updates import Knowledge

EMPTY = ("null", '""')
ANSWERED = r"^[^\[]*$"
"""Places that an answer may stand in for: the server may keep items in an order of its own."""
FIELDS = {"row": pl.UInt32, "place": pl.String, "old": pl.String, "new": pl.String, "how": pl.String}

ROWS = {"row": pl.UInt32, "position": pl.UInt32, "known": pl.Boolean, "edited": pl.Boolean, "cause": pl.String}


class How(StrEnum):
    """What an update does with a field."""

    SET = "set"
    """It had none, as far as is known."""
    CHANGED = "changed"
    CLEARED = "cleared"
    """It is sent as null."""
    LEFT_OUT = "left_out"
    """It was sent last time and is not now; what the target makes of that is the target's."""


class Cause(StrEnum):
    """Why an update's body is another than the one that last landed."""

    MAPPING = "mapping"
    """The row's cells are as they were then, and the mapping is another."""
    DATA = "data"
    """The cells are others; the mapping may be another too."""
    UNKNOWN = "unknown"
    """Nothing that landed before is known."""


@dataclass(frozen=True, slots=True)
class PartChanges:
    """The updates of one part of a plan."""

    rows: pl.DataFrame
    """One each, in row order: `row` UInt32 (its number among them), `position` UInt32 (its place in the part),
    `known` Boolean (whether anything is known of what stood before), `edited` Boolean (whether the mapping is another
    than that by which the last body was made), `cause` String (null where nothing changes)."""
    fields: pl.DataFrame
    """`row` UInt32, `place`, `old` and `new` String (JSON, null where there is none), `how` String."""


NO_CHANGES = PartChanges(pl.DataFrame(schema=ROWS), pl.DataFrame(schema=FIELDS))
"""Of a part that updates nobody."""


def find_changes(
    folder: RunFolder, number: int, known: Knowledge, mapping_digest: str, *, spared: Iterable[str] = ()
) -> PartChanges:
    """Compare what the updates of a part would send with what last landed on their contacts.

    Where the last body does not have a field, the server's last answer stands in for it. `spared` are the places that
    updates do not always carry: left out they are no change. Raises StateError when a file of the plan can't be read.
    """
    updates = (
        read_frame(folder.plan_part(number), ["action", "contact_id", "composed"])
        .with_row_index("position")
        .filter(pl.col("action") == Action.UPDATE)
    )
    here = pl.concat(
        [_sums(folder, number), read_frame(folder.bodies(number), ["body", "update_body"])], how="horizontal"
    )
    here = here.select(pl.all().gather(updates["position"]))
    last = last_landed(known.ledger, known.namespace.id, updates["contact_id"])
    then = known.earlier.read(last)
    sent = pl.concat([updates, here], how="horizontal").select(pl.coalesce("composed", "update_body", "body"))
    fields = _compare(sent.to_series(), then["landed"], plain_text(last["answer"]), list(spared))
    edited = last["mapping_digest"] != mapping_digest
    same = (then["mapped_cells"] == here["mapped_cells"]) | (then["all_cells"] == here["all_cells"])
    rows = updates.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        "position",
        known=pl.lit(then["landed"].is_not_null() | last["answer"].is_not_null()),
        edited=pl.lit(edited.fill_null(value=False)),
        cause=pl.when(pl.lit(then["landed"].is_null()))
        .then(pl.lit(Cause.UNKNOWN.value))
        .when(pl.lit(edited & same))
        .then(pl.lit(Cause.MAPPING.value))
        .otherwise(pl.lit(Cause.DATA.value)),
    )
    changed = pl.col("row").is_in(fields["row"].unique().implode())
    return PartChanges(rows.with_columns(cause=pl.when(changed).then("cause")), fields)


def _sums(folder: RunFolder, number: int) -> pl.DataFrame:
    return read_frame(folder.part(number), ["mapped_cells", "all_cells"])


def _compare(sent: pl.Series, landed: pl.Series, answer: pl.Series, spared: list[str]) -> pl.DataFrame:
    """Give the fields that differ, in the order in which they are sent, those left out last."""
    new = leaves(sent)
    if landed.null_count() + answer.null_count() == 2 * sent.len():
        # As in a first import: nothing stood there before.
        there = new.filter(pl.col("value") != "null").select(
            "row", "place", old=pl.lit(None, pl.String), new="value", how=pl.lit(How.SET.value)
        )
        return there.sort("row", maintain_order=True)
    old, told = leaves(landed), leaves(answer)
    told = told.filter(pl.col("place").str.contains(ANSWERED)).join(old, on=["row", "place"], how="anti")
    before = pl.concat([old, told]).rename({"value": "old"})
    there = new.rename({"value": "new"}).join(before, on=["row", "place"], how="left", maintain_order="left")
    blank, null = pl.col("old").is_null() | pl.col("old").is_in(EMPTY), pl.col("new") == "null"
    there = there.filter(~(blank & null), pl.col("old").ne_missing(pl.col("new"))).with_columns(
        how=pl.when(null)
        .then(pl.lit(How.CLEARED.value))
        .when(blank)
        .then(pl.lit(How.SET.value))
        .otherwise(pl.lit(How.CHANGED.value))
    )
    every_tag = "tags.*" in spared
    gone = (
        old.join(new, on=["row", "place"], how="anti", maintain_order="left")
        .filter(~pl.col("value").is_in(EMPTY), ~pl.col("place").is_in(spared))
        .filter(pl.lit(value=not every_tag) | ~pl.col("place").str.starts_with("tags."))
        .select("row", "place", old="value", new=pl.lit(None, pl.String), how=pl.lit(How.LEFT_OUT.value))
    )
    return pl.concat([there.select(list(FIELDS)), gone]).sort("row", maintain_order=True)


@dataclass(slots=True)
class Totals:
    """What the changes of all parts come to."""

    tags: tuple[str, ...]
    """The places of the tags that the mapping names; all others count as `tags.*`, since cells may have named them."""
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    """Rows by place and how it changes; items of a list count as one place, `addresses[].city`."""
    causes: Counter[str] = field(default_factory=Counter)
    """Rows by cause."""
    same: int = 0
    """Updates that say what was said last."""
    edited: int = 0
    """Updates whose last body was made by another mapping."""

    def add(self, changes: PartChanges) -> None:
        """Count a part in."""
        self.edited += int(changes.rows["edited"].sum())
        place = pl.col("place")
        unnamed = place.str.starts_with("tags.") & ~place.is_in(list(self.tags))
        told = pl.when(unnamed).then(pl.lit("tags.*")).otherwise(place.str.replace(r"\[\d+\]", "[]"))
        # Only items and tags may be told more than once of a row; most fields are neither, and are just counted.
        may_repeat = unnamed | (place == "tags.*") | place.str.contains("[", literal=True)
        fields = changes.fields.select("row", "place", "how")
        once = fields.filter(~may_repeat).group_by("place", "how").len()
        folded = fields.filter(may_repeat).with_columns(told.alias("place")).unique().group_by("place", "how").len()
        counts = pl.concat([once, folded]).sort("place", "how")
        for place, how, number in counts.iter_rows():
            self.fields.setdefault(place, Counter())[how] += number
        for cause, number in changes.rows["cause"].value_counts().iter_rows():
            if cause is None:
                self.same += number
            else:
                self.causes[cause] += number

    def document(self) -> dict[str, Any]:
        """Give it as JSON has it, the fields that change in most rows first."""
        ordered = sorted(self.fields.items(), key=lambda item: (-item[1].total(), item[0]))
        return {
            "fields": {place: {how.value: counts[how] for how in How if counts[how]} for place, counts in ordered},
            "because": {cause.value: self.causes[cause] for cause in Cause},
            "same": self.same,
            "edited": self.edited,
        }
