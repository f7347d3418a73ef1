"""Which of the files that a mapping names are new, and that a content came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import NoInputError
from importer.ledger import Target, find_namespace, lock, open_ledger
from importer.ledger.contents import finished_contents
from importer.session import LEDGER
from importer.source.arrived import digest_content, oldest_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.contents import Seen
    from importer.mapping.load import Loaded
    from importer.session import Session, Wanted


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is to be run."""

    runs: tuple[tuple[str, ...], ...]
    """The sources of each run, in their order; () stands for what the mapping names, all of it."""
    notes: tuple[str, ...] = ()
    """What was left out, in words."""
    queue: bool = False
    """Whether each new file is a run of its own."""


def find_arrivals(wanted: Wanted, loaded: Loaded) -> Arrivals:
    """Give the files that are to be run: what was typed, or what the mapping's `source: take` wants of its files.

    A file is new as long as no run of its namespace has finished its content, whatever it was called; `--force` takes
    it again. Raises NoInputError when none is new, LockedError, StateError, SourceError.
    """
    said = loaded.mapping.source
    if wanted.sources or said.take == "all" or not said.files:
        return Arrivals((tuple(wanted.sources),))
    queue = said.take == "new"
    finished = {} if wanted.force else _finished(wanted, loaded)
    try:
        files = oldest_first([str(loaded.path.parent / file) for file in said.files], wanted.state_dir)
    except NoInputError:
        # Whether the ledger is there is told first, by the run that finds no file.
        return Arrivals(((),), queue=queue)
    new: dict[str, str] = {}
    seen: list[tuple[str, str]] = []
    late: list[str] = []
    for file in files if queue else files[-1:]:
        digest = digest_content(file)
        if digest in finished:
            late = list(new.values())
        if digest in finished or digest in new:
            seen.append((file, digest))
        else:
            new[digest] = file
    if not new:
        raise NoInputError(_nothing_new(*seen[-1], finished))
    notes = (*_tell_seen(seen, files[-1]), *_tell_late(late))
    return Arrivals(tuple((file,) for file in new.values()), notes, queue)


def told_again(session: Session) -> str | None:
    """Say that a run has finished this very content before; None where none has."""
    seen = finished_contents(session.ledger, session.namespace).get(session.source_digest)
    if seen is None:
        return None
    return f"The same content was imported by run {seen.run_id} on {seen.finished:%Y-%m-%d}."


def _finished(wanted: Wanted, loaded: Loaded) -> Mapping[str, Seen]:
    path, account = wanted.state_dir / LEDGER, wanted.account
    if not path.exists():
        return {}
    with lock(wanted.state_dir), open_ledger(path, create=False) as ledger:
        target = Target(account.ledger_url, account.ledger_account, loaded.mapping.name)
        namespace = find_namespace(ledger, target)
        return finished_contents(ledger, namespace) if namespace else {}


def _tell_seen(seen: list[tuple[str, str]], newest: str) -> tuple[str, ...]:
    if not seen:
        return ()
    told = f"{len(seen):,} files hold what was imported before: left out"
    if seen[-1][0] != newest:
        return (told,)
    return (told, f"{newest}, the newest one, is among them: if the list went back to that, give it as SOURCE")


def _tell_late(late: list[str]) -> tuple[str, ...]:
    """Tell of new files that were changed before one that is imported already."""
    if not late:
        return ()
    more = f" and {len(late) - 1:,} more" if len(late) > 1 else ""
    told = "new, but older than a file that was imported already: what it says replaces what that one said"
    return (f"{late[0]}{more}: {told}",)


def _nothing_new(file: str, digest: str, finished: Mapping[str, Seen]) -> str:
    seen, last = finished[digest], max(finished.values(), key=lambda one: one.finished)
    told = f"no new file: {file}, the newest one, holds what run {seen.run_id} imported on {seen.finished:%Y-%m-%d}"
    if seen != last:
        told += f", and run {last.run_id} imported other content since. If the list went back to that, or"
    else:
        told += ". If"
    return f"{told} the mapping was edited, give the file as SOURCE"
