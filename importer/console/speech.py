"""Prints: results on stdout, everything else on stderr, progress as whoever reads stderr can bear it."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from importer.errors import StateError
from importer.progress import Silent
from importer.progress_line import LogProgress, TerminalProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.console.voice import Voice
    from importer.progress import Progress


def open_progress(voice: Voice) -> Progress:
    """Give the steady line on a terminal, dated lines where stderr is none, or silence where nobody wants either."""
    stream = sys.stderr
    if voice.verbose:
        return LogProgress(show_note if stream.isatty() else _show_dated, time.monotonic, details=True)
    if voice.quiet or not voice.progress:
        return Silent()
    if stream.isatty():
        return TerminalProgress(stream)
    return LogProgress(_show_dated, time.monotonic)


def open_notes(voice: Voice) -> Callable[[str], None]:
    """Give what says things on stderr, or nothing where only errors are wanted."""
    return (lambda _text: None) if voice.quiet else show_note


def show_text(text: str) -> None:
    """Print a result as it is, on stdout; a reader who has gone away changes nothing.

    Raises StateError when what stdout is written to is full.
    """
    try:
        click.echo(text, nl=not text.endswith("\n"))
    except OSError as error:
        # What is still buffered must not complain when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise StateError(
                f"the result could not be printed ({error.strerror}); the run's own files hold it"
            ) from None


def show_note(text: str) -> None:
    """Say something on stderr, where that still leads anywhere."""
    with suppress(OSError):
        click.echo(f"importer: {text}", err=True)


def _show_dated(text: str) -> None:
    show_note(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")
