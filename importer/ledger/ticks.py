"""The time series of a run, drawn together to as many stretches as a chart can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.store import Ledger

MOST = 120
"""Points of a chart."""
TICK: Mapping[str, type[pl.DataType]] = {
    "at": pl.Int64,
    "done": pl.Int64,
    "in_flight": pl.Int64,
    "latency_ms": pl.Float64,
    "waiting": pl.String,
}
FIRST_MS = 1_000
"""A sending's first tick comes about so long after it began."""


def run_timeline(ledger: Ledger, run: int) -> dict[str, list[Any]]:
    """Give how a run's sending went, in at most 120 points; nothing where it was too short to be measured.

    Lists of one length: `seconds` (of sending, to the end of the point; the time between a stop and going on is left
    out), `rows` (with an outcome in it), `in_flight` and `latency_ms` (means; the latter may be null), `waiting` (why
    nothing was sent at some time in it, else null). Raises StateError when the ledger can't be read.
    """
    query = "SELECT at, done, in_flight, latency_ms, waiting FROM tick WHERE run = ? ORDER BY at, rowid"
    ticks = ledger.frame(query, (run,), TICK)
    if ticks.is_empty():
        return {}
    begins = (pl.col("done") < pl.col("done").shift()).fill_null(value=True)
    ticks = ticks.with_columns(
        rows=pl.when(begins).then("done").otherwise(pl.col("done").diff()),
        lasted=pl.when(begins).then(FIRST_MS).otherwise(pl.max_horizontal(pl.col("at").diff(), 0)),
    ).with_columns(until=pl.col("lasted").cum_sum() / 1000)
    whole = max(float(ticks["until"].item(-1)), 0.001)
    point = (pl.col("until") / whole * MOST).ceil().clip(1, MOST).alias("point")
    points = (
        ticks.group_by(point)
        .agg(
            pl.col("until").max().round(3).alias("seconds"),
            pl.col("rows").sum(),
            pl.col("in_flight").mean().round(1),
            pl.col("latency_ms").mean().round(1),
            pl.col("waiting").drop_nulls().first(),
        )
        .sort("point")
    )
    return points.select("seconds", "rows", "in_flight", "latency_ms", "waiting").to_dict(as_series=False)
