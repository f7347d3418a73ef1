"""Brings an older ledger to where it can be trusted: what the runs' folders tell may have been sent is held back."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.folder import check_file, list_folders, read_frame, read_kept
from importer.ledger import KeyRule, Ledger, RunState, Target, runs
from importer.ledger.holding import Planned, hold_back
from importer.ledger.mark import mark_of, read_senders
from importer.outcome import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.kept import Kept


GONE = (
    "nobody knows whom it created. Put the newest copy of that folder back. If there is none, see 'A run's folder is "
    "gone' in docs/faults.md: the target's own export, imported with its contacts' ids, tells whom there is"
)


def hold_lost(ledger: Ledger, state_dir: Path, sent_by: datetime | None, now: datetime, *, complete: bool) -> int:
    """Hold back every create that a run's folder planned and the ledger does not know; give how many.

    `sent_by` is when the last request can have been sent; None where nobody knows. `complete`: the user says that no
    folder of a run is missing, which counts only where the mark does not tell. Raises StateError, and changes nothing,
    when a run's folder is missing or damaged: nobody would know whom it created.
    """
    senders = read_senders(mark_of(ledger.path))
    if senders is None:
        if not complete:
            raise StateError(
                f"{mark_of(ledger.path)}: was gone, damaged or of an earlier version, so nobody can tell whether the "
                "folder of each run that sent something is still there. Put it back as it last was; or, if you know "
                "that no run's folder was deleted since this ledger was copied, add --runs-complete."
            )
        folders = _guess_senders(ledger, state_dir)
    else:
        folders = _find_senders(ledger, state_dir, senders)
    return hold_back(ledger, _planned(folders, sure=senders is not None), sent_by=sent_by or now, now=now)


def last_record(mark: Path) -> datetime | None:
    """Give when the last transaction was recorded: the mark's own time, None where there is none."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    return None


def _find_senders(ledger: Ledger, state_dir: Path, senders: Sequence[str]) -> list[RunFolder]:
    """Give, newest first, the folders of the runs that sent and may have sent more than the ledger knows."""
    ended = {run.id for run in runs(ledger) if run.state in (RunState.FINISHED, RunState.CLOSED)}
    there = {folder.run_id: folder for folder in list_folders(state_dir) if folder.job.exists()}
    asked = [run_id for run_id in reversed(senders) if run_id not in ended]
    for run_id in asked:
        if run_id not in there:
            raise StateError(
                f"{state_dir / 'runs' / run_id}: this run sent more than the older ledger knows, and its folder or its "
                f"job.json is missing: {GONE}."
            )
    return [there[run_id] for run_id in asked]


def _guess_senders(ledger: Ledger, state_dir: Path) -> list[RunFolder]:
    """Give, newest first, the folders of all runs that may have sent, where nobody knows which did.

    Whatever the ledger does not know is newer than what it knows, whatever the clock said.
    """
    order = {run.id: run.number for run in runs(ledger)}
    newer = max(order.values(), default=0) + 1
    ended = {run.id for run in runs(ledger) if run.state in (RunState.FINISHED, RunState.CLOSED)}
    found = []
    for folder in reversed(list_folders(state_dir)):
        if folder.job.exists():
            with _needed(folder.job):
                kept = read_kept(folder)
            # Only what had ended is ever purged; where this ledger saw the end, it knows whom the run created.
            if kept.verb != "check" and not (kept.purged and folder.run_id in ended):
                found.append(folder)
        elif folder.results.exists() or any(folder.parts.glob("*")) or any(folder.plan.glob("*")):
            raise StateError(
                f"{folder.job}: is missing, so if this run sent something {GONE}. If it was stopped while its file was "
                "still being read, delete the folder."
            )
    # Sorting keeps what is alike in its order.
    return sorted(found, key=lambda folder: -order.get(folder.run_id, newer))


def _planned(folders: Sequence[RunFolder], *, sure: bool) -> Iterator[Planned]:
    """Tell what they planned; `sure` where it is known that they sent."""
    for folder in folders:
        with _needed(folder.job):
            kept = read_kept(folder)
        if kept.namespace is None:
            raise StateError(
                f"{folder.job}: does not tell whose customers they are: an earlier version made it. Put the newest "
                "copy of the whole state folder back."
            )
        said = kept.namespace
        columns = said.get("key_columns")
        yield Planned(
            run_id=folder.run_id,
            folder=str(folder.path),
            target=Target(said["base_url"], said["account"], said["name"]),
            keys=KeyRule(tuple(said["key_fields"]), said["key_steps"], None if columns is None else tuple(columns)),
            # A mere plan that changes the key did not change it yet.
            sets_key=sure or kept.verb != "plan",
            creates=_creates(folder, kept),
        )


def _creates(folder: RunFolder, kept: Kept) -> Iterator[pl.DataFrame]:
    for number in range(kept.parts):
        planned, part = folder.plan_part(number), folder.part(number)
        with _needed(planned):
            check_file(planned, kept.sums)
            actions = read_frame(planned, ["action"])
        with _needed(part):
            check_file(part, kept.sums)
            rows = pl.concat([read_frame(part, ["source", "row", "key"]), actions], how="horizontal")
        yield (
            rows.with_row_index("position")
            .filter(action=Action.CREATE.value)
            .with_columns(part=pl.lit(number, pl.Int32))
        )


@contextmanager
def _needed(path: Path) -> Iterator[None]:
    """Say of a file that can't be read what it is needed for here: going on without it would not be safe."""
    try:
        yield
    except StateError:
        raise StateError(
            f"{path}: is missing, damaged or can't be read, and its run may have sent more than the older ledger "
            f"knows: without it {GONE}."
        ) from None
