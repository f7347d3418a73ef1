"""What later runs sent to a run's contacts and still stands: a run that was itself taken back counts no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.outcome import State
from importer.session import undo_digest

if TYPE_CHECKING:
    from collections.abc import Mapping


def standing(later: pl.DataFrame, ids: Mapping[str, str]) -> pl.DataFrame:
    """Give `contact_id` and `run` (the newest) of what stands, each contact once.

    `later` is what `ledger.history.touched_after` gives; `ids` are the runs' ids by the digest of what undoes them.
    """
    undoes = later.select(pl.col("source_digest").replace_strict(ids, default=None, return_dtype=pl.String)).to_series()
    left = later.with_columns(undoes=undoes)
    sure = pl.col("state").is_in([State.CREATED.value, State.UPDATED.value])
    # The newest first: who takes an undo back lets what that took back stand.
    for number, run in left.drop_nulls("undoes").select("number", "run").unique().sort("number").reverse().rows():
        back = left.filter(pl.col("number") == number, sure).select("contact_id", run="undoes")
        both = back.join(left, on=["contact_id", "run"], how="semi").select("contact_id")
        taken = pl.concat([back, both.with_columns(run=pl.lit(run))]).join(both, on="contact_id", how="semi")
        left = left.join(taken, on=["contact_id", "run"], how="anti", maintain_order="left")
    return left.unique("contact_id", keep="last", maintain_order=True).select("contact_id", "run")


def digests(runs: list[str]) -> dict[str, str]:
    """Give the runs' ids by the digest of what undoes them."""
    return {undo_digest(run): run for run in runs}
