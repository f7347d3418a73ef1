"""`importer suggest`: a first mapping for a strange file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from importer.console import show_note, show_text
from importer.errors import Exit, InterruptedRunError, SettingsError, SourceError, UsageError
from importer.mapping.find import packaged as ready_folders
from importer.suggest.suggest import suggest
from importer.suggest.write import shown_path

CURE = (
    "`importer suggest` takes the file as it is and has no mapping to say more in: where its header is at fault, mend "
    "that one line in a copy (a name for each column, no blanks around it, no delimiter behind the last), and suggest "
    "from that."
)


@click.command("suggest")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@click.option("--force", is_flag=True, help="Write over that file if it is there.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.argument("source")
def command(source: str, output: Path | None, *, force: bool, quiet: bool) -> int:
    """Write a first mapping for SOURCE: what its headers say, what its cells look like, and how sure each line is.

    Nothing is sent, and no account is needed. What is unsure is commented out. Exit 3 if no key is proven, so that
    `key:` is left to you; else 0.
    """
    if output is not None:
        _spare(source, output)
    try:
        made = suggest(source, today=datetime.now(UTC).date(), folders=ready_folders())
    except InterruptedRunError as error:
        raise InterruptedRunError("stopped; nothing was written", error.exit_code) from None
    except SourceError as error:
        raise SourceError(f"{error} {CURE}" if "header" in str(error) else str(error)) from None
    if output is None:
        show_text(made.text)
    else:
        _write(output, made.text, force=force)
    if not quiet:
        for note in made.notes:
            show_note(note)
        if output is not None:
            typed = f"{shown_path(source)} -m {shown_path(str(output))}"
            show_note(f"look {shown_path(str(output))} over, then: importer check {typed}")
    return Exit.OK if made.runs else Exit.INCOMPLETE


def _spare(source: str, output: Path) -> None:
    """Raise UsageError where the mapping would take the place of the file that it is for, by whatever name."""
    try:
        same = output.samefile(source)
    except OSError:
        return
    if same:
        raise UsageError(f"{output} is the source itself; name another file for the mapping.")


def _write(output: Path, text: str, *, force: bool) -> None:
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{output} is there already; name another file, or say --force to write over it.") from None
    except OSError as error:
        raise SettingsError(f"{output}: the mapping can't be written: {error.strerror}.") from None
