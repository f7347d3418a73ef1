"""`importer explain`: one row's whole way through a run."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import click

from importer.commands.options import Voice, state_option, voice_options
from importer.console import show_text
from importer.explain.explain import explain
from importer.folder import find_folder
from importer.ledger import lock, open_ledger
from importer.preview.explained import explained_document, explained_page
from importer.session import LEDGER

WIDTH = 100
"""Columns of what is no terminal."""


@click.command("explain")
@click.argument("run")
@click.argument("row")
@click.option("--cells", is_flag=True, help="Read the row's cells again, and show what each step makes of them.")
@click.option("--unmasked", is_flag=True, help="Values as they are, but full card numbers.")
@state_option
@voice_options
def command(run: str, row: str, state_dir: Path, *, cells: bool, unmasked: bool, **how: bool) -> int:
    """Show the whole way of ROW (`n` or `SOURCE:n`, as results.csv has it) through RUN (`last` is the newest).

    What it was mapped to, what was sent and answered, how it ended and why. Values are masked unless --unmasked.
    """
    folder = find_folder(state_dir, run)
    with ExitStack() as stack:
        ledger = None
        if (state_dir / LEDGER).exists():
            stack.enter_context(lock(state_dir))
            ledger = stack.enter_context(open_ledger(state_dir / LEDGER, create=False))
        told = explain(folder, ledger, row, cells=cells, state_dir=state_dir, working_dir=Path.cwd())
    if Voice.of(how).json:
        show_text(json.dumps(explained_document(told, unmasked=unmasked), ensure_ascii=False, indent=2))
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        show_text(explained_page(told, width=width, unmasked=unmasked))
    return 0
