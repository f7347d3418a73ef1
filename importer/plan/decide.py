"""Joins the prepared parts with the ledger: what is to be done with each row."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.earlier import Earlier
from importer.folder import read_frame, write_frame
from importer.ledger import PENDING_CREATE, Ledger, LookUp, Namespace
from importer.outcome import Action
from importer.plan.compose import Policies
from importer.plan.parts import empty_folder, part_names
from importer.plan.revive import is_deleted, revive
from importer.plan.updates import Knowledge, carry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAIN = Policies()
AT_ONCE = 2
"""Parts that are decided side by side."""
NOBODY = pl.Series(dtype=pl.UInt64)
COLUMNS = ["key", "id", "reasons", "fingerprint", "carried"]
DUPLICATE = "id|duplicate"
SUPERSEDED = "key|superseded"
LANDED_BY = {by: {"fingerprint": f"landed_by_{by}", "carried": f"sent_by_{by}"} for by in ("key", "id")}


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan comes to, over all parts."""

    counts: Mapping[Action, int]
    """Rows by action; they add up to the rows of the parts."""
    moved: int
    """Rows whose own id differs from the one the ledger holds for their key."""
    codes: Mapping[str, int]
    """Rows by the code that the plan gave them (`id|duplicate`, `create|pending`)."""
    bare: int = 0
    """Updates that should carry all that is known of their contact, of whom nothing is."""
    unread: tuple[str, ...] = ()
    """Earlier runs whose files are gone or damaged: what they sent is not known."""
    met: pl.Series = field(default_factory=pl.Series, compare=False, repr=False)
    """UInt64: hashes of the ids of all contacts that a row stands for, not least a rejected one; 8 bytes a row."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of it before it is sent, in sentences."""
        found = []
        if self.bare:
            found.append(
                f"{self.bare:,} updates carry only what is mapped: nothing else is known of their contacts yet"
            )
        if self.unread:
            found.append(
                f"files of {', '.join(self.unread)} are gone or damaged: of what they sent only the server's answers "
                "are known"
            )
        return tuple(found)


def plan(
    parts: Path,
    out: Path,
    ledger: Ledger,
    namespace: Namespace,
    *,
    earlier: Earlier | None = None,
    policies: Policies = PLAIN,
    force: bool = False,
    duplicates: str = "reject",
) -> Planned:
    """Write `out`/NNNNN.parquet for each part, aligned with it row by row, and count what they say.

    Columns: `action` String (the words of `outcome.Action`), `contact_id` String (whom an update goes to, or whom an
    unchanged row is), `code` String (why the plan rejects or holds a row, else null), `moved` Boolean (the row's id
    differs from the one the ledger holds for its key), `adopts` Boolean (an unchanged row whose id is not the ledger's
    for its key; see `adopt_ids`), `composed` String (what an update carries where it is not what prepare made of it),
    `bare` Boolean (see `Planned.bare`). `policies` and what earlier runs sent (`earlier`; if left out, those beside
    this one) decide what updates carry. `force` sends unchanged rows too, unless an update would say nothing. The
    ledger is only read. A contact that two rows of the run come to is neither's: both are rejected, `id|duplicate`;
    with `duplicates` `first` or `last` that row keeps it and the others are `key|superseded`. `out` appears when all of
    it is written, in place of an older one.

    Raises StateError when a file can't be read or written, or the ledger can't be read.
    """
    names = part_names(parts)
    aside = empty_folder(out.with_name(f"{out.name}.new"))
    known = Knowledge(ledger, namespace, earlier or Earlier(parts.parents[1]))
    look_up = LookUp(ledger, namespace, sum(read_frame(parts / name, ["reasons"]).height for name in names))
    work = partial(_plan_part, parts, aside, look_up, known, policies, force=force)
    # What is known of contacts, and what earlier runs sent, is asked for by one thread at a time.
    with ThreadPoolExecutor(1 if policies.ask else AT_ONCE, "plan") as threads:
        done = list(threads.map(work, names))
    tally = sum((part.tally for part in done), Tally())
    targets, others = (pl.concat([NOBODY, *series]) for series in ((p.targets for p in done), (p.others for p in done)))
    _reject_duplicates(aside, names, targets, tally, duplicates)
    empty_folder(out).rmdir()
    aside.rename(out)
    met = pl.concat([targets, others])
    return Planned(+tally.actions, tally.moved, +tally.codes, tally.bare, tuple(sorted(known.earlier.unread)), met)


def _plan_part(
    parts: Path, aside: Path, look_up: LookUp, known: Knowledge, policies: Policies, name: str, *, force: bool
) -> PlannedPart:
    part, bodies = read_frame(parts / name, COLUMNS), parts / f"bodies-{name}"
    decided = revive(carry(decide(part, look_up, force=force), part, bodies, known, policies), bodies)
    write_frame(decided, aside / name)
    tally = Tally()
    tally.add(decided, 1)
    # A rejected row, and the key of a moved one, stand for a contact to which they do not go.
    others = part.filter((decided["action"] == Action.REJECTED.value) | decided["moved"])
    met = [others["id"], look_up.by_key(others["key"])["contact_id"]]
    return PlannedPart(tally, *(ids.drop_nulls().hash() for ids in (decided["contact_id"], pl.concat(met))))


def decide(part: pl.DataFrame, look_up: LookUp, *, force: bool) -> pl.DataFrame:
    """Decide each row of a part by itself, giving the plan part's columns, and `deleted` Boolean for `revive`.

    A row's id beats the ledger's for its key. A rejected row is looked up nowhere.
    """
    valid = pl.col("reasons").is_null()
    asked = part.with_columns(pl.when(valid).then("key").alias("key"), pl.when(valid).then("id").alias("id"))
    met = look_up.by_key(asked["key"])
    by_key = met.rename({"contact_id": "known_id", **LANDED_BY["key"]})
    by_id = look_up.by_id(asked["id"], met).rename(LANDED_BY["id"])
    both = pl.col("key").is_not_null() & pl.col("id").is_not_null()
    return (
        pl.concat([asked, by_key, by_id], how="horizontal")
        .with_columns(
            contact_id=pl.coalesce("id", "known_id"),
            action=pl.when(~valid)
            .then(pl.lit(Action.REJECTED.value))
            .when(pl.coalesce("id", "known_id").is_null())
            .then(
                pl.when(pl.col("state").is_null())
                .then(pl.lit(Action.CREATE.value))
                .otherwise(pl.lit(Action.HELD.value))
            )
            .when(_is_same().fill_null(value=False) & pl.lit(not force))
            .then(pl.lit(Action.UNCHANGED.value))
            .otherwise(pl.lit(Action.UPDATE.value)),
        )
        .select(
            "action",
            "contact_id",
            code=pl.when(pl.col("action") == Action.HELD).then(pl.lit(PENDING_CREATE)),
            moved=both & (pl.col("id") != pl.col("known_id")).fill_null(value=False),
            adopts=both & (pl.col("action") == Action.UNCHANGED) & pl.col("id").ne_missing(pl.col("known_id")),
            deleted=is_deleted(pl.when(pl.col("id").is_not_null()).then("sent_by_id").otherwise("sent_by_key")),
        )
    )


def _is_same() -> pl.Expr:
    """Whether the contact holds what the row says, and an update would carry nothing that has not landed.

    An update whose write policies leave fields out, or clear others, has not landed all of it: another policy later
    carries something else of the same row. A create has landed all that is filled, and left blank all that is blank.
    """
    by_id = pl.col("id").is_not_null()
    landed, carried = (pl.when(by_id).then(f"{name}_by_id").otherwise(f"{name}_by_key") for name in ("landed", "sent"))
    now = pl.coalesce("carried", "fingerprint")
    return (landed == pl.col("fingerprint")) & (carried.is_null() | (carried == now))


@dataclass(slots=True)
class Tally:
    """Counts that grow part by part."""

    actions: Counter[Action] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    bare: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Give what both come to."""
        actions, codes = self.actions + other.actions, self.codes + other.codes
        return Tally(actions, codes, self.moved + other.moved, self.bare + other.bare)

    def add(self, decided: pl.DataFrame, sign: Literal[1, -1]) -> None:
        """Count a plan part in, or out again."""
        for word, number in decided["action"].value_counts().iter_rows():
            self.actions[Action(word)] += sign * number
        for code, number in decided["code"].drop_nulls().value_counts().iter_rows():
            self.codes[code] += sign * number
        self.moved += sign * int(decided["moved"].sum())
        self.bare += sign * int(decided["bare"].sum())


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """What is held of one part of a plan."""

    tally: Tally
    targets: pl.Series
    """UInt64: hashes of the contacts to which its rows go, or whom they find unchanged."""
    others: pl.Series
    """UInt64: of those that its other rows, or moved keys, stand for."""


def _reject_duplicates(plans: Path, names: list[str], hashes: pl.Series, tally: Tally, duplicates: str) -> None:
    """Compare 64-bit hashes over all parts first, and only the few contact ids whose hash met another exactly."""
    doubtful = hashes.filter(hashes.is_duplicated()).unique().implode()
    if not len(doubtful.item()):
        return
    found = [_suspects(read_frame(plans / name, ["contact_id"]), name, doubtful) for name in names]
    keep = {"reject": pl.lit(value=False), "first": pl.col("place") == 0, "last": pl.col("place") == pl.col("of") - 1}
    losers = (
        pl.concat(found)
        .with_columns(place=pl.int_range(pl.len()).over("contact_id"), of=pl.len().over("contact_id").cast(pl.Int64))
        .filter((pl.col("of") > 1) & ~keep[duplicates])
    )
    code = DUPLICATE if duplicates == "reject" else SUPERSEDED
    for (name,), rows in losers.partition_by("name", as_dict=True).items():
        decided = read_frame(plans / str(name))
        hit = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows["position"].implode())
        corrected = decided.with_columns(
            action=pl.when(hit).then(pl.lit(Action.REJECTED.value)).otherwise("action"),
            contact_id=pl.when(~hit).then("contact_id"),
            code=pl.when(hit).then(pl.lit(code)).otherwise("code"),
            moved=pl.col("moved") & ~hit,
            adopts=pl.col("adopts") & ~hit,
            composed=pl.when(~hit).then("composed"),
            bare=pl.col("bare") & ~hit,
        )
        tally.add(decided, -1)
        tally.add(corrected, 1)
        write_frame(corrected, plans / str(name))


def _suspects(decided: pl.DataFrame, name: str, doubtful: pl.Series) -> pl.DataFrame:
    rows = decided.with_row_index("position").drop_nulls("contact_id")
    return rows.filter(pl.col("contact_id").hash().is_in(doubtful)).with_columns(name=pl.lit(name))
