"""`importer plan`: check, then say what a run would create, update and leave alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from importer.arrivals import find_arrivals
from importer.commands.options import Typed, Voice, source_options, state_option, target_options, voice_options
from importer.commands.policies import with_policies
from importer.commands.rails import limits_of, rail_options
from importer.commands.reporting import write_report
from importer.commands.target import open_account
from importer.commands.typed_options import typed_options
from importer.console import open_notes, open_progress, show_summary, show_text
from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.pipeline import plan
from importer.plan import PlannedRow, ShowPlan
from importer.preview import changes_page, planned_page
from importer.session import Wanted
from importer.surroundings import Surroundings

WIDTH = 100
"""Columns of what is no terminal."""


@click.command("plan")
@source_options
@target_options
@click.option(
    "--show",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Show the first N rows that are created, updated or held back, each field old -> new; masked.",
)
@click.option("--unmasked", is_flag=True, help="With --show: values as they are, but full card numbers.")
@click.option("--force", is_flag=True, help="Send unchanged rows too.")
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
    """Say what a run of SOURCE would create, update and leave alone; nothing is sent.

    The plan waits for `importer apply`. Exit 11 if there is something to send, else 3 if rows are rejected or held
    back, else 0.
    """
    voice = Voice.of(how)
    if how["unmasked"] and how["show"] is None:
        raise click.UsageError("--unmasked says how to show rows: add --show N")
    if how["show"] is not None and (voice.json or voice.quiet):
        raise click.UsageError("--show prints rows for reading: leave out --json and -q")
    typed = Typed("plan", sources, mapping, state_dir, sandbox=sandbox, base_url=base_url, options=typed_options())
    loaded = load_mapping(find_mapping(mapping, cwd=Path.cwd()))
    how = with_policies(how, loaded.mapping.run)
    account = open_account(base_url, sandbox=sandbox)
    wanted = Wanted(sources, mapping, account, state_dir, new_ledger, change_key, how["force"], loaded)
    arrivals = find_arrivals(wanted, loaded)
    (first, *rest) = arrivals.runs
    for text in arrivals.notes:
        open_notes(voice)(text)
    wanted = replace(wanted, sources=first)
    typed = replace(typed, names=first)
    around = Surroundings(progress=open_progress(voice), announce=open_notes(voice))
    summary = plan(wanted, around, limits_of(how), _show_rows(how["show"], unmasked=how["unmasked"]))
    if summary.changes is not None and not (voice.json or voice.quiet):
        show_text(changes_page(summary.changes))
    if rest:
        open_notes(voice)(f"{len(rest):,} newer files wait; the oldest one comes first")
    summary = write_report(summary, typed, state_dir, open_notes(voice))
    show_summary(voice, summary, typed)
    return summary.exit_code


def _show_rows(rows: int | None, *, unmasked: bool) -> ShowPlan | None:
    def print_rows(shown: tuple[PlannedRow, ...]) -> None:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        show_text(planned_page(shown, width=width, unmasked=unmasked))

    return None if rows is None else ShowPlan(rows, print_rows)
