"""`importer runs`: the runs of a state folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.commands.options import Voice, state_option, voice_options
from importer.console import runs_table, show_text
from importer.errors import StateError
from importer.folder import RunFolder, list_folders, read_kept

if TYPE_CHECKING:
    from pathlib import Path


@click.command("runs")
@state_option
@voice_options
def command(state_dir: Path, **how: bool) -> int:
    """List the runs of this state folder, newest first; `importer show RUN` tells more of one."""
    folders = [*reversed(list_folders(state_dir))]
    told: list[dict[str, Any]] = []
    for folder in folders:
        document = folder.read_json(folder.summary) if folder.summary.exists() else {}
        told.append({"run_id": folder.run_id, "ended": bool(document), **document})
    if Voice.of(how).json:
        show_text(json.dumps({"schema_version": 1, "runs": told}, ensure_ascii=False, indent=2))
    else:
        verbs = ({"verb": _verb(folder)} for folder in folders)
        show_text(runs_table([{**one, **verb} for one, verb in zip(told, verbs, strict=True)], str(state_dir)))
    return 0


def _verb(folder: RunFolder) -> str:
    """Give the verb of a run, or a mark where its folder does not tell any more."""
    try:
        return read_kept(folder).verb
    except StateError:
        return "?"
