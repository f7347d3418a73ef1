"""`importer undo`: plan what takes a run back."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from importer.commands.options import Typed, Voice, state_option, voice_options
from importer.console import open_notes, open_progress, show_summary, show_text
from importer.settings import SANDBOX_ACCOUNT
from importer.surroundings import Surroundings
from importer.undo.judge import Ending
from importer.undoing import Answer, Asked, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOLD = {
    Ending.PUT_BACK: "are put back as they stood before",
    Ending.PARTLY: "are put back, but for fields of which nobody knows what stood there",
    Ending.DELETED: "were created by it: marked deleted",
    Ending.AS_BEFORE: "say what was said before: nothing is sent",
    Ending.CREATED: "were created by it: kept (--delete-created marks them deleted)",
    Ending.LATER: "were sent again by a later run: kept as they are",
    Ending.NOT_KNOWN: "can't be put back: nobody knows what stood before (see --export)",
    Ending.IN_DOUBT: "may have been created or not: settle them with `importer resolve` first",
}
MOST_FIELDS = 12


@click.command("undo")
@click.argument("run")
@click.option("--export", metavar="FILE", help="The target's contacts as they were before RUN, to put back from.")
@click.option("-m", "--mapping", help="The mapping of that export: contact.id and all that is to be put back.")
@click.option("--delete-created", is_flag=True, help="Mark the contacts that RUN created as deleted; asks first.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@state_option
@voice_options
def command(  # one parameter an option
    run: str,
    export: str | None,
    mapping: str | None,
    state_dir: Path,
    *,
    delete_created: bool,
    yes: bool,
    **how: bool,
) -> int:
    """Plan what takes RUN back (`last` is the newest that sent something); nothing is sent before `importer apply`.

    Exit 11 if there is something to send, else 3 if some rows can't be taken back, else 0.
    """
    voice = Voice.of(how)
    if (export is None) != (mapping is None):
        raise click.UsageError("--export and -m go together: the file, and the mapping that reads it")
    around = Surroundings(progress=open_progress(voice), announce=open_notes(voice))
    asked = Asked(run, export, mapping, delete_created)
    answer = undo(asked, state_dir, around, _confirm(yes=yes))
    summary = answer.summary
    typed = Typed(
        "plan",
        (),
        answer.kept.mapping,
        state_dir,
        sandbox=answer.kept.account == SANDBOX_ACCOUNT,
        base_url=answer.kept.base_url,
    )
    if voice.json:
        show_text(json.dumps({**summary.document(), "undo": _document(answer)}, ensure_ascii=False, indent=2))
        return summary.exit_code
    if not voice.quiet:
        show_text(_page(answer))
    show_summary(voice, summary, typed)
    return summary.exit_code


def _confirm(*, yes: bool) -> Callable[[int], None]:
    def confirm(contacts: int) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(f"{contacts:,} contacts would be marked deleted: without a terminal, add --yes")
        click.confirm(f"Plan to mark {contacts:,} contacts deleted?", abort=True, err=True)

    return confirm


def _document(answer: Answer) -> dict[str, object]:
    undone, exported = answer.undone, answer.exported
    return {
        "run": answer.run,
        "rows": {ending.value: undone.endings[ending] for ending in Ending},
        "lost": dict(undone.lost.most_common()),
        "later": dict(undone.later),
        "unread": list(undone.unread),
        "export": None if exported is None else {"records": exported.records, "unreadable": exported.unreadable},
    }


def _page(answer: Answer) -> str:
    undone = answer.undone
    lines = ["", f"Of the {sum(undone.endings.values()):,} rows that run {answer.run} sent:"]
    lines += [f"  {undone.endings[ending]:>9,}  {told}" for ending, told in TOLD.items() if undone.endings[ending]]
    if undone.lost:
        lines += ["", "Fields that stay as the run left them, by rows:"]
        lines += [f"  {count:>9,}  {place}" for place, count in undone.lost.most_common(MOST_FIELDS)]
    if undone.later:
        lines += ["", "Later runs, by the contacts that are kept because of them (undo those first):"]
        lines += [f"  {count:>9,}  {run}" for run, count in sorted(undone.later.items(), reverse=True)]
    if undone.unread:
        lines += ["", f"Files of {', '.join(undone.unread)} are gone or damaged: what they sent is not known."]
    if answer.exported and answer.exported.unreadable:
        told = f"{answer.exported.unreadable:,} of {answer.exported.records:,} records of the export can't be read."
        lines += ["", told]
    return "\n".join(lines) + "\n"
