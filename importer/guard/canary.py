"""A few rows first; the rest follows only where all of them landed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import GuardRailError
from importer.folder import read_frame
from importer.outcome import LANDED, Action, State
from importer.plan import part_names, part_number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from importer.upload import Sent

SENT = (Action.CREATE.value, Action.UPDATE.value)


def share_out(waiting: Mapping[str, int], rows: int) -> dict[str, list[int]]:
    """Choose, by action, which of the rows waiting go first: their places among those of their action, from 0.

    `rows` are shared out by how many wait, at least one to each action while they last; those of an action are spread
    evenly over its rows.
    """
    whole = sum(waiting.values())
    left, shares = min(rows, whole), dict.fromkeys(waiting, 0)
    for action in sorted(waiting, key=lambda name: waiting[name]):
        shares[action] = min(left, waiting[action], max(1, rows * waiting[action] // whole)) if whole else 0
        left -= shares[action]
    for action in waiting:
        more = min(left, waiting[action] - shares[action])
        shares[action] += more
        left -= more
    return {action: [place * waiting[action] // n for place in range(n)] for action, n in shares.items()}


def choose_canary(plans: Path, outcomes: Callable[[int], pl.DataFrame], rows: int) -> pl.DataFrame | None:
    """Choose `rows` of the rows that wait to be sent: `part` Int32, `position` UInt32, by part and position.

    `plans` holds the plan's parts; `outcomes` gives by part what the ledger says of this run. None when no more rows
    than these wait, since then nothing is left that could follow. Raises StateError when a file can't be read.
    """
    names = part_names(plans)
    waiting = dict.fromkeys(SENT, 0)
    for name in names:
        found = _waiting(plans / name, outcomes(part_number(name)))
        for action, count in found["action"].value_counts().iter_rows():
            waiting[action] += count
    if sum(waiting.values()) <= rows:
        return None
    places = share_out(waiting, rows)
    passed = dict.fromkeys(SENT, 0)
    chosen = []
    for name in names:
        number = part_number(name)
        found = _waiting(plans / name, outcomes(number))
        for action in SENT:
            mine = found.filter(pl.col("action") == action)["position"]
            at = [place - passed[action] for place in places[action] if 0 <= place - passed[action] < mine.len()]
            chosen.append(pl.select(pl.lit(number, pl.Int32).alias("part"), position=mine.gather(at)))
            passed[action] += mine.len()
    return pl.concat(chosen).sort("part", "position")


async def send_canary_first(
    canary: pl.DataFrame | None,
    send: Callable[[pl.DataFrame | None, int], Awaitable[Sent]],
    *,
    is_stopped: Callable[[], bool],
) -> Sent:
    """Send the canary's rows, and the rest where all of them landed; everything at once where there is no canary.

    `send` sends the rows given, or all that wait; its second argument says how many were sent before. When a row of the
    canary did not land, `stopped` of what is given is a GuardRailError; the run may go on.
    """
    if canary is None:
        return await send(None, 0)
    first = await send(canary, 0)
    if first.stopped or is_stopped():
        return first
    if missed := canary.height - sum(first.counts.get(state, 0) for state in LANDED):
        return replace(first, stopped=GuardRailError(_told(canary.height, missed, first.counts)))
    rest = await send(None, canary.height)
    states = {state: first.counts.get(state, 0) + rest.counts.get(state, 0) for state in State}
    return replace(
        rest,
        counts={state: count for state, count in states.items() if count},
        requests=first.requests + rest.requests,
        retries=first.retries + rest.retries,
    )


def _told(rows: int, missed: int, counts: Mapping[State, int]) -> str:
    states = ", ".join(f"{counts[state]:,} {state}" for state in (State.FAILED, State.UNKNOWN) if counts.get(state))
    return (
        f"of the {rows:,} rows of --canary {missed:,} did not land ({states or 'no outcome'}), so no other row was "
        "sent; results.csv says why. The same command with --canary 0 sends the rest"
    )


def _waiting(plan: Path, done: pl.DataFrame) -> pl.DataFrame:
    return (
        read_frame(plan, ["action"])
        .with_row_index("position")
        .join(done.select("position", "settled"), on="position", how="left", maintain_order="left")
        .filter(pl.col("action").is_in(SENT), ~pl.col("settled").fill_null(value=False))
    )
