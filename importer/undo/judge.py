"""Judges each row that a run sent: whether and with what it is put back, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger import Ledger, Namespace, Run, known_keys, last_landed, outcomes
from importer.ledger.history import former_answers
from importer.outcome import Action, State
from importer.plan.revive import DELETED
from importer.undo.reverse import reverse

if TYPE_CHECKING:
    from datetime import datetime

    from importer.earlier import Earlier
    from importer.undo.export import Exported


class Ending(StrEnum):
    """What becomes of a row that the run sent."""

    PUT_BACK = "put_back"
    PARTLY = "partly"
    """Put back, but for fields of which nobody knows what stood there."""
    DELETED = "deleted"
    """The run created the contact, and it is marked deleted."""
    AS_BEFORE = "as_before"
    """The run changed nothing that is known: nothing is sent."""
    CREATED = "created"
    """The run created the contact, and it is kept."""
    LATER = "later"
    """A later run sent something to the contact: it is kept as it is."""
    NOT_KNOWN = "not_known"
    """Nobody knows what stood before."""
    IN_DOUBT = "in_doubt"
    """A create of which nobody knows whether it happened."""


CODES = {ending.value: f"undo|{ending.value}" for ending in Ending if ending not in (Ending.PUT_BACK, Ending.AS_BEFORE)}
ACTIONS = {
    Ending.PUT_BACK.value: Action.UPDATE.value,
    Ending.PARTLY.value: Action.UPDATE.value,
    Ending.DELETED.value: Action.UPDATE.value,
    Ending.AS_BEFORE.value: Action.UNCHANGED.value,
    Ending.CREATED.value: Action.UNCHANGED.value,
    Ending.LATER.value: Action.REJECTED.value,
    Ending.NOT_KNOWN.value: Action.REJECTED.value,
    Ending.IN_DOUBT.value: Action.REJECTED.value,
}
MAY_HAVE_CHANGED = [State.CREATED.value, State.UPDATED.value, State.UNKNOWN.value]


@dataclass(frozen=True, slots=True)
class Known:
    """Where it is looked up what stood before a run, and what came after it."""

    ledger: Ledger
    namespace: Namespace
    run: Run
    earlier: Earlier
    before: pl.DataFrame
    """As `ledger.history.touched_before` gives it."""
    later: pl.DataFrame
    """`contact_id` and `run` of what later runs sent and stands, each contact once."""
    exported: Exported | None
    delete_from: datetime | None
    """When created contacts are to be marked deleted; None: they are kept."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows of one part of a run that may have changed a contact."""

    rows: pl.DataFrame
    """`position` UInt32 and `source`, `row`, `key`, `contact_id`, `action`, `code`, `body`, `fingerprint`, `carried` of
    the plan that takes them back; `ending` String (a word of `Ending`), `later` String (the run that came after)."""
    lost: pl.DataFrame
    """`place` String: fields that can't be put back, once for each row that is sent."""


def judge_part(known: Known, part: int, keys: pl.Series) -> Judged:
    """Judge the rows of a part of a run. `keys` are those of all its rows. Raises StateError."""
    touched = outcomes(known.ledger, known.run.number, part).filter(pl.col("state").is_in(MAY_HAVE_CHANGED))
    touched = touched.select("part", "position", "source", "row", "action", "state", "contact_id")
    touched = touched.with_columns(key=keys.gather(touched["position"]))
    here = known.earlier.read(touched.select(pl.lit(known.run.id).alias("run"), "part", "position"))
    before = touched.select("contact_id").join(known.before, on="contact_id", how="left", maintain_order="left")
    sure = pl.col("state").is_in([State.CREATED.value, State.UPDATED.value])
    before = before.select(
        pl.when(sure).then(pl.col(name)).alias(name) for name in ("run", "part", "position", "action")
    )
    then = known.earlier.read(before)
    exported = known.exported.read(touched["contact_id"]) if known.exported else _nothing(touched.height)
    made = reverse(
        pl.DataFrame(
            {
                "sent": here["landed"],
                "before": then["landed"],
                "former": _former(known, touched),
                "export": exported,
                "fresh": (before["action"] == Action.CREATE.value).fill_null(value=False)
                & then["landed"].is_not_null(),
            }
        )
    )
    lost = made.lost["row"].unique()
    rows = pl.concat([touched.drop("part"), made.rows], how="horizontal").with_columns(
        sent=here["landed"],
        later=touched.join(known.later, on="contact_id", how="left", maintain_order="left")["run"],
        partly=pl.int_range(pl.len(), dtype=pl.UInt32).is_in(lost.implode()),
        fingerprint=pl.when(exported.is_null()).then(then["fingerprint"]),
        carried=pl.when(exported.is_null()).then(then["carried"]),
    )
    decided = _decide(rows, known)
    partly = pl.select(pl.arg_where(decided["ending"] == Ending.PARTLY.value).cast(pl.UInt32)).to_series()
    return Judged(_own_keys(decided, known), made.lost.filter(pl.col("row").is_in(partly.implode())).select("place"))


def _former(known: Known, touched: pl.DataFrame) -> pl.Series:
    """Give the server's answer from before the run; of an update that may not have landed it is the newest."""
    ids = touched["contact_id"]
    former = former_answers(known.ledger, known.run, ids)
    doubtful = pl.Series(touched["state"] == State.UNKNOWN.value)
    if not doubtful.any():
        return former
    return former.zip_with(~doubtful, last_landed(known.ledger, known.namespace.id, ids)["answer"])


def _nothing(height: int) -> pl.Series:
    return pl.repeat(None, height, dtype=pl.String, eager=True)


def _decide(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    created = pl.col("action") == Action.CREATE
    deletes = created & pl.lit(known.delete_from is not None)
    unknown = pl.when(created).then(pl.col("sent").is_null()).otherwise(pl.col("body").is_null())
    ending = (
        pl.when(created & (pl.col("state") == State.UNKNOWN))
        .then(pl.lit(Ending.IN_DOUBT.value))
        .when(pl.col("later").is_not_null())
        .then(pl.lit(Ending.LATER.value))
        .when(created & ~deletes)
        .then(pl.lit(Ending.CREATED.value))
        .when(unknown)
        .then(pl.lit(Ending.NOT_KNOWN.value))
        .when(created)
        .then(pl.lit(Ending.DELETED.value))
        .when(~pl.col("changes"))
        .then(pl.lit(Ending.AS_BEFORE.value))
        .when("partly")
        .then(pl.lit(Ending.PARTLY.value))
        .otherwise(pl.lit(Ending.PUT_BACK.value))
    )
    deleted = pl.col("ending") == Ending.DELETED
    return (
        rows.with_columns(ending=ending)
        .select(
            "position",
            "source",
            "row",
            "key",
            "contact_id",
            "later",
            "ending",
            action=pl.col("ending").replace_strict(ACTIONS, return_dtype=pl.String),
            code=pl.col("ending").replace_strict(CODES, default=None, return_dtype=pl.String),
            body=pl.when(deleted).then(_deleted(known.delete_from)).otherwise("body"),
            fingerprint=pl.when(~deleted).then("fingerprint"),
            carried=pl.when(deleted).then(pl.lit(DELETED)).otherwise("carried"),
        )
        .with_columns(
            pl.when(pl.col("action") == Action.UPDATE).then(name).alias(name)
            for name in ("body", "fingerprint", "carried")
        )
    )


def _deleted(moment: datetime | None) -> pl.Expr:
    if moment is None:
        return pl.lit(None, pl.String)
    member = f'"deleted_at":"{moment:%Y-%m-%dT%H:%M:%SZ}"}}'
    bare = pl.col("sent").str.head(-1)
    return pl.concat_str(bare, pl.when(pl.col("sent") != "{}").then(pl.lit(",")).otherwise(pl.lit("")), pl.lit(member))


def _own_keys(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Leave a key out that stands for another contact by now: putting one back moves no key."""
    found = known_keys(known.ledger, known.namespace.id, rows["key"])["contact_id"]
    return rows.with_columns(key=pl.when(found == pl.col("contact_id")).then("key"))
