"""`importer resolve`: settle unknown rows from the target's own export."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.commands.options import Typed, Voice, state_option, voice_options
from importer.commands.plan import command as plan
from importer.commands.reporting import write_report
from importer.commands.typed_options import kept_options
from importer.console import open_notes, open_progress, show_text
from importer.errors import Exit
from importer.folder import find_folder, list_folders, read_kept, refuse_purged
from importer.ledger import RunState, runs
from importer.outcome import State
from importer.record import rebuild
from importer.resolve import Ending, Export, Resolved, find_sent, open_state, resolve
from importer.session import LEDGER
from importer.settings import SANDBOX_ACCOUNT

if TYPE_CHECKING:
    from importer.summary import Summary

TOLD = {
    Ending.FOUND: "stand in the target: created",
    Ending.ABSENT: "never happened: unsent, the next run creates them",
    Ending.AMBIGUOUS: "may stand there: twice, written otherwise, or by email, document or phone: still unknown",
    Ending.OLDER: "were sent after the export was taken: still unknown",
    Ending.UNPROVEN: "are not in the export, which may not be whole: still unknown",
}


def read_moment(_context: click.Context, _option: click.Parameter, text: str) -> datetime:
    """Read a time with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter("give a time with its zone, such as 2026-03-01T14:30:00Z or 2026-03-01T09:30:00-05:00")
    return moment


@click.command("resolve")
@click.argument("run")
@click.option("--export", required=True, metavar="FILE", help="All contacts of the target, as it exports them.")
@click.option("-m", "--mapping", required=True, help="The mapping of that export: contact.id and the key's fields.")
@click.option(
    "--as-of", required=True, metavar="TIME", callback=read_moment, help="When it was taken: 2026-03-01T14:30:00Z."
)
@click.option(
    "--older-ledger",
    is_flag=True,
    help="The ledger lost records: first hold back every create of the runs' folders that it does not know.",
)
@click.option(
    "--runs-complete",
    is_flag=True,
    help="With --older-ledger where ledger.mark is gone: you know that no run's folder is missing.",
)
@state_option
@voice_options
def command(  # one parameter an option
    run: str, export: str, mapping: str, as_of: datetime, state_dir: Path, *, older_ledger: bool, **how: bool
) -> int:
    """Settle the rows of RUN whose create is unknown (`last` is the newest run); nothing is sent.

    A row whose key stands in the export is created. One that does not never was, if the export was taken later and
    holds every contact that the run surely created; the next run creates it. Exit 0 when no row of the run is unknown
    any more, else 3.
    """
    voice = Voice.of(how)
    moment, complete = partial(datetime.now, UTC), how["runs_complete"]
    with open_state(state_dir, LEDGER, older=older_ledger, complete=complete, now=moment) as ledger:
        found = find_sent(ledger, run)
        folder = find_folder(state_dir, found.id)
        refuse_purged(folder, read_kept(folder))
        resolved = resolve(
            ledger,
            found,
            folder,
            Export(export, mapping, as_of),
            now=moment,
            working_dir=Path.cwd(),
            progress=open_progress(voice),
        )
        left = {one.run_id: one for one in list_folders(state_dir)}
        for other in runs(ledger):
            if other.number in resolved.runs - {found.number} and other.id in left:
                rebuild(ledger, other, left[other.id])
        summary = rebuild(ledger, found, folder)
        goes_on = find_sent(ledger, found.id).state is RunState.OPEN
    exit_code = Exit.INCOMPLETE if summary.states[State.UNKNOWN] else Exit.OK
    kept = read_kept(folder)
    # A plan goes on only while its run is open; after that a new one is needed.
    verb = "plan" if kept.verb == "apply" and not goes_on else kept.verb
    typed = Typed(
        verb,
        (folder.run_id,) if verb == "apply" else kept.names,
        kept.mapping,
        state_dir,
        sandbox=kept.account == SANDBOX_ACCOUNT,
        base_url=kept.base_url,
        options=kept_options(kept, plan if verb == "plan" else None),
        names=kept.names,
    )
    summary = write_report(summary, typed, state_dir, open_notes(voice))
    if voice.json:
        show_text(json.dumps(_document(summary, resolved, exit_code), ensure_ascii=False, indent=2))
    elif not voice.quiet:
        show_text(_page(summary, resolved, typed))
    return exit_code


def _document(summary: Summary, resolved: Resolved, exit_code: Exit) -> dict[str, object]:
    counted = {ending.value: resolved.endings.get(ending, 0) for ending in Ending}
    named = ("records", "unreadable", "evidence", "missing")
    resolve_ = {**counted, **{name: getattr(resolved, name) for name in named}}
    return {**summary.document(), "exit_code": int(exit_code), "resolve": resolve_}


def _page(summary: Summary, resolved: Resolved, typed: Typed) -> str:
    endings = resolved.endings
    settled = endings.get(Ending.FOUND, 0) + endings.get(Ending.ABSENT, 0)
    lines = ["", f"Run {summary.run_id}: {settled:,} of {sum(endings.values()):,} unknown creates are settled.", ""]
    lines += [f"  {ending.value:<10}{endings.get(ending, 0):>9,}  {told}" for ending, told in TOLD.items()]
    lines += ["", *_why(resolved), f"  {'results':<10}{summary.files.get('results')}", ""]
    if summary.states[State.UNSENT]:
        lines += [f"Next: send the {summary.states[State.UNSENT]:,} unsent rows with", f"  {shlex.join(typed.again)}"]
    if creates := summary.states[State.UNKNOWN] - summary.unknown_updates:
        words = shlex.join(typed.resolve(summary.run_id))
        lines += [f"{creates:,} rows are still unknown, and none of them is sent. With a better export:", f"  {words}"]
    if summary.unknown_updates:
        lines += [
            f"Next: send the {summary.unknown_updates:,} unknown updates again with",
            f"  {shlex.join(typed.afresh)}",
        ]
    return "\n".join(lines if lines[-1] else [*lines, "Nothing is left to do."]) + "\n"


def _why(resolved: Resolved) -> list[str]:
    """Say what the export lacks, where it matters."""
    lines = []
    if resolved.endings.get(Ending.OLDER, 0):
        lines.append("Take a newer export, and give the time at which that was begun as --as-of.")
    if resolved.endings.get(Ending.UNPROVEN, 0):
        if resolved.unreadable:
            lines.append(
                f"{resolved.unreadable:,} of its {resolved.records:,} records have no readable shape, id or key."
            )
        if resolved.missing:
            lines.append(
                f"It lacks {resolved.missing:,} of {resolved.evidence:,} contacts that the run surely made, or shows "
                "them under another key: export all contacts, and compare the key's steps in both mappings."
            )
        if resolved.unread:
            lines.append(
                f"Of {resolved.unread:,} rows the body that was sent is missing or damaged in the run's folder, so "
                "nobody can look for their email, document and phone: put the folder back."
            )
        if not resolved.evidence:
            lines.append("The run made no contact by which a whole export could be known from a filtered one.")
    return [*lines, ""] if lines else []
