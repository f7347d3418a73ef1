"""What a run leaves behind: job.json, from which it goes on; results.csv and run.json, which tell how it went."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import Exit, ImporterError
from importer.folder import RunFolder, read_kept, sum_files
from importer.kept import Kept
from importer.ledger import Ledger, Run, outcomes
from importer.mapping.identity import key_columns, key_steps
from importer.outcome import State
from importer.prepare.repeated import KEY_SUPERSEDED
from importer.results import Tally, write_results
from importer.summary import Summary, read_summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.plan import Planned
    from importer.prepare import Prepared
    from importer.session import Given, Wanted
    from importer.settings import Account

WRONG = (State.REJECTED, State.FAILED, State.UNKNOWN)
LEFT = "some rows wait to be sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the work on a run ended."""

    seconds: Mapping[str, float]
    stopped: ImporterError | None = None
    requests: int = 0
    retries: int = 0
    exit_code: Exit | None = None
    """Where it is not what the states say."""
    continued: bool = False
    note: str | None = None
    changes: Mapping[str, Any] | None = None
    """What a plan would do; None for what is no plan."""
    guards: Sequence[Mapping[str, str]] = ()
    timeline: Mapping[str, Any] = field(default_factory=dict)
    """How sending went over time."""


def describe(
    folder: RunFolder,
    given: Given,
    prepared: Prepared,
    planned: Planned | None = None,
    *,
    verb: str,
    wanted: Wanted | None = None,
    figures: Mapping[str, Any] | None = None,
) -> Kept:
    """Give what a run was made from. With a plan it is ready to be sent once that is written."""
    account = wanted.account if wanted else None
    superseded = planned.codes.get(KEY_SUPERSEDED, 0) if planned else 0
    return Kept(
        # Nothing goes on from a check, so it keeps no copy of what was piped.
        sources=given.sources.names if verb == "check" else given.sources.keep_piped(folder.path),
        names=given.sources.names,
        mapping=str(given.loaded.path.absolute()),
        verb=verb,
        account=account.ledger_account if account else None,
        base_url=account.base_url if account and not account.sandbox else None,
        reasons=prepared.reasons,
        dropped=prepared.dropped,
        superseded=prepared.superseded + superseded,
        moved=planned.moved if planned else 0,
        read_as=given.sources.told,
        unused=given.unused,
        parts=len(prepared.refs),
        namespace=_namespace(given, account) if account else None,
        change_key=wanted.change_key if wanted else False,
        force=wanted.force if wanted else False,
        figures=dict(figures) if figures else None,
        # Rows that were mended are no measure of a whole file.
        fields=[] if given.sources.returned else [list(astuple(count)) for count in prepared.fields],
        sums=sum_files(folder, len(prepared.refs)) if planned else {},
        columns=prepared.columns.document(),
        dates=given.dates,
    )


def _namespace(given: Given, account: Account) -> dict[str, Any]:
    mapping = given.loaded.mapping
    return {
        "base_url": account.ledger_url,
        "account": account.ledger_account,
        "name": mapping.name,
        "key_fields": list(mapping.key or ()),
        "key_steps": key_steps(mapping),
        "key_columns": key_columns(mapping),
    }


def tell(ledger: Ledger, run: Run, folder: RunFolder) -> tuple[Tally, Kept]:
    """Write results.csv from the parts, the plan and the ledger, and count it."""
    kept = read_kept(folder)
    return write_results(folder, kept.names, kept.parts, partial(outcomes, ledger, run.number), kept.sums), kept


def close(folder: RunFolder, tally: Tally, kept: Kept, ending: Ending) -> Summary:
    """Write run.json and give the summary."""
    stopped = ending.stopped
    summary = replace(
        _summary(folder, kept),
        exit_code=ending.exit_code or (stopped.exit_code if stopped else _exit_code(tally, kept)),
        read=tally.read,
        states=tally.states,
        reasons=tally.codes,
        unknown_updates=tally.unknown_updates,
        requests=ending.requests,
        retries=ending.retries,
        seconds=ending.seconds,
        stopped=str(stopped) if stopped else None,
        continued=ending.continued,
        note=ending.note,
        changes=ending.changes,
        guards=ending.guards,
        timeline=ending.timeline,
    )
    folder.write_json(folder.summary, summary.record())
    return summary


def rebuild(ledger: Ledger, run: Run, folder: RunFolder) -> Summary:
    """Write both files anew after something was settled: the states as they are now, all else as the run left it.

    Raises StateError when a file of the run is missing, or the disk is full.
    """
    tally, kept = tell(ledger, run, folder)
    before = read_summary(folder.read_json(folder.summary)) if folder.summary.exists() else _killed(ledger, run, folder)
    unsent = tally.states[State.UNSENT] > 0
    code = before.exit_code if before.exit_code not in (Exit.OK, Exit.INCOMPLETE) else Exit.STOPPED
    summary = replace(
        before,
        exit_code=code if unsent else _exit_code(tally, kept),
        read=tally.read,
        states=tally.states,
        reasons=tally.codes,
        unknown_updates=tally.unknown_updates,
        stopped=(before.stopped or LEFT) if unsent else None,
    )
    folder.write_json(folder.summary, summary.record())
    with suppress(OSError):  # a page is a by-product; what it said no longer holds
        folder.report.unlink(missing_ok=True)
    return summary


def _exit_code(tally: Tally, kept: Kept) -> Exit:
    wrong = sum(tally.states.get(state, 0) for state in WRONG)
    return Exit.INCOMPLETE if wrong > kept.superseded else Exit.OK


def _killed(ledger: Ledger, run: Run, folder: RunFolder) -> Summary:
    """For a run that was killed before it could write its numbers: the requests are those that may have left."""
    sent = outcomes(ledger, run.number)
    attempts, rows = (int(number) for number in sent.select(pl.col("attempts").sum(), pl.len()).row(0))
    return replace(
        _summary(folder, read_kept(folder)),
        exit_code=Exit.STOPPED,
        requests=attempts,
        retries=max(0, attempts - rows),
    )


def _summary(folder: RunFolder, kept: Kept) -> Summary:
    return Summary(
        run_id=folder.run_id,
        exit_code=Exit.OK,
        read=0,
        states={},
        dropped=kept.dropped,
        files={
            "rejects": None if kept.undoes else str(folder.rejects.absolute()),
            "results": str(folder.results.absolute()) if kept.verb != "check" else None,
            "report": str(folder.report.absolute()),
            "run": str(folder.summary.absolute()),
        },
        superseded=kept.superseded,
        moved=kept.moved,
        read_as=kept.read_as,
        unused=kept.unused,
        absent=kept.figures["absent"] if kept.figures else None,
        columns=kept.columns,
    )
