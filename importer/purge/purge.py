"""The story of `purge`: under the ledger's lock, look, choose, ask, and only then take away."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.folder import write_kept
from importer.folder_lock import is_held
from importer.ledger import lock, open_ledger, refuse_loss
from importer.ledger.needed import landed_parts, parts_before
from importer.purge.choose import Purge, choose_left, choose_thinned, stays_whole
from importer.purge.facts import gather_facts
from importer.session import LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from importer.ledger import Held, Ledger
    from importer.purge.choose import Left, Place, Thinned
    from importer.purge.facts import RunFacts

RECONCILED = "reconciled"


def purge(state_dir: Path, before: datetime, now: datetime, confirm: Callable[[Purge], None]) -> Purge:
    """Take away what nothing can come back to of runs last worked on before a time; give what was taken.

    `confirm` is told all of it first, and raises where it is not wanted. The ledger itself is never written. Raises
    LockedError, or StateError where the ledger is gone or damaged, or a file can't be removed. Stopped at any moment,
    the same command takes the rest.
    """
    path = state_dir / LEDGER
    if not state_dir.is_dir():
        raise StateError(f"{state_dir.absolute()}: there is no state folder here; give the --state-dir of the runs")
    with ExitStack() as stack:
        held = stack.enter_context(lock(state_dir))
        if not path.exists():
            refuse_loss(path)
        ledger = stack.enter_context(open_ledger(path, create=False)) if path.exists() else None
        chosen = look(ledger, state_dir, before, now)
        confirm(chosen)
        for thinned in chosen.thinned:
            _thin(thinned, now, held)
        for left in chosen.left:
            _drop(left, held)
    return chosen


def look(ledger: Ledger | None, state_dir: Path, before: datetime, now: datetime) -> Purge:
    """Choose what goes, while the lock is held. Raises StateError."""
    facts = gather_facts(ledger, state_dir)
    thinned = choose_thinned(facts.runs, before, _places(ledger, facts.runs, before))
    left = choose_left(facts.unready, state_dir / RECONCILED, before, now, is_held)
    needed = [run for run in facts.runs if run.needed and run.last < before and stays_whole(run, before)]
    return Purge(before, tuple(thinned), tuple(left), tuple(needed))


def _places(ledger: Ledger | None, runs: tuple[RunFacts, ...], before: datetime) -> set[Place]:
    """Give the parts with a body that landed last on somebody, or that undoing a whole run would put back."""
    if ledger is None:
        return set()
    whole = {run.folder.run_id for run in runs if stays_whole(run, before)}
    return {*landed_parts(ledger).rows(), *parts_before(ledger, whole).rows()}


def _thin(thinned: Thinned, now: datetime, held: Held) -> None:
    held.check()
    folder, kept = thinned.facts.folder, thinned.facts.kept
    if kept is not None and not kept.purged:
        # Said before the first file goes: a run that was begun on is never taken for a damaged one.
        write_kept(folder, replace(kept, purged=now.isoformat(timespec="seconds")))
    for path in thinned.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{path} can't be removed: {error.strerror}. Mend its rights and purge again.") from None


def _drop(left: Left, held: Held) -> None:
    held.check()
    try:
        shutil.rmtree(left.path)
    except OSError as error:
        raise StateError(f"{left.path} can't be removed: {error.strerror}. Mend its rights and purge again.") from None
