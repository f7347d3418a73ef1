"""Looks at the state folder and its ledger: whether they can be used, whom they know, and what waits in them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.doctor.finding import Finding, broken, fine, odd
from importer.errors import LockedError, StateError
from importer.ledger import (
    ROWS,
    Ledger,
    Namespace,
    RunState,
    Target,
    count_contacts,
    find_namespace,
    lock,
    make_state_dir,
    newest_column_counts,
    open_ledger,
    refuse_loss,
    require_namespace,
    runs,
)
from importer.ledger.customers import namespaces
from importer.ledger.needed import runs_in_doubt
from importer.session import LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LEAST_ROOM = 200 << 20
"""Bytes that should be free whatever the source."""
ROOM_FOR_SOURCE = 12
"""Bytes for each byte of a CSV whose lines have some 100: 2 to 4 in the run's folder, and 1 kB a new customer in the
ledger (measured with 100,000 and 4,000 rows)."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a run would be for."""

    state_dir: Path
    target: Target | None
    """None where the account or the mapping is not known."""
    source_bytes: int | None
    """Of its files; None where they are not known."""


def look_at_state(meant: Meant, use: Callable[[Ledger | None], None]) -> Iterator[Finding]:
    """Look at the folder and the ledger in it; `use` is called while the lock is held, with the ledger if it is sound.

    Nothing is made that is not there.
    """
    folder = meant.state_dir
    if not folder.exists():
        yield odd("state", f"{folder.absolute()} is not there: the first run makes it, with --new-ledger")
        use(None)
        return
    try:
        make_state_dir(folder)
        with ExitStack() as stack:
            stack.enter_context(lock(folder))
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"-")
            yield fine("state", f"{folder.absolute()} can be written and locked")
            yield from _look_at_room(meant)
            yield from _look_at_ledger(meant, stack, use)
    except OSError as error:
        yield broken("state", StateError(f"{folder.absolute()} can't be written: {error.strerror}. Mend its rights"))
    except (LockedError, StateError) as error:
        yield broken("state", error)


def _look_at_room(meant: Meant) -> Iterator[Finding]:
    free, files = shutil.disk_usage(meant.state_dir).free, os.statvfs(meant.state_dir)
    needed = max(LEAST_ROOM, ROOM_FOR_SOURCE * (meant.source_bytes or 0))
    told = f"{free / 1e9:,.1f} GB are free on its disk"
    if files.f_files and not files.f_favail:
        yield broken("state", StateError("its disk can take no file more: free some, as with `importer purge`"))
    elif free < needed:
        yield odd(
            "state", f"{told}, and a run may need {needed / 1e9:,.1f} GB: `importer purge --older-than 90d` frees"
        )
    else:
        yield fine("state", told)


def _look_at_ledger(meant: Meant, stack: ExitStack, use: Callable[[Ledger | None], None]) -> Iterator[Finding]:
    path = meant.state_dir / LEDGER
    try:
        if not path.exists():
            refuse_loss(path)
            yield odd("ledger", f"{path.absolute()} is not there: the first run makes it, with --new-ledger")
            use(None)
            return
        ledger = stack.enter_context(open_ledger(path, create=False))
        sound = ledger.read("PRAGMA quick_check(1)") == [("ok",)]
    except StateError as error:
        yield broken("ledger", error)
        return
    if not sound:
        yield broken("ledger", StateError(f"{path}: it is damaged. Put a copy back as docs/faults.md says"))
        return
    yield fine("ledger", f"it is sound; {len(runs(ledger)):,} runs")
    yield from _look_at_waiting(ledger)
    if meant.target is not None:
        yield from _look_at_customers(ledger, meant.target)
    use(ledger)


def _look_at_waiting(ledger: Ledger) -> Iterator[Finding]:
    for run in runs(ledger):
        if run.state is RunState.OPEN:
            yield odd("ledger", f"run {run.id} is not finished: the same command goes on, another source closes it")
    if doubtful := sorted(runs_in_doubt(ledger)):
        told = f"creates of {', '.join(doubtful[:3])}{' and others' if len(doubtful) > 3 else ''} are unknown"  # noqa: PLR2004  # named three
        yield odd("ledger", f"{told}: `importer resolve RUN` settles them; nobody of them is created meanwhile")


def _look_at_customers(ledger: Ledger, target: Target) -> Iterator[Finding]:
    found = find_namespace(ledger, target)
    if found is None and not namespaces(ledger, target.name):
        yield odd(
            "account", f"nothing was ever sent for mapping name {target.name!r}: the first run needs --new-ledger"
        )
        return
    try:
        known = require_namespace(ledger, target)
    except StateError as error:
        yield broken("account", error)
        return
    yield fine(
        "account", f"{count_contacts(ledger, known.id):,} contacts of mapping name {target.name!r} are known here"
    )
    yield _look_at_history(ledger, known)


def _look_at_history(ledger: Ledger, namespace: Namespace) -> Finding:
    before = next((count for count in newest_column_counts(ledger, namespace) if count.place == ROWS), None)
    if before is None:
        return odd("guards", "no run came before: only the share of rejects can hold the next one")
    return fine("guards", f"the next run is held against one of {before.filled + before.rejected:,} rows")
