"""The story of `undo`: what a run sent, what stood before it, and a plan for `apply` that puts it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.earlier import Earlier
from importer.errors import Exit, StateError, UsageError
from importer.folder import (
    RunFolder,
    find_folder,
    fresh_folder,
    is_whole,
    read_kept,
    refuse_purged,
    sum_files,
    write_kept,
)
from importer.kept import Kept
from importer.ledger import Ledger, Namespace, NewRun, Run, RunState, lock, open_ledger, outcomes, plan_run, runs
from importer.ledger.customers import namespaces
from importer.ledger.history import touched_after, touched_before
from importer.outcome import Action, State
from importer.record import Ending, close, tell
from importer.session import LEDGER, open_given, undo_digest
from importer.stopwatch import Stopwatch
from importer.undo.export import Exported, read_exported
from importer.undo.judge import MAY_HAVE_CHANGED, Known
from importer.undo.later import digests, standing
from importer.undo.write import Undone, write_undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.summary import Summary
    from importer.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be taken back, and how."""

    run: str
    """Its id, or `last` for the newest that sent something."""
    export: str | None = None
    """The target's contacts as they were before the run."""
    mapping: str | None = None
    """The mapping of that export."""
    delete_created: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The plan, and what it does with each row that the run sent."""

    run: str
    kept: Kept
    summary: Summary
    undone: Undone
    exported: Exported | None


def undo(asked: Asked, state_dir: Path, around: Surroundings, confirm: Callable[[int], None]) -> Answer:
    """Make a plan that takes a run back; nothing is sent.

    `confirm` is told how many contacts are to be marked deleted, before anything is planned, and raises where that is
    not wanted. Raises UsageError where the run sent nothing, LockedError, StateError, and for the export MappingError,
    SourceError or NoInputError.
    """
    watch = Stopwatch(around.monotonic)
    path = state_dir / LEDGER
    if not path.exists():
        raise StateError(f"{path.absolute()}: there is no ledger here; give the --state-dir of the run")
    with lock(state_dir), open_ledger(path, create=False) as ledger:
        run = _find_run(ledger, asked.run)
        source = find_folder(state_dir, run.id)
        kept, touched = read_kept(source), _touched(ledger, run)
        refuse_purged(source, kept)
        if not is_whole(source):
            raise StateError(f"{source.path}: files of this run are missing or damaged, so nobody knows what it sent")
        created = touched.filter(pl.col("action") == Action.CREATE, pl.col("state") == State.CREATED).height
        if asked.delete_created and created:
            confirm(created)
        with fresh_folder(state_dir, around.now(), around.token_hex) as folder, watch.time("plan"):
            exported = _read_export(asked, touched["contact_id"], folder, state_dir, around)
            known = _known(ledger, _namespace(ledger, run, kept), run, source, exported)
            if asked.delete_created:
                known = replace(known, delete_from=around.now())
            undone = write_undo(known, source, kept.parts, folder)
            if exported:
                exported.path.unlink()
            mine = _kept(kept, run, undone, folder)
            write_kept(folder, mine)
            new = NewRun(folder.run_id, "undo", undo_digest(run.id), "", folder.path)
            planned = plan_run(ledger, known.namespace, new, around.now)
        tally, mine = tell(ledger, planned, folder)
        exit_code = Exit.CHANGES if tally.states[State.UNSENT] else None
        summary = close(folder, tally, mine, Ending(seconds=watch.seconds(), exit_code=exit_code))
    return Answer(run.id, mine, summary, undone, exported)


def _find_run(ledger: Ledger, run_id: str) -> Run:
    sent = [run for run in runs(ledger) if run.state is not RunState.PLANNED]
    found = next((run for run in sent if run_id == run.id or (run_id == "last" and _changed(ledger, run).height)), None)
    if found is None:
        what = "no run has sent anything yet" if run_id == "last" else f"{run_id} is no run that sent anything"
        raise UsageError(f"{what}, so there is nothing to take back; `importer runs` lists the runs")
    return found


def _changed(ledger: Ledger, run: Run) -> pl.DataFrame:
    return outcomes(ledger, run.number).filter(pl.col("state").is_in(MAY_HAVE_CHANGED))


def _touched(ledger: Ledger, run: Run) -> pl.DataFrame:
    found = _changed(ledger, run)
    if found.is_empty():
        raise UsageError(f"run {run.id} changed no contact: there is nothing to take back")
    return found.select("contact_id", "action", "state")


def _read_export(
    asked: Asked, ids: pl.Series, folder: RunFolder, state_dir: Path, around: Surroundings
) -> Exported | None:
    if asked.export is None or asked.mapping is None:
        return None
    given = open_given([asked.export], asked.mapping, around.working_dir, state_dir)
    for text in given.sources.told:
        around.announce(f"reading {text}")
    path = folder.path / "export.parquet"
    return read_exported(given, ids, path, today=around.now().date(), progress=around.progress)


def _namespace(ledger: Ledger, run: Run, kept: Kept) -> Namespace:
    name = str((kept.namespace or {}).get("name"))
    found = next((one for one in namespaces(ledger, name) if one.id == run.namespace), None)
    if found is None:
        raise StateError(f"the ledger no longer knows whose customers run {run.id} sent (mapping name {name!r})")
    return found


def _known(ledger: Ledger, namespace: Namespace, run: Run, folder: RunFolder, exported: Exported | None) -> Known:
    ids = digests([one.id for one in runs(ledger)])
    return Known(
        ledger=ledger,
        namespace=namespace,
        run=run,
        earlier=Earlier(folder.path.parent),
        before=touched_before(ledger, run),
        later=standing(touched_after(ledger, run), ids),
        exported=exported,
        delete_from=None,
    )


def _kept(kept: Kept, run: Run, undone: Undone, folder: RunFolder) -> Kept:
    """Keep what a plan needs that has no source: it is judged by no guard rail and is nothing's measure."""
    return Kept(
        sources=(),
        names=kept.names,
        mapping=kept.mapping,
        verb="undo",
        account=kept.account,
        reasons={},
        dropped={},
        superseded=0,
        moved=0,
        read_as=(),
        unused=(),
        parts=undone.parts,
        base_url=kept.base_url,
        sums=sum_files(folder, undone.parts),
        namespace=kept.namespace,
        undoes=run.id,
    )
