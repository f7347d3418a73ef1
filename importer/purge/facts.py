"""What is known of each run's folder: when it was last worked on, and why it may still be needed whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.folder import RunFolder, list_folders, read_kept
from importer.ledger import Ledger, Run, RunState, runs
from importer.ledger.mark import mark_of, read_senders
from importer.ledger.needed import changing_runs, runs_in_doubt, waiting_plans
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.kept import Kept

OPEN = "it is not finished: the same command goes on with it"
DOUBT = "creates of it are unknown: `importer resolve` settles them"
WAITS = "it is a plan that `importer apply` can still send"
NEWEST = "it is the newest of its mapping and account"
CHANGED = "it is the newest that changed a contact: `importer undo last` takes it back"
KILLED = "it was stopped before it could write its numbers"
UNREAD = "its job.json can't be read"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run's folder."""

    folder: RunFolder
    last: datetime
    """When it was last worked on, in UTC."""
    needed: str | None
    """Why it is needed whole, however old it is; None where nothing needs it."""
    kept: Kept | None
    """None where it can't be read."""


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What lies in a state folder."""

    runs: tuple[RunFacts, ...]
    unready: tuple[Path, ...] = field(default=())
    """Folders of runs that never got ready: no ledger and no mark names them, and nothing but parts is in them."""


def gather_facts(ledger: Ledger | None, state_dir: Path) -> StateFacts:
    """Look at each run's folder, oldest first. Raises StateError when the ledger can't be read, or is gone."""
    known = {run.id: run for run in runs(ledger)} if ledger else {}
    sent = set(read_senders(mark_of(ledger.path)) or ()) if ledger else set()
    needed = _needed(ledger, tuple(known.values())) if ledger else {}
    found, unready = [], []
    for folder in list_folders(state_dir):
        if not folder.job.exists():
            if folder.run_id not in sent | set(known) and not folder.summary.exists() and not folder.results.exists():
                unready.append(folder.path)
            continue
        kept = _read(folder)
        if ledger is None and kept is not None and kept.verb != "check":
            raise StateError(
                f"{state_dir}: there is no ledger here, and runs that may have sent something: nobody can tell what of "
                "them is still needed. Put the ledger back."
            )
        why = needed.get(folder.run_id) or _doubt(folder, kept, known.get(folder.run_id))
        found.append(RunFacts(folder, _last(folder, known.get(folder.run_id)), why, kept))
    return StateFacts(tuple(found), tuple(unready))


def _read(folder: RunFolder) -> Kept | None:
    try:
        return read_kept(folder)
    except StateError:
        return None


def _needed(ledger: Ledger, known: tuple[Run, ...]) -> dict[str, str]:
    """Give why runs are needed, by id; `known` are all runs, newest first."""
    newest = {run.namespace: run.id for run in reversed(known) if run.state is not RunState.PLANNED}
    return {
        **dict.fromkeys(newest.values(), NEWEST),
        **dict.fromkeys(changing_runs(ledger).values(), CHANGED),
        **dict.fromkeys(waiting_plans(ledger), WAITS),
        **dict.fromkeys(runs_in_doubt(ledger), DOUBT),
        **{run.id: OPEN for run in known if run.state is RunState.OPEN},
    }


def _doubt(folder: RunFolder, kept: Kept | None, run: Run | None) -> str | None:
    """Say what speaks for keeping a run that no ledger names: it can't be judged, or rows of it are held back."""
    if kept is None:
        return UNREAD
    if run is None or run.state is RunState.PLANNED:
        return None
    if not folder.summary.exists():
        return KILLED
    try:
        numbers = folder.read_json(folder.summary)
        held = int(numbers[State.UNKNOWN.value]) > int(numbers.get("unknown_updates", 0))
    except (StateError, KeyError, TypeError, ValueError):
        return KILLED
    return DOUBT if held else None


def _last(folder: RunFolder, run: Run | None) -> datetime:
    begun = datetime.strptime(folder.run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return max(_moments(begun, run))


def _moments(begun: datetime, run: Run | None) -> Iterator[datetime]:
    # A folder's name may be a second ahead of the clock, where two runs began in one.
    if run is None:
        yield begun
    else:
        yield run.started_at
        if run.finished_at is not None:
            yield run.finished_at
