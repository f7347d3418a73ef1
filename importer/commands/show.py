"""`importer show`: how one run went."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from importer.commands.options import Typed, Voice, state_option, voice_options
from importer.commands.reporting import make_page
from importer.commands.typed_options import kept_options
from importer.console import show_text, summary_page
from importer.errors import StateError
from importer.folder import RunFolder, find_folder, read_kept, refuse_purged, write_whole
from importer.settings import SANDBOX_ACCOUNT
from importer.summary import read_summary


@click.command("show")
@click.argument("run")
@click.option("--html", is_flag=True, help="Make the run's page anew, report.html in its folder, and say where it is.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="With --html: write the page to this file instead; - prints it.",
)
@click.option(
    "--unmasked", is_flag=True, help="With --html -o: the server's words as they came, but full card numbers."
)
@state_option
@voice_options
def command(run: str, state_dir: Path, output: Path | None, *, html: bool, unmasked: bool, **how: bool) -> int:
    """Show how RUN went; `last` is the newest."""
    if (output or unmasked) and not html:
        raise click.UsageError("-o and --unmasked say how to make the page: add --html")
    if unmasked and output is None:
        raise click.UsageError("the run's own page stays masked: name another file with -o")
    folder = find_folder(state_dir, run)
    if not folder.summary.exists():
        raise StateError(f"{folder.run_id} was stopped before it could write its numbers; the same command goes on")
    summary = read_summary(folder.read_json(folder.summary))
    typed = _typed(folder, state_dir)
    if html:
        refuse_purged(folder, read_kept(folder))
        path = _write_page(make_page(summary, typed, state_dir, unmasked=unmasked), output or folder.report)
        if path and not Voice.of(how).json:
            show_text(str(path.absolute()))
    report = str(folder.report.absolute()) if folder.report.exists() else None
    purged = {"rejects": None, "results": None} if read_kept(folder).purged else {}
    summary = replace(summary, files={**summary.files, "report": report, **purged})
    if Voice.of(how).json:
        show_text(summary.text())
    elif not html:
        show_text(summary_page(summary, typed))
    return 0


def _typed(folder: RunFolder, state_dir: Path) -> Typed:
    kept = read_kept(folder)
    return Typed(
        kept.verb,
        (folder.run_id,) if kept.verb == "apply" else kept.names,
        kept.mapping,
        state_dir,
        sandbox=kept.account == SANDBOX_ACCOUNT,
        base_url=kept.base_url,
        options=kept_options(kept),
        names=kept.names,
    )


def _write_page(page: str, path: Path) -> Path | None:
    """Write the page for its owner alone, and give where it lies; print it for `-`."""
    if str(path) == "-":
        show_text(page)
        return None
    write_whole(path, page.encode())
    return path
