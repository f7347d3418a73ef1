"""`importer show`: how one run went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from importer.commands.options import Typed, Voice, state_option, voice_options
from importer.console import show_text, summary_page
from importer.errors import StateError
from importer.folder import find_folder, read_kept
from importer.settings import SANDBOX_ACCOUNT
from importer.summary import read_summary

if TYPE_CHECKING:
    from pathlib import Path


@click.command("show")
@click.argument("run")
@state_option
@voice_options
def command(run: str, state_dir: Path, **how: bool) -> int:
    """Show how RUN went; `last` is the newest."""
    folder = find_folder(state_dir, run)
    if not folder.summary.exists():
        raise StateError(f"{folder.run_id} was stopped before it could write its numbers; the same command goes on")
    document = folder.read_json(folder.summary)
    if Voice.of(how).json:
        show_text(read_summary(document).text())
        return 0
    kept = read_kept(folder)
    typed = Typed(
        kept.verb,
        (folder.run_id,) if kept.verb == "apply" else kept.names,
        kept.mapping,
        state_dir,
        sandbox=kept.account == SANDBOX_ACCOUNT,
        base_url=kept.base_url,
    )
    show_text(summary_page(read_summary(document), typed))
    return 0
