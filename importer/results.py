"""results.csv: how every row ended, rebuilt at any time from the parts, the plan and the ledger."""

from __future__ import annotations

import os
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.folder import check_file, read_frame
from importer.outcome import Action, State
from importer.rejects import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from importer.folder import RunFolder

COLUMNS = (
    "source", "row", "line", "key", "action", "state", "contact_id", "http_status", "code", "message", "attempts",
    "finished_at",
)  # fmt: skip  # one line of names reads better than twelve


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows are in each state, and how many bear each code."""

    states: dict[State, int]
    codes: dict[str, int]
    pending: int = 0
    """Updates whose last request got no outcome before the run stopped; it sends them again when it goes on."""

    unknown_updates: int = 0
    """Of the unknown rows, those that were to update: the next run sends them again."""

    @property
    def read(self) -> int:
        """All rows: the seven states add up to them."""
        return sum(self.states.values())


def write_results(
    folder: RunFolder,
    names: Sequence[str],
    parts: int,
    outcomes: Callable[[int], pl.DataFrame],
    sums: Mapping[str, int] | None = None,
) -> Tally:
    """Write results.csv, by source and row, and count the states of all `parts`.

    `outcomes(part)` gives what the ledger holds for the rows of a part: position UInt32, state, contact_id,
    http_status, code, message, attempts, finished_at, settled Boolean. The file is UTF-8 with commas; a key or message
    that a spreadsheet would take for a formula gets one `'` before it. Raises StateError when
    a file of the run is missing, is not what was written (`sums`, see `Kept`), or the disk is full.
    """
    tally = _Counts()
    beside = folder.results.with_name(".results.csv.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file, ThreadPoolExecutor(1, "results") as threads:
            file.write((",".join(COLUMNS) + "\n").encode())
            under_way: deque[Future[pl.DataFrame]] = deque()
            for number in range(parts):
                # The ledger is read by this thread alone, which writes a part while the next one is put together.
                work = (folder, number, names, outcomes(number), sums or {}, tally)
                under_way.append(threads.submit(_tell_part, *work))
                if len(under_way) > 1:
                    under_way.popleft().result().write_csv(file, include_header=False)
            for told in under_way:
                told.result().write_csv(file, include_header=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder.results)
    except OSError as error:
        raise StateError(
            f"{folder.results} can't be written ({error.strerror}); free some space, then run again"
        ) from None
    return tally.told()


class _Counts:
    """Counts that grow part by part."""

    def __init__(self) -> None:
        self._states: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._pending = self._unknown_updates = 0

    def add(self, rows: pl.DataFrame, outcomes: pl.DataFrame) -> None:
        """Count the rows of a part of results.csv."""
        self._states.update(dict(rows["state"].value_counts().iter_rows()))
        self._codes.update(dict(rows["code"].drop_nulls().value_counts().iter_rows()))
        self._pending += int((~outcomes["settled"] & (outcomes["state"] == State.UNKNOWN)).sum())
        self._unknown_updates += rows.filter(state=State.UNKNOWN.value, action=Action.UPDATE.value).height

    def told(self) -> Tally:
        """Give them all; codes of as many rows are always told in the same order, that of their names."""
        codes: Counter[str] = Counter()
        for text, count in sorted(self._codes.items()):
            codes.update(dict.fromkeys(text.split(" "), count))
        states = {state: self._states.get(state.value, 0) for state in State}
        return Tally(states, dict(codes.most_common()), self._pending, self._unknown_updates)


def _tell_part(
    folder: RunFolder,
    number: int,
    names: Sequence[str],
    outcomes: pl.DataFrame,
    sums: Mapping[str, int],
    counts: _Counts,
) -> pl.DataFrame:
    for path in (folder.part(number), folder.plan_part(number)):
        check_file(path, sums)
    rows = part_results(folder, number, names, outcomes)
    counts.add(rows, outcomes)
    return rows.with_columns(guard(pl.col("key")), guard(pl.col("message")))


def part_results(folder: RunFolder, number: int, names: Sequence[str], outcomes: pl.DataFrame) -> pl.DataFrame:
    """Give the rows of results.csv for one part, in its order; `outcomes` are what the ledger says of it."""
    part = read_frame(folder.part(number), ["source", "row", "line", "key", "reasons"])
    plan = read_frame(folder.plan_part(number), ["action", "contact_id", "code"]).rename(
        {"contact_id": "planned_id", "code": "planned_code"}
    )
    rows = pl.concat([part, plan], how="horizontal").with_row_index("position")
    if outcomes.is_empty():
        of_outcome = {name: dtype for name, dtype in outcomes.schema.items() if name not in rows.columns}
        rows = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in of_outcome.items())
    else:
        rows = rows.join(outcomes, on="position", how="left", maintain_order="left")
    settled = {
        Action.REJECTED.value: State.REJECTED,
        Action.UNCHANGED.value: State.UNCHANGED,
        Action.HELD.value: State.UNKNOWN,
    }
    state = pl.coalesce(
        pl.col("state"),
        pl.col("action").replace_strict(settled, default=None, return_dtype=pl.String),
        pl.lit(State.UNSENT.value),
    )
    # What held a row back may have been settled since; then the ledger knows the row, and its word counts.
    planned_code = pl.when(pl.col("state").is_null()).then("planned_code")
    return rows.select(
        pl.col("source").replace_strict(dict(enumerate(names)), return_dtype=pl.String),
        "row",
        "line",
        "key",
        pl.when(pl.col("action") != Action.REJECTED.value).then("action").alias("action"),
        state.alias("state"),
        pl.coalesce("contact_id", "planned_id").alias("contact_id"),
        "http_status",
        pl.coalesce("reasons", planned_code, "code").alias("code"),
        "message",
        pl.col("attempts").fill_null(0),
        pl.col("finished_at").dt.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").alias("finished_at"),
    )
