"""The whole story on one screen: prepare, plan, send. Only here are the steps joined, and only from here is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from threading import Thread
from typing import TYPE_CHECKING, Any

from importer.arrivals import told_again
from importer.earlier import Earlier
from importer.errors import Exit, GuardRailError, StateError
from importer.event_loop import run_async
from importer.folder import RunFolder, find_folder, fresh_folder, is_whole, read_kept, write_kept
from importer.guard import Limits, Tripped, gather, judge_kept, refusal
from importer.ledger import (
    ColumnCount,
    NewRun,
    Run,
    RunState,
    apply_run,
    begin_run,
    find_run,
    finish_run,
    keep_column_counts,
    newest_unfinished,
    plan_run,
    resume_run,
    run_timeline,
)
from importer.outcome import Action, State
from importer.plan import Knowledge, ShowPlan, policies_of, tell_changes, what_moved
from importer.plan import plan as plan_parts
from importer.prepare import Prepared, write_rejects
from importer.preparing import prepare_given
from importer.record import Ending, close, describe, tell
from importer.sending import Sending, send_rows
from importer.session import Given, Opened, Session, Wanted, open_kept, open_session
from importer.stopwatch import Stopwatch
from importer.surroundings import Surroundings
from importer.upload import load_client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.kept import Kept
    from importer.ledger import Ledger, Namespace
    from importer.plan import Planned
    from importer.summary import Summary

__all__ = ["Sending", "Surroundings", "apply", "plan", "run"]


def plan(wanted: Wanted, around: Surroundings, limits: Limits | None = None, show: ShowPlan | None = None) -> Summary:
    """Prepare and plan, and say what the guard rails would; the plan waits in its folder for `apply`."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now, later=True) as session:
        folder = _prepare_and_plan("plan", session, wanted, around, watch, show)
        planned = _enter(plan_run, "plan", session, folder, around)
        tally, kept = tell(session.ledger, planned, folder)
        exit_code = Exit.CHANGES if tally.states[State.UNSENT] else None
        tripped = judge_kept(kept.figures, limits or Limits())
        note = told_again(session)
        ending = Ending(
            seconds=watch.seconds(), exit_code=exit_code, changes=kept.changes, guards=_told(tripped), note=note
        )
        return close(folder, tally, kept, ending)


def run(wanted: Wanted, sending: Sending, around: Surroundings) -> Summary:
    """Prepare, plan and send; or go on with the newest unfinished run of the same source, mapping and account."""
    watch = Stopwatch(around.monotonic)
    with open_session(wanted, working_dir=around.working_dir, now=around.now, later=True) as session:
        unfinished, note = newest_unfinished(session.ledger, session.namespace), None
        if unfinished is not None and _is_same(unfinished, session.given):
            folder = RunFolder(wanted.state_dir / "runs" / unfinished.id)
            whole = is_whole(folder)
            if whole and read_kept(folder).force >= wanted.force:
                going_on = resume_run(session.ledger, unfinished, around.now)
                return _send(session, going_on, folder, sending, around, watch, continued=True)
            if not whole:
                note = f"Files of run {unfinished.id} are missing or damaged: this is a new run; nothing is sent twice."
        folder = _prepare_and_plan("run", session, wanted, around, watch)
        if tripped := judge_kept(read_kept(folder).figures, sending.limits):
            return _hold(session, _enter(plan_run, "run", session, folder, around), folder, tripped, watch)
        session.held.check()
        begun = _enter(begin_run, "run", session, folder, around)
        return _send(session, begun, folder, sending, around, watch, note=note or told_again(session))


def apply(run_id: str, state_dir: Path, sending: Sending, around: Surroundings) -> Summary:
    """Send exactly what a plan says, or refuse and say what moved since."""
    watch = Stopwatch(around.monotonic)
    folder = find_folder(state_dir, run_id)
    kept = read_kept(folder)
    opened = open_kept(kept, sending.account, state_dir, working_dir=around.working_dir, now=around.now)
    with opened as session:
        planned = find_run(session.ledger, folder.run_id)
        if planned is None or planned.namespace != session.namespace.id:
            raise GuardRailError(f"{folder.run_id} is no plan of this account and mapping: plan again, and apply that")
        if planned.state in (RunState.FINISHED, RunState.CLOSED):
            # Before anything is judged: what a run that sent came to is never told anew.
            raise GuardRailError(f"{planned.id} is {planned.state}, so there is nothing of it to apply: plan again")
        digests = {"source_digest": session.source_digest, "mapping_digest": session.mapping_digest}
        if moved := what_moved(session.ledger, planned, **digests):
            what = " and ".join(moved)
            raise GuardRailError(f"since {planned.id} was planned, {what} moved: plan again, and apply that")
        if not is_whole(folder):
            raise StateError(f"{folder.path}: files of this plan are missing or damaged: plan again, and apply that")
        if planned.state is RunState.OPEN:
            if kept.verb == "plan":
                write_kept(folder, replace(kept, verb="apply"))
            going_on = resume_run(session.ledger, planned, around.now)
            return _send(session, going_on, folder, sending, around, watch, continued=True)
        if tripped := judge_kept(kept.figures, sending.limits):
            return _hold(session, planned, folder, tripped, watch)
        # Said before it sends, so that the folder of a plan is never taken for one that sent nothing.
        write_kept(folder, replace(kept, verb="apply"))
        begun = apply_run(session.ledger, session.namespace, planned, around.now)
        return _send(session, begun, folder, sending, around, watch)


def _changes(session: Session, folder: RunFolder, kept: Kept, show: ShowPlan | None) -> dict[str, Any]:
    """Tell what the plan changes: once rows are sent, the ledger no longer tells what stood before."""
    known = Knowledge(session.ledger, session.namespace, Earlier(folder.path.parent))
    digest, values = session.given.loaded.digest, session.given.compiled.values
    return tell_changes(folder, kept, known, mapping_digest=digest, values=values, show=show)


def _prepare_and_plan(
    verb: str,
    session: Session,
    wanted: Wanted,
    around: Surroundings,
    watch: Stopwatch,
    show: ShowPlan | None = None,
) -> RunFolder:
    given = session.given
    with fresh_folder(wanted.state_dir, around.now(), around.token_hex) as folder:
        with watch.time("prepare"):
            prepared = prepare_given(given, folder, around, heed=session.ledger.heed)
        with watch.time("plan"):
            session.ledger.prove()
            duplicates = given.loaded.mapping.duplicates
            planned = plan_parts(
                folder.parts,
                folder.plan,
                session.ledger,
                session.namespace,
                policies=policies_of(given.loaded.mapping),
                force=wanted.force,
                duplicates=duplicates,
            )
            for text in planned.notes:
                around.announce(text)
            if verb == "run" and (planned.counts.get(Action.CREATE) or planned.counts.get(Action.UPDATE)):
                Thread(target=load_client, name="load").start()
            with ThreadPoolExecutor(1, "rejects") as threads:
                written = threads.submit(write_rejects, given.sources, given.compiled, folder, prepared.refs)
                figures = _figures(session, folder, prepared, planned)
                kept = describe(folder, given, prepared, planned, verb=verb, wanted=wanted, figures=figures)
                kept = replace(kept, changes=_changes(session, folder, kept, show))
                written.result()
            write_kept(folder, kept)
    return folder


def _figures(session: Session, folder: RunFolder, prepared: Prepared, planned: Planned) -> dict[str, Any] | None:
    # Rows that were mended are few and chosen: no share of theirs says anything.
    if session.given.sources.returned:
        return None
    earlier = None if session.given.loaded.mapping.update == "full" else Earlier(folder.path.parent)
    return gather(folder, prepared, planned, session.ledger, session.namespace, earlier).document()


def _hold(session: Opened, held: Run, folder: RunFolder, tripped: Sequence[Tripped], watch: Stopwatch) -> Summary:
    """Leave what a guard rail holds as a plan, which `apply` may send."""
    tally, kept = tell(session.ledger, held, folder)
    stopped = GuardRailError(refusal(tripped))
    ending = Ending(seconds=watch.seconds(), stopped=stopped, changes=kept.changes, guards=_told(tripped))
    return close(folder, tally, kept, ending)


def _told(tripped: Sequence[Tripped]) -> list[dict[str, str]]:
    return [asdict(one) for one in tripped]


def _send(
    session: Opened,
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
        sent = run_async(send_rows(session, begun, folder, sending, around))
    tally, kept = tell(session.ledger, begun, folder)
    ending = Ending(
        seconds=watch.seconds(),
        stopped=sent.stopped,
        requests=sent.requests,
        retries=sent.retries,
        continued=continued,
        note=note,
        changes=kept.changes,
        timeline=run_timeline(session.ledger, begun.number),
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


def _is_same(run_: Run, given: Given) -> bool:
    return (run_.mapping_digest, run_.source_digest) == (given.loaded.digest, given.sources.digest())


def _enter(
    begin: Callable[[Ledger, Namespace, NewRun, Callable[[], datetime]], Run],
    verb: str,
    session: Session,
    folder: RunFolder,
    around: Surroundings,
) -> Run:
    given = session.given
    new = NewRun(folder.run_id, verb, given.sources.digest(), given.loaded.digest, folder.path)
    entered = begin(session.ledger, session.namespace, new, around.now)
    keep_column_counts(session.ledger, entered, [ColumnCount(*count) for count in read_kept(folder).fields])
    return entered
