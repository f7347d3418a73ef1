"""`importer run`: the main job."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.arrivals import find_arrivals
from importer.commands.options import (
    Typed,
    Voice,
    send_options,
    source_options,
    state_option,
    target_options,
    voice_options,
)
from importer.commands.policies import with_policies
from importer.commands.rails import rail_options
from importer.commands.reporting import write_report
from importer.commands.target import open_target, sending_of
from importer.commands.typed_options import typed_options
from importer.console import open_notes, open_progress, show_summary, show_text
from importer.errors import Exit, ImporterError, InterruptedRunError
from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.pipeline import run
from importer.session import Wanted
from importer.summary import SCHEMA_VERSION, Summary
from importer.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.arrivals import Arrivals
    from importer.sending import Sending


@click.command("run")
@source_options
@target_options
@click.option("--force", is_flag=True, help="Send unchanged rows too.")
@send_options
@rail_options
@state_option
@voice_options
def command(  # one parameter an option
    sources: tuple[str, ...],
    mapping: str,
    state_dir: Path,
    base_url: str | None,
    *,
    sandbox: bool,
    new_ledger: bool,
    change_key: bool,
    **how: Any,  # noqa: ANN401  # the shared options, read by those who add them
) -> int:
    """Import SOURCE: prepare, plan and send; the same command again goes on where it stopped.

    A row with an id, or whose key is known, updates its contact; any other row creates one. What is unchanged since
    it was last sent is not sent again. Exit 0 when every row is in the target, 3 when some are rejected, failed or
    unknown.
    """
    voice = Voice.of(how)
    loaded = load_mapping(find_mapping(mapping, cwd=Path.cwd()))
    how = with_policies(how, loaded.mapping.run)
    typed = Typed("run", sources, mapping, state_dir, sandbox=sandbox, base_url=base_url, options=typed_options())
    with open_target(base_url, state_dir, sandbox=sandbox) as account:
        wanted = Wanted(sources, mapping, account, state_dir, new_ledger, change_key, how["force"], loaded)
        return _run_all(find_arrivals(wanted, loaded), wanted, sending_of(account, how), voice, typed)


def _run_all(arrivals: Arrivals, wanted: Wanted, sending: Sending, voice: Voice, typed: Typed) -> int:
    """Run one after the other, as long as each ends with 0 or 3; give the exit code of the last, or 3 if any has it."""
    announce, done, stops = open_notes(voice), list[Summary](), list[InterruptedRunError]()
    for text in arrivals.notes:
        announce(text)
    broke: Exit | None = None
    try:
        for sources in arrivals.runs:
            around = Surroundings(progress=open_progress(voice), announce=announce)
            summary = run(replace(wanted, sources=sources), sending, around)
            told = replace(typed, names=sources)
            done.append(write_report(summary, told, wanted.state_dir, announce, stops.append))
            if not (voice.json and arrivals.queue):
                show_summary(voice, done[-1], told)
            if summary.exit_code not in (Exit.OK, Exit.INCOMPLETE):
                break
            if stops and len(done) < len(arrivals.runs):
                raise stops[0]
    except ImporterError as error:
        broke = error.exit_code
        raise
    finally:
        _tell_waiting(arrivals, len(done), announce, broke=broke is not None)
        if voice.json and arrivals.queue and done:
            show_text(_document(done, broke))
    return _worst(done)


def _tell_waiting(arrivals: Arrivals, done: int, announce: Callable[[str], None], *, broke: bool) -> None:
    """Say which new files wait; the first of them by name where it is what broke the command."""
    left = arrivals.runs[done:]
    if not (arrivals.queue and left and left[0]):
        return
    first = f", {left[0][0]} first" if broke else ""
    announce(f"{len(left):,} of {len(arrivals.runs):,} new files wait for the same command{first}")


def _worst(done: Sequence[Summary]) -> Exit:
    last = done[-1].exit_code
    return Exit.INCOMPLETE if last is Exit.OK and any(one.exit_code for one in done) else last


def _document(done: Sequence[Summary], broke: Exit | None) -> str:
    """Give the document of all runs; `broke` is the code with which the command ends before a run had one."""
    runs = [one.document() for one in done]
    exit_code = _worst(done) if broke is None else broke
    document = {"schema_version": SCHEMA_VERSION, "exit_code": int(exit_code), "runs": runs}
    return json.dumps(document, ensure_ascii=False, indent=2)
