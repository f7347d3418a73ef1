"""Writes results.csv and run.json of a run anew from its parts and the ledger, after something was settled."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Exit
from importer.folder import RunFolder, read_kept
from importer.ledger import Ledger, Run, outcomes
from importer.outcome import State
from importer.results import Tally, write_results
from importer.summary import Summary, read_summary

if TYPE_CHECKING:
    from importer.folder import Kept

WRONG = (State.REJECTED, State.FAILED, State.UNKNOWN)
LEFT = "some rows wait to be sent"


def rebuild(ledger: Ledger, run: Run, folder: RunFolder) -> Summary:
    """Write both files and give the summary: the states as they are now, all else as the run left it.

    Raises StateError when a file of the run is missing, or the disk is full.
    """
    kept = read_kept(folder)
    tally = write_results(folder, kept.names, partial(outcomes, ledger, run.number))
    summary = read_summary(folder.read_json(folder.summary)) if folder.summary.exists() else _first(ledger, run, folder)
    stopped = (summary.stopped or LEFT) if tally.states[State.UNSENT] else None
    code = _exit_code(tally, kept, summary.exit_code)
    summary = replace(
        summary, exit_code=code, read=tally.read, states=tally.states, reasons=tally.codes, stopped=stopped
    )
    folder.write_json(folder.summary, summary.document())
    return summary


def _exit_code(tally: Tally, kept: Kept, before: Exit) -> Exit:
    if tally.states[State.UNSENT]:
        return Exit.STOPPED if before in (Exit.OK, Exit.INCOMPLETE) else before
    return Exit.INCOMPLETE if sum(tally.states[state] for state in WRONG) > kept.superseded else Exit.OK


def _first(ledger: Ledger, run: Run, folder: RunFolder) -> Summary:
    """For a run that was killed before it could write its numbers: the requests are those that may have left."""
    kept, sent = read_kept(folder), outcomes(ledger, run.number)
    attempts, rows = (int(number) for number in sent.select(pl.col("attempts").sum(), pl.len()).row(0))
    return Summary(
        run_id=run.id,
        exit_code=Exit.STOPPED,
        read=0,
        states={},
        requests=attempts,
        retries=max(0, attempts - rows),
        dropped=kept.dropped,
        files={
            "rejects": str(folder.rejects.absolute()),
            "results": str(folder.results.absolute()),
            "report": None,
            "run": str(folder.summary.absolute()),
        },
        superseded=kept.superseded,
        moved=kept.moved,
        read_as=kept.read_as,
        unused=kept.unused,
    )
