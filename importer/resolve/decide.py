"""What an export tells of each unknown create."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.resolving import PAIRS, landed_pairs
from importer.matching import match
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from importer.ledger import Ledger
    from importer.resolve.export import Seen


class Ending(StrEnum):
    """What an export tells of one unknown create; the first that fits."""

    OLDER = "older"
    """The export was taken before the create was sent: what it holds is not what the create made."""
    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    """Its key stands there more than once, without an id, at a contact that is known to be another's, or written
    otherwise; or some other record there bears its email, document or phone."""
    UNPROVEN = "unproven"
    """Not there, but the export is not surely whole, or its own body can't be read to look for its email and the like.
    """
    ABSENT = "absent"


def gather_evidence(ledger: Ledger, numbers: Sequence[int]) -> pl.DataFrame:
    """Give, by `run`, the `key` and `contact_id` by which an export is known to be whole.

    They are the contacts that a run surely created. Contacts that it updated are no evidence: a list of old contacts
    holds them all.
    """
    found = [pl.DataFrame(schema={**PAIRS, "run": pl.Int64})]
    for number in numbers:
        pairs = landed_pairs(ledger, number, State.CREATED)
        found.append(pairs.with_columns(run=pl.lit(number, pl.Int64)))
    return pl.concat(found)


def decide(
    unknown: pl.DataFrame,
    seen: Seen,
    evidence: pl.DataFrame,
    known: pl.DataFrame,
    *,
    unread: pl.Series,
    as_of: datetime,
) -> pl.DataFrame:
    """Give `unknown` with what the export tells: `ending` String (a word of `Ending`) and `contact_id` String.

    `known` holds the `key` and `contact_id` of all that the ledger knows; a contact is nobody else's then. `unread` are
    the keys of rows whose bodies can't be read.
    """
    missing = evidence.join(seen.present, on=["key", "contact_id"], how="anti")
    whole = set(evidence["run"]) - set(missing["run"]) if not seen.unreadable else set()
    others = known.rename({"key": "owner"}).join(seen.hits, on="contact_id").filter(pl.col("owner") != pl.col("key"))
    shared = seen.hits.filter(pl.col("contact_id").is_duplicated())
    doubtful = pl.concat([others["contact_id"], shared["contact_id"]]).unique()
    by_key = _match_keys(unknown["key"], seen.hits, doubtful)
    clear = (~pl.col("doubted")).fill_null(value=False) & pl.col("contact_id").eq_missing(
        pl.coalesce("known_id", "contact_id")
    )
    near = pl.col("key").is_in(seen.near.implode())
    ending = (
        # What stood there before our create was sent is not what it made.
        pl.when(pl.col("intent_at") >= int(as_of.timestamp() * 1000))
        .then(pl.lit(Ending.OLDER.value))
        .when(clear)
        .then(pl.lit(Ending.FOUND.value))
        .when(pl.col("doubted").is_not_null() | near)
        .then(pl.lit(Ending.AMBIGUOUS.value))
        .when(
            ~pl.col("run").is_in(pl.Series(sorted(whole), dtype=pl.Int64).implode())
            | pl.col("key").is_in(unread.implode())
        )
        .then(pl.lit(Ending.UNPROVEN.value))
        .otherwise(pl.lit(Ending.ABSENT.value))
    )
    return unknown.join(by_key, on="key", how="left", maintain_order="left").with_columns(ending=ending)


def _match_keys(keys: pl.Series, hits: pl.DataFrame, doubtful: pl.Series) -> pl.DataFrame:
    """Give `key`, `contact_id` and `doubted` of each key that stands in the export: matched as `reconcile` matches.

    A key is doubted where several records bear it, or its one record has no id or one that may be another's.
    """
    asked = keys.unique(maintain_order=True).to_frame("key")
    matched = match(asked, hits, ("key",))
    single = asked.select(pl.col("key").gather(matched.pairs["here"])).with_columns(
        hits["contact_id"].gather(matched.pairs["there"])
    )
    several = asked.select(pl.col("key").gather(matched.doubts[0]["row"]), contact_id=pl.lit(None, pl.String))
    unclear = pl.col("contact_id").is_null() | pl.col("contact_id").is_in(doubtful.implode())
    return pl.concat([single, several.select(PAIRS.keys())]).with_columns(doubted=unclear)
