"""The whole story on one screen: prepare, plan, send. Only here are the steps joined, and only from here is sent."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Exit, GuardRailError, NoInputError, StateError
from importer.folder import (
    RunFolder,
    drop_folder,
    find_folder,
    is_whole,
    new_folder,
    read_kept,
    write_kept,
)
from importer.ledger import (
    Journal,
    NewRun,
    Run,
    RunState,
    apply_run,
    begin_run,
    find_run,
    finish_run,
    has_landed,
    make_state_dir,
    newest_unfinished,
    outcomes,
    plan_run,
    requests_of_day,
    resume_run,
)
from importer.outcome import State
from importer.plan import adopt_ids, tasks
from importer.plan import plan as plan_parts
from importer.prepare import Prepared, column_uses, prepare, write_rejects
from importer.prepare.preview import Show, preview
from importer.progress import Progress, Silent
from importer.record import Ending, close, keep, tell
from importer.results import Tally
from importer.session import Given, Session, Wanted, open_given, open_session
from importer.stopwatch import Stopwatch
from importer.upload import SendOptions, Sent, send_run
from importer.watch import watch_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.settings import Account
    from importer.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How to send: whose account, how many rows are taken up at a time, and how fast."""

    account: Account
    chunk_size: int
    options: SendOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The world outside: its clocks, its chance, where we stand, and who watches."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    token_hex: Callable[[int], str] = secrets.token_hex
    working_dir: Path = field(default_factory=Path.cwd)
    progress: Progress = field(default_factory=Silent)
    announce: Callable[[str], None] = lambda _text: None
    """Told how each source is read, before it is."""


def check(
    sources: Sequence[str], mapping: str, state_dir: Path, around: Surroundings, show: Show | None = None
) -> Summary:
    """Prepare only: read, map and judge every row, and write the reject file; and show the first rows if wanted."""
    watch = Stopwatch(around.monotonic)
    given = open_given(sources, mapping, around.working_dir, state_dir)
    make_state_dir(state_dir)
    with _new_folder(state_dir, around) as folder, watch.time("prepare"):
        prepared = _prepare(given, folder, around, bodies=False)
        look, today = (given.sources, given.compiled, folder, prepared.refs), around.now().date()
        shown = preview(*look, rows=show.rows, today=today) if show else ()
        write_rejects(given.sources, given.compiled, folder, prepared.refs)
        kept = keep(folder, given, prepared, verb="check")
    states = {State.REJECTED: prepared.rejected, State.UNSENT: prepared.read - prepared.rejected}
    summary = close(folder, Tally(states, prepared.reasons), kept, Ending(seconds=watch.seconds()))
    if show:
        show.receive(shown)
    return summary


def plan(wanted: Wanted, around: Surroundings) -> Summary:
    """Prepare and plan; the plan waits in its folder for `apply`."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        folder = _prepare_and_plan("plan", session, wanted, around, watch)
        planned = plan_run(session.ledger, session.namespace, _new_run("plan", session, folder), around.now)
        tally, kept = tell(session.ledger, planned, folder)
        exit_code = Exit.CHANGES if tally.states[State.UNSENT] else None
        return close(folder, tally, kept, Ending(seconds=watch.seconds(), exit_code=exit_code))


def run(wanted: Wanted, sending: Sending, around: Surroundings) -> Summary:
    """Prepare, plan and send; or go on with the newest unfinished run of the same source, mapping and account."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        unfinished = newest_unfinished(session.ledger, session.namespace)
        note = None
        if unfinished is not None and _is_same(unfinished, session.given):
            folder = RunFolder(wanted.state_dir / "runs" / unfinished.id)
            if is_whole(folder):
                going_on = resume_run(session.ledger, unfinished, around.now)
                return _send(session, going_on, folder, sending, around, watch, continued=True)
            note = (
                f"The files of run {unfinished.id} are missing or damaged, so this is a new run; nothing is sent twice."
            )
        folder = _prepare_and_plan("run", session, wanted, around, watch)
        begun = begin_run(session.ledger, session.namespace, _new_run("run", session, folder), around.now)
        return _send(session, begun, folder, sending, around, watch, note=note)


def apply(run_id: str, state_dir: Path, sending: Sending, around: Surroundings) -> Summary:
    """Send exactly what a plan says, or refuse and say what moved since."""
    watch = Stopwatch(around.monotonic)
    folder = find_folder(state_dir, run_id)
    kept = read_kept(folder)
    wanted = Wanted(kept.sources, kept.mapping, sending.account, state_dir, change_key=kept.change_key)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        planned = find_run(session.ledger, folder.run_id)
        if planned is None or planned.namespace != session.namespace.id:
            raise GuardRailError(f"{folder.run_id} is no plan of this account and mapping: plan again, and apply that")
        if not _is_same(planned, session.given):
            raise GuardRailError(f"the source or the mapping changed since {planned.id} was planned: plan again")
        if not is_whole(folder):
            raise StateError(f"{folder.path}: files of this plan are missing or damaged: plan again, and apply that")
        if planned.state is RunState.OPEN:
            going_on = resume_run(session.ledger, planned, around.now)
            return _send(session, going_on, folder, sending, around, watch, continued=True)
        begun = apply_run(session.ledger, session.namespace, planned, around.now)
        write_kept(folder, replace(kept, verb="apply"))
        return _send(session, begun, folder, sending, around, watch)


@contextmanager
def _new_folder(state_dir: Path, around: Surroundings) -> Iterator[RunFolder]:
    """Give the folder of a new run; it goes again where the run does not get ready."""
    folder = new_folder(state_dir, around.now(), around.token_hex)
    try:
        yield folder
    except BaseException:
        drop_folder(folder)
        raise


def _prepare(given: Given, folder: RunFolder, around: Surroundings, *, bodies: bool = True) -> Prepared:
    for text in given.sources.told:
        around.announce(f"reading {text}")
    prepared = prepare(
        given.sources,
        given.compiled,
        folder,
        duplicates=given.loaded.mapping.duplicates,
        today=around.now().date(),
        progress=around.progress,
        uses=column_uses(given.loaded.mapping, given.compiled),
        bodies=bodies,
    )
    if not prepared.read:
        raise NoInputError(f"{', '.join(given.sources.names)}: there is a header but not one row under it")
    return prepared


def _prepare_and_plan(verb: str, session: Session, wanted: Wanted, around: Surroundings, watch: Stopwatch) -> RunFolder:
    given = session.given
    with _new_folder(wanted.state_dir, around) as folder:
        with watch.time("prepare"):
            prepared = _prepare(given, folder, around)
        with watch.time("plan"):
            duplicates = given.loaded.mapping.duplicates
            planned = plan_parts(folder.parts, folder.plan, session.ledger, session.namespace, duplicates=duplicates)
            write_rejects(given.sources, given.compiled, folder, prepared.refs)
            keep(folder, given, prepared, planned, verb=verb, account=wanted.account, change_key=wanted.change_key)
    return folder


def _send(
    session: Session,
    begun: Run,
    folder: RunFolder,
    sending: Sending,
    around: Surroundings,
    watch: Stopwatch,
    *,
    continued: bool = False,
    note: str | None = None,
) -> Summary:
    # What is cut off from here on must not be taken for what an earlier stretch of this run came to.
    folder.drop_summary()
    session.keep_keys()
    with watch.time("send"):
        sent = asyncio.run(_send_rows(session, begun, folder, sending, around))
    tally, kept = tell(session.ledger, begun, folder)
    ending = Ending(
        seconds=watch.seconds(),
        stopped=sent.stopped,
        requests=sent.requests,
        retries=sent.retries,
        continued=continued,
        note=note,
    )
    summary = close(folder, tally, kept, ending)
    unfinished = summary.states[State.UNSENT] > 0 or tally.pending > 0
    state = RunState.OPEN if unfinished else RunState.FINISHED
    try:
        finish_run(session.ledger, begun, summary.document(), summary.exit_code, around.now, state=state)
    except StateError:
        # The run goes on with the same command, so its numbers are not told as final.
        folder.drop_summary()
        raise
    return summary


async def _send_rows(session: Session, begun: Run, folder: RunFolder, sending: Sending, around: Surroundings) -> Sent:
    adopt_ids(folder.parts, folder.plan, session.ledger, session.namespace, begun.number)
    done, sums = partial(outcomes, session.ledger, begun.number), read_kept(folder).sums
    rows = tasks(folder.parts, folder.plan, done, chunk=sending.chunk_size, sums=sums)
    landed = has_landed(session.ledger, begun.number)
    today = requests_of_day(session.ledger, session.namespace.target, around.now().date())
    pace = replace(sending.options.pace, spent=today)
    # The journal stands inside: whoever is cut off by a second signal has its record written all the same.
    with watch_signals() as stop:
        async with Journal(session.ledger.path, session.namespace, begun, around.now) as journal:
            sent = await send_run(
                rows,
                account=sending.account,
                recorder=journal,
                progress=around.progress,
                stop=stop.event,
                options=replace(sending.options, landed=landed, pace=pace),
            )
    return replace(sent, stopped=stop.error() or sent.stopped)


def _is_same(run_: Run, given: Given) -> bool:
    return (run_.mapping_digest, run_.source_digest) == (given.loaded.digest, given.sources.digest())


def _new_run(verb: str, session: Session, folder: RunFolder) -> NewRun:
    given = session.given
    return NewRun(folder.run_id, verb, given.sources.digest(), given.loaded.digest, folder.path)
