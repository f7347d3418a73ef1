"""The whole story on one screen: prepare, plan, send. Only here are the steps joined, and only from here is sent."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Exit, GuardRailError, NoInputError, StateError
from importer.folder import Kept, RunFolder, find_folder, new_folder, read_kept, write_kept
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
from importer.prepare import Prepared, prepare, write_rejects
from importer.progress import Progress, Silent
from importer.results import Tally, write_results
from importer.session import Given, Session, Wanted, open_given, open_session
from importer.signals import watch_signals
from importer.stopwatch import Stopwatch
from importer.summary import Summary
from importer.upload import SendOptions, Sent, send_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.settings import Account


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


def check(sources: Sequence[str], mapping: str, state_dir: Path, around: Surroundings) -> Summary:
    """Prepare only: read, map and judge every row, and write the reject file."""
    watch = Stopwatch(around.monotonic)
    given = open_given(sources, mapping, around.working_dir)
    make_state_dir(state_dir)
    folder = new_folder(state_dir, around.now(), around.token_hex)
    with watch.time("prepare"):
        prepared = _prepare(given, folder, around, bodies=False)
        write_rejects(given.sources, given.compiled, folder, prepared.refs)
    states = {State.REJECTED: prepared.rejected, State.UNSENT: prepared.read - prepared.rejected}
    _keep(given, folder, prepared, verb="check", account=None)
    return _close(folder, watch, Tally(states, prepared.reasons), read_kept(folder))


def plan(wanted: Wanted, around: Surroundings) -> Summary:
    """Prepare and plan; the plan waits in its folder for `apply`."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        folder = _prepare_and_plan("plan", session, wanted, around, watch)
        run = plan_run(session.ledger, session.namespace, _new_run("plan", session, folder), around.now)
        tally, kept = _write_results(session, run, folder)
        to_send = tally.states[State.UNSENT] > 0
        return _close(folder, watch, tally, kept, exit_code=Exit.CHANGES if to_send else None)


def run(wanted: Wanted, sending: Sending, around: Surroundings) -> Summary:
    """Prepare, plan and send; or go on with the newest unfinished run of the same source, mapping and account."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        unfinished = newest_unfinished(session.ledger, session.namespace)
        if unfinished is not None and _is_same(unfinished, session.given):
            return _go_on(session, unfinished, wanted, sending, around, watch)
        folder = _prepare_and_plan("run", session, wanted, around, watch)
        begun = begin_run(session.ledger, session.namespace, _new_run("run", session, folder), around.now)
        return _send(session, begun, folder, sending, around, watch)


def apply(run_id: str, state_dir: Path, sending: Sending, around: Surroundings) -> Summary:
    """Send exactly what a plan says, or refuse and say what moved since."""
    watch = Stopwatch(around.monotonic)
    folder = find_folder(state_dir, run_id)
    kept = read_kept(folder)
    wanted = Wanted(kept.sources, kept.mapping, sending.account, state_dir)
    with open_session(wanted, working_dir=around.working_dir, now=around.now) as session:
        planned = find_run(session.ledger, folder.run_id)
        if planned is None or planned.namespace != session.namespace.id:
            raise GuardRailError(f"{folder.run_id} is no plan of this account and mapping: plan again, and apply that")
        if not _is_same(planned, session.given):
            raise GuardRailError(f"the source or the mapping changed since {planned.id} was planned: plan again")
        if planned.state is RunState.OPEN:
            return _go_on(session, planned, wanted, sending, around, watch)
        begun = apply_run(session.ledger, session.namespace, planned, around.now)
        return _send(session, begun, folder, sending, around, watch)


def _prepare(given: Given, folder: RunFolder, around: Surroundings, *, bodies: bool = True) -> Prepared:
    prepared = prepare(
        given.sources,
        given.compiled,
        folder,
        duplicates=given.loaded.mapping.duplicates,
        today=around.now().date(),
        progress=around.progress,
        bodies=bodies,
    )
    if not prepared.read:
        raise NoInputError(f"{', '.join(given.sources.names)}: there is a header but not one row under it")
    return prepared


def _prepare_and_plan(verb: str, session: Session, wanted: Wanted, around: Surroundings, watch: Stopwatch) -> RunFolder:
    folder = new_folder(wanted.state_dir, around.now(), around.token_hex)
    with watch.time("prepare"):
        prepared = _prepare(session.given, folder, around)
    with watch.time("plan"):
        planned = plan_parts(folder.parts, folder.plan, session.ledger, session.namespace)
        write_rejects(session.given.sources, session.given.compiled, folder, prepared.refs)
        account = session.namespace.target.account
        _keep(session.given, folder, prepared, verb=verb, account=account, moved=planned.moved)
    return folder


def _go_on(
    session: Session, unfinished: Run, wanted: Wanted, sending: Sending, around: Surroundings, watch: Stopwatch
) -> Summary:
    folder = find_folder(wanted.state_dir, unfinished.id)
    going_on = resume_run(session.ledger, unfinished, around.now)
    return replace(_send(session, going_on, folder, sending, around, watch), continued=True)


def _send(
    session: Session, begun: Run, folder: RunFolder, sending: Sending, around: Surroundings, watch: Stopwatch
) -> Summary:
    # What is cut off from here on must not be taken for what an earlier stretch of this run came to.
    folder.drop_summary()
    with watch.time("send"):
        sent = asyncio.run(_send_rows(session, begun, folder, sending, around))
    tally, kept = _write_results(session, begun, folder)
    summary = _close(folder, watch, tally, kept, sent=sent)
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
    rows = tasks(folder.parts, folder.plan, partial(outcomes, session.ledger, begun.number), chunk=sending.chunk_size)
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


def _write_results(session: Session, run_: Run, folder: RunFolder) -> tuple[Tally, Kept]:
    kept = read_kept(folder)
    return write_results(folder, kept.names, partial(outcomes, session.ledger, run_.number)), kept


def _is_same(run_: Run, given: Given) -> bool:
    return (run_.mapping_digest, run_.source_digest) == (given.loaded.digest, given.sources.digest())


def _new_run(verb: str, session: Session, folder: RunFolder) -> NewRun:
    given = session.given
    return NewRun(folder.run_id, verb, given.sources.digest(), given.loaded.digest, folder.path)


def _keep(
    given: Given, folder: RunFolder, prepared: Prepared, *, verb: str, account: str | None, moved: int = 0
) -> None:
    kept = Kept(
        sources=tuple(str(Path(name).absolute()) for name in given.sources.names),
        names=given.sources.names,
        mapping=str(given.loaded.path.absolute()),
        verb=verb,
        account=account,
        reasons=prepared.reasons,
        dropped=prepared.dropped,
        superseded=prepared.superseded,
        moved=moved,
        read_as=tuple(_described(given)),
        unused=given.unused,
    )
    write_kept(folder, kept)


def _described(given: Given) -> Iterator[str]:
    for name, how in zip(given.sources.names, given.sources.described, strict=True):
        form = f"{how.kind}, {how.encoding}, delimiter {how.delimiter!r}" if how.encoding else how.kind
        yield f"{name}: {form}"


def _close(
    folder: RunFolder,
    watch: Stopwatch,
    tally: Tally,
    kept: Kept,
    *,
    sent: Sent | None = None,
    exit_code: Exit | None = None,
) -> Summary:
    stopped = sent.stopped if sent else None
    wrong = sum(tally.states.get(state, 0) for state in (State.REJECTED, State.FAILED, State.UNKNOWN))
    finished = Exit.INCOMPLETE if wrong > kept.superseded else Exit.OK
    summary = Summary(
        run_id=folder.run_id,
        exit_code=exit_code or (stopped.exit_code if stopped else finished),
        read=tally.read,
        states=tally.states,
        requests=sent.requests if sent else 0,
        retries=sent.retries if sent else 0,
        seconds=watch.seconds(),
        reasons=tally.codes,
        dropped=kept.dropped,
        files={
            "rejects": str(folder.rejects.absolute()),
            "results": str(folder.results.absolute()) if folder.results.exists() else None,
            "report": None,
            "run": str(folder.summary.absolute()),
        },
        superseded=kept.superseded,
        stopped=str(stopped) if stopped else None,
        moved=kept.moved,
        read_as=kept.read_as,
        unused=kept.unused,
    )
    folder.write_json(folder.summary, summary.document())
    return summary
