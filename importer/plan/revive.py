"""Customers whom an undo marked deleted: who comes again is no longer deleted, and is not created a second time."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from importer.folder import read_frame
from importer.outcome import Action

if TYPE_CHECKING:
    from pathlib import Path

DELETED = blake2b(b"deleted", digest_size=16).digest()
"""What the ledger keeps as carried by the update that marked a contact deleted: no body's hash."""
NAMED = r'[{,]"deleted_at":'


def is_deleted(carried: pl.Expr) -> pl.Expr:
    """Whether what landed last on a contact marked it deleted, by the hash of what that carried."""
    return (carried == pl.lit(DELETED)).fill_null(value=False)


def revive(decided: pl.DataFrame, bodies: Path) -> pl.DataFrame:
    """Give the plan part, without `deleted`, in which an update of a deleted contact says that it is not deleted.

    A mapping that says so itself has the last word. Raises StateError when the bodies can't be read.
    """
    kept = decided.drop("deleted")
    idle = pl.col("action").is_in([Action.UPDATE.value, Action.UNCHANGED.value])
    back = decided.select(pl.col("deleted") & idle).to_series()
    if not back.any():
        return kept
    made = read_frame(bodies, ["body", "update_body"])
    carries = pl.concat([kept.select("composed"), made], how="horizontal").select(
        pl.coalesce("composed", "update_body", "body").alias("text")
    )
    undeleted = carries.select(
        pl.when(pl.col("text").str.contains(NAMED))
        .then("text")
        .when(pl.col("text") == "{}")
        .then(pl.lit('{"deleted_at":null}'))
        .otherwise(pl.concat_str(pl.col("text").str.head(-1), pl.lit(',"deleted_at":null}')))
    ).to_series()
    return kept.with_columns(
        action=pl.when(back).then(pl.lit(Action.UPDATE.value)).otherwise("action"),
        composed=pl.when(back).then(undeleted).otherwise("composed"),
        adopts=pl.col("adopts") & ~back,
    )
