"""Settles a run's unknown creates: read the ledger, read the export, decide, write at once."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError, UsageError
from importer.ledger import Ledger, Run, RunState, find_run, known_keys, lock, open_ledger, runs
from importer.ledger.mark import mark_of
from importer.ledger.resolving import (
    ABSENT,
    FOUND,
    Settlement,
    key_fields,
    known_pairs,
    pending_creates,
    settle_unknown,
    unknown_creates,
)
from importer.outcome import Action
from importer.resolve.decide import Ending, decide, gather_evidence
from importer.resolve.doubt import Doubts, read_details
from importer.resolve.export import Sought, read_export
from importer.resolve.older import hold_lost, last_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.progress import Progress
    from importer.resolve.export import Export, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What became of the unknown creates."""

    endings: Mapping[Ending, int] = field(default_factory=dict)
    records: int = 0
    unreadable: int = 0
    evidence: int = 0
    """Contacts that the runs surely made, by which the export is known to be whole."""
    missing: int = 0
    """Of these, those that the export does not hold under their key."""
    unread: int = 0
    """Unknown creates whose bodies can't be read any more: not known by which email and the like to look for them."""
    runs: frozenset[int] = frozenset()
    """Numbers of the runs whose rows changed."""


@contextmanager
def open_state(
    state_dir: Path, ledger: str, *, older: bool, complete: bool, now: Callable[[], datetime]
) -> Iterator[Ledger]:
    """Lock a state folder and open its ledger. Raises LockedError, StateError.

    With `older` a ledger that lost records opens too: what may have been sent and it does not know is held back first.
    `complete`: the user says that the folder of every run is there.
    """
    path = state_dir / ledger
    if not path.exists():
        raise StateError(f"{path.absolute()}: there is no ledger here; give the --state-dir of the run")
    with lock(state_dir):
        sent_by = last_record(mark_of(path))
        with open_ledger(path, create=False, older=older) as opened:
            if opened.behind:
                hold_lost(opened, state_dir, sent_by, now(), complete=complete)
            yield opened


def find_sent(ledger: Ledger, run_id: str) -> Run:
    """Give a run that has sent, or the newest such for `last`. Raises UsageError when it is none."""
    if run_id == "last":
        found = next((run for run in runs(ledger) if run.state is not RunState.PLANNED), None)
    else:
        found = find_run(ledger, run_id)
    if found is None or found.state is RunState.PLANNED:
        what = "no run has sent anything yet" if run_id == "last" else f"{run_id} is no run that sent anything"
        raise UsageError(f"{what}, so there is nothing to resolve; `importer runs` lists the runs")
    return found


def resolve(
    ledger: Ledger,
    run: Run,
    folder: RunFolder,
    export: Export,
    *,
    now: Callable[[], datetime],
    working_dir: Path,
    progress: Progress,
) -> Resolved:
    """Settle what an export tells of a run's unknown creates, and of those that held rows of the run back.

    All of it is written in one transaction. Raises UsageError when `as_of` has not come yet, MappingError, SourceError,
    NoInputError for the export, StateError for the ledger.
    """
    moment = now()
    if export.as_of > moment:
        raise UsageError("--as-of lies in the future: give the time at which the export was taken")
    held = _held_rows(folder)
    waiting = pending_creates(ledger, run).filter(
        pl.col("key").is_in(held["key"].implode()), pl.col("run") != run.number
    )
    unknown = pl.concat([unknown_creates(ledger, run), waiting])
    resolved, decided = Resolved(), unknown.with_columns(contact_id=pl.lit(None, pl.String), ending=pl.lit(""))
    if unknown.height:
        evidence, known = gather_evidence(ledger, sorted(set(unknown["run"]))), known_pairs(ledger, run)
        names = {one.number: one.id for one in runs(ledger)}
        details, unread = read_details(folder.path.parent, names, unknown)
        sought = Sought(
            fields=key_fields(ledger, run), keys=unknown["key"], evidence=evidence, doubts=Doubts(details, known)
        )
        seen = read_export(export, sought, working_dir, moment.date(), progress)
        decided = decide(unknown, seen, evidence, known, unread=unread, as_of=export.as_of)
        resolved = _tell(decided, seen, evidence, unread)
    settle_unknown(ledger, run, _settlement(ledger, run, decided, held), now)
    return resolved


def _held_rows(folder: RunFolder) -> pl.DataFrame:
    found = [pl.DataFrame(schema={"part": pl.Int32, "position": pl.UInt32, "source": pl.Int32, "row": pl.Int64,
                                  "key": pl.String})]  # fmt: skip  # one schema
    for path in sorted(folder.plan.glob("[0-9]*.parquet")):
        number = int(path.stem)
        try:
            action = pl.read_parquet(path, columns=["action"])
            rows = pl.read_parquet(folder.part(number), columns=["source", "row", "key"])
        except (OSError, pl.exceptions.PolarsError):
            # Their texts may hold cells.
            raise StateError(f"{path}: a file of the run is missing or damaged; the run can't be resolved") from None
        held = pl.concat([rows, action], how="horizontal").with_row_index("position").filter(action=Action.HELD.value)
        found.append(held.select(pl.lit(number, pl.Int32).alias("part"), "position", "source", "row", "key"))
    return pl.concat(found)


def _settlement(ledger: Ledger, run: Run, decided: pl.DataFrame, held: pl.DataFrame) -> Settlement:
    """Let a held row go when what held it back is settled, now or by an earlier call."""
    ending = pl.col("ending")
    state = known_keys(ledger, run.namespace or 0, held["key"])["state"]
    told = {Ending.FOUND.value: FOUND, Ending.ABSENT.value: ABSENT}
    free = (
        held.with_columns(state=state)
        .join(decided.select("key", "ending").unique("key"), on="key", how="left", maintain_order="left")
        .with_columns(
            code=pl.when(pl.col("state").is_null())
            .then(pl.lit(ABSENT))
            .when(pl.col("state") == "known")
            .then(pl.lit(FOUND))
            .otherwise(ending.replace_strict(told, default=None, return_dtype=pl.String))
        )
    )
    place = ["run", "part", "position", "key"]
    return Settlement(
        found=decided.filter(ending == Ending.FOUND).select(*place, "contact_id"),
        absent=decided.filter(ending == Ending.ABSENT).select(place),
        held=free.filter(pl.col("code").is_not_null()).select("part", "position", "source", "row", "key", "code"),
    )


def _tell(decided: pl.DataFrame, seen: Seen, evidence: pl.DataFrame, unread: pl.Series) -> Resolved:
    settled = decided.filter(pl.col("ending").is_in([Ending.FOUND.value, Ending.ABSENT.value]))
    pairs = evidence.select("key", "contact_id").unique()
    return Resolved(
        endings=Counter(Ending(word) for word in decided["ending"]),
        records=seen.records,
        unreadable=seen.unreadable,
        evidence=pairs.height,
        missing=pairs.height - seen.present.height,
        unread=unread.len(),
        runs=frozenset(settled["run"]),
    )
