"""One row's whole way, from what its run left behind and what the ledger knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import ImporterError, UsageError
from importer.explain.find import Found, find_row
from importer.explain.steps import FieldWay, follow
from importer.folder import read_frame, read_kept, refuse_purged
from importer.ledger import Ledger, Run, find_run, last_landed, outcomes
from importer.outcome import Action, Method, State
from importer.results import part_results
from importer.rules import hint, mask_text
from importer.rules.codes import is_told
from importer.session import open_given

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.kept import Kept
    from importer.value import Value

BODIES = ["body", "update_body"]
NOTHING_NEW = (
    "It said what had landed last on this contact, or its mapping's policies left nothing of it to send: "
    "no request was made. `--force` on a run sends such rows."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One row. Full card numbers are masked; all else is as it is."""

    run_id: str
    verb: str
    source: str
    result: dict[str, Any]
    """As results.csv has it: `row`, `line`, `key`, `action`, `state`, `contact_id`, `http_status`, `code`, `message`,
    `attempts`, `finished_at`."""
    dropped: tuple[str, ...] = ()
    """Codes of fields that were left out."""
    why: tuple[str, ...] = ()
    """What each code means, in a sentence."""
    request: str | None = None
    """The call that was, or would be, made."""
    body: str | None = None
    answer: str | None = None
    """What the server stored then; None where it told nothing, or a later run has been answered since."""
    fields: tuple[FieldWay, ...] = ()
    """Empty where cells are not asked for, or can't be read as they were."""
    notes: tuple[str, ...] = ()


def explain(
    folder: RunFolder, ledger: Ledger | None, row: str, *, cells: bool, state_dir: Path, working_dir: Path
) -> Explained:
    """Explain a row (`n` or `SOURCE:n`) of a run. Raises UsageError, StateError."""
    kept = read_kept(folder)
    refuse_purged(folder, kept)
    found = find_row(folder, kept, row)
    run = find_run(ledger, folder.run_id) if ledger else None
    told = _planned(folder, kept, found, ledger, run) if kept.verb != "check" else _checked(folder, kept, found)
    return _add_cells(told, folder, kept, found, run, state_dir, working_dir) if cells else told


def _checked(folder: RunFolder, kept: Kept, found: Found) -> Explained:
    part = _row(read_frame(folder.part(found.part), ["line", "key", "reasons", "dropped"]), found)
    state = State.UNSENT if part["reasons"] is None else State.REJECTED
    result = {"row": found.row, "line": part["line"], "key": part["key"], "action": None, "state": state.value}
    result["code"] = part["reasons"]
    return _made(folder, kept, found, result, part["dropped"])


def _planned(folder: RunFolder, kept: Kept, found: Found, ledger: Ledger | None, run: Run | None) -> Explained:
    number = found.part
    known = outcomes(ledger, run.number if ledger and run else -1, number) if ledger else None
    if known is None:
        raise UsageError(f"run {folder.run_id} has no ledger beside it: give the --state-dir it was made in")
    result = _row(part_results(folder, number, kept.names, known), found)
    plan = _row(read_frame(folder.plan_part(number), ["action", "composed"]), found)
    made = _row(read_frame(folder.bodies(number), BODIES), found)
    dropped = _row(read_frame(folder.part(number), ["dropped"]), found)["dropped"]
    told = _made(folder, kept, found, result, dropped)
    if plan["action"] == Action.UNCHANGED.value and not (result["code"] or kept.undoes):
        told = replace(told, why=(NOTHING_NEW, *told.why))
    if plan["action"] not in (Action.CREATE.value, Action.UPDATE.value):
        return told
    creating = plan["action"] == Action.CREATE
    body = made["body"] if creating else plan["composed"] or made["update_body"] or made["body"]
    call = f"{Method.CREATE} /contacts" if creating else f"{Method.UPDATE} /contacts/{result['contact_id']}"
    return replace(told, request=call, body=mask_text(body), answer=_answer(ledger, run, result, found))


def _answer(ledger: Ledger | None, run: Run | None, result: dict[str, Any], found: Found) -> str | None:
    if ledger is None or run is None or run.namespace is None or result["contact_id"] is None:
        return None
    last = last_landed(ledger, run.namespace, pl.Series([result["contact_id"]])).row(0, named=True)
    if (last["run"], last["part"], last["position"]) != (run.id, found.part, found.position) or last["answer"] is None:
        return None
    return mask_text(last["answer"])


def _made(folder: RunFolder, kept: Kept, found: Found, result: dict[str, Any], dropped: str | None) -> Explained:
    codes = (result.get("code") or "").split()
    left_out = tuple((dropped or "").split())
    shown = {name: mask_text(value) if isinstance(value, str) else value for name, value in result.items()}
    return Explained(
        run_id=folder.run_id,
        verb=kept.verb,
        source=kept.names[found.source],
        result={name: value for name, value in shown.items() if name != "source"},
        dropped=left_out,
        why=tuple(hint(code) for code in (*codes, *left_out) if is_told(code)),
    )


def _add_cells(
    told: Explained,
    folder: RunFolder,
    kept: Kept,
    found: Found,
    run: Run | None,
    state_dir: Path,
    working_dir: Path,
) -> Explained:
    """Read the row's cells again, if the source and the mapping are what they were then; else say why not."""
    if kept.undoes:
        return replace(told, notes=(f"It takes back a row of run {kept.undoes}: explain that run for its cells.",))
    try:
        given = open_given(kept.sources or kept.names, kept.mapping, working_dir, state_dir)
        moved = run is not None and run.source_digest != given.sources.digest()
        if moved or (run is not None and run.mapping_digest != given.loaded.digest):
            what = "The source has other content" if moved else "The mapping is another"
            return replace(told, notes=(f"{what} than when the run was made: its cells and steps can't be shown.",))
        batch = next(one for one in given.sources.batches() if one.ref.part == found.part)
    except ImporterError as error:
        return replace(told, notes=(f"The cells can't be read any more: {error}",))
    except StopIteration:
        return replace(told, notes=("The source has fewer rows than then: its cells and steps can't be shown.",))
    if batch.meta["row"].slice(found.position, 1).to_list() != [found.row]:
        return replace(told, notes=("The source has other rows than then: its cells and steps can't be shown.",))
    made = datetime.strptime(folder.run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    ways = follow(batch, found.position, given.loaded.mapping, given.compiled, today=made.date())
    sure = () if run else ("Nothing was kept to tell whether the source is as it was then.",)
    return replace(told, fields=ways, notes=(*sure, *_withheld(told, given.compiled.values, ways)))


def _withheld(told: Explained, values: Sequence[Value], ways: Sequence[FieldWay]) -> Iterator[str]:
    """Say of each filled field that an update does not carry which policy of the mapping keeps it out."""
    if told.body is None or not (told.request or "").startswith(Method.UPDATE):
        return
    body = json.loads(told.body)
    for value, way in zip(values, ways, strict=True):
        top, _, tag = value.place.partition(".")
        carried = body.get(top.partition("[")[0])
        if tag and top == "tags":
            carried = (carried or {}).get(tag)
        if value.write != "always" and carried is None and way.steps and way.steps[-1].result is not None:
            yield f"{value.place} is left out of this update: `write: {value.write}`."


def _row(frame: pl.DataFrame, found: Found) -> dict[str, Any]:
    return frame.row(found.position, named=True)
