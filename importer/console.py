"""The only room that prints: results on stdout, everything else on stderr, progress on a terminal only."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import click

from importer.columns import read_verdict
from importer.errors import Exit, StateError
from importer.outcome import State
from importer.progress import Silent
from importer.progress_line import LogProgress, TerminalProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from importer.progress import Progress
    from importer.summary import Summary

MOST_REASONS = 8
MOST_VERDICTS = 24


class Voice(Protocol):
    """What the console needs to know of how it is wanted."""

    @property
    def json(self) -> bool:
        """Whether stdout carries one JSON document."""

    @property
    def quiet(self) -> bool:
        """Whether only errors are said."""

    @property
    def progress(self) -> bool:
        """Whether progress is wanted on a terminal."""

    @property
    def verbose(self) -> bool:
        """Whether details are wanted."""


class Typed(Protocol):
    """The commands to type next."""

    @property
    def verb(self) -> str:
        """The verb of the command that ran."""

    @property
    def again(self) -> Sequence[str]:
        """The same command."""

    @property
    def elsewhere(self) -> Sequence[str]:
        """The same command with a word where the address goes."""

    def passing(self, options: Sequence[str]) -> Typed:
        """Give what was typed with guard-rail options instead of those typed."""

    @property
    def afresh(self) -> Sequence[str]:
        """The command that sends the same sources anew."""

    def mend(self, rejects: str) -> Sequence[str]:
        """Give the command that sends mended rows."""

    def apply(self, run_id: str) -> Sequence[str]:
        """Give the command that sends a plan."""

    def resolve(self, run_id: str) -> Sequence[str]:
        """Give the command that settles unknown rows."""


def open_progress(voice: Voice) -> Progress:
    """Give the progress line, or silence where nobody would see it."""
    stream = sys.stderr
    if voice.verbose:
        return LogProgress(show_note)
    if voice.quiet or not voice.progress or not stream.isatty():
        return Silent()
    return TerminalProgress(stream)


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


def show_summary(voice: Voice, summary: Summary, typed: Typed) -> None:
    """Print how it went: the JSON document, or a page for a tired person that ends with what to type next."""
    if voice.json:
        show_text(summary.text())
    elif not voice.quiet:
        show_text(summary_page(summary, typed))
        return
    for text in (summary.note, summary.stopped):
        if text:
            show_note(text)


def summary_page(summary: Summary, typed: Typed) -> str:
    """Give the summary as a page: one sentence, seven states that add up, reasons, and what to type next."""
    width = max(len(f"{summary.read:,}"), 5)
    lines = ["", headline(summary, typed.verb), "", f"  {'read':<10}{summary.read:>{width},}"]
    lines += [f"  {state.value:<10}{summary.states.get(state, 0):>{width},}" for state in State]
    if summary.reasons:
        lines += ["", "Reasons, by rows:"]
        shown = list(summary.reasons.items())[:MOST_REASONS]
        lines += [f"  {count:>{width},}  {code}" for code, count in shown]
        if len(summary.reasons) > MOST_REASONS:
            lines.append(f"  and {len(summary.reasons) - MOST_REASONS} more in {summary.files.get('run')}")
    if summary.dropped:
        told = ", ".join(f"{code} {count:,}" for code, count in summary.dropped.items())
        lines += ["", f"Left out of rows that were kept: {told}"]
    lines += _to_know(summary)
    if typed.verb == "check":
        lines += ["", *(f"Read as {how}" for how in summary.read_as)]
        if summary.unused:
            lines.append(f"Columns that no field uses: {', '.join(summary.unused)}")
        lines += _columns(summary)
    mendable = summary.states.get(State.REJECTED, 0) > summary.superseded
    shown_files = [*(["rejects"] if mendable else []), "results", "report"]
    files = [(name, path) for name in shown_files if (path := summary.files.get(name))]
    if files:
        lines += ["", *(f"  {name:<10}{path}" for name, path in files)]
    lines += ["", *_next(summary, typed)]
    return "\n".join(lines) + "\n"


def _to_know(summary: Summary) -> list[str]:
    """Give what is to be known besides the numbers, each after an empty line."""
    lines = []
    if summary.moved:
        lines += ["", f"{summary.moved:,} keys now stand for another contact, because their row brought another id."]
    if summary.absent:
        lines += ["", f"{summary.absent:,} contacts that are known here are not in this file; they are left alone."]
    if summary.guards and not summary.stopped:
        lines += ["", "A guard rail would hold this (exit 8):", *(f"  {guard['told']}" for guard in summary.guards)]
    if summary.note:
        lines += ["", summary.note]
    return lines


def _columns(summary: Summary) -> list[str]:
    """Give a sentence for each thing to know of the columns."""
    verdicts = [read_verdict(document).sentence() for document in summary.columns.get("verdicts", ())]
    if not verdicts:
        return []
    whole, looked = summary.columns["all"], summary.columns["looked"]
    where = "" if whole else f", by {looked:,} rows taken by chance and the first that failed"
    lines = ["", f"What the columns look like{where}:", *(f"  {sentence}" for sentence in verdicts[:MOST_VERDICTS])]
    if len(verdicts) > MOST_VERDICTS:
        lines.append(f"  and {len(verdicts) - MOST_VERDICTS} more in {summary.files.get('run')}")
    return lines


def runs_table(runs: Sequence[Mapping[str, Any]], state_dir: str) -> str:
    """Give the runs as a table, one a line, in the order given."""
    if not runs:
        return f"There is no run in {state_dir} yet.\n"
    names = [state.value for state in State]
    lines = [f"{'run':<24}{'exit':>5}{'read':>11}" + "".join(f"{name:>11}" for name in names)]
    for run in runs:
        if not run["ended"]:
            lines.append(f"{run['run_id']:<24}{'-':>5}  stopped before its numbers were written, or still under way")
            continue
        cells = "".join(f"{run[name]:>11,}" for name in ("read", *names))
        lines.append(f"{run['run_id']:<24}{run['exit_code']:>5}{cells}")
    return "\n".join(lines) + "\n"


def headline(summary: Summary, verb: str) -> str:
    """Give in one sentence how it went."""
    count = summary.states.get
    run = f"Run {summary.run_id}"
    if summary.stopped:
        return f"{run} stopped before its end: {summary.stopped}"
    if verb == "check":
        return f"Checked: {summary.read - count(State.REJECTED, 0):,} of {summary.read:,} rows can be sent."
    if verb == "plan":
        return (
            f"Planned as {summary.run_id}: {count(State.UNSENT, 0):,} to send, {count(State.UNCHANGED, 0):,} unchanged."
        )
    landed = count(State.CREATED, 0) + count(State.UPDATED, 0)
    if not landed and not summary.requests:
        return f"{run}: nothing to send; {count(State.UNCHANGED, 0):,} rows were already there."
    went_on = " (it went on where it had stopped)" if summary.continued else ""
    return f"{run} is done{went_on}: {landed:,} rows landed, {count(State.UNCHANGED, 0):,} were already there."


def next_steps(summary: Summary, typed: Typed) -> list[str]:
    """Give what to do next, as lines; a command stands on a line of its own after its words."""
    return _next(summary, typed)


def _go_on(summary: Summary, typed: Typed) -> str:
    if summary.exit_code is not Exit.SETTINGS:
        return f"Next: go on with\n  {shlex.join(typed.again)}"
    # What stopped it names the setting to mend; a wrong address must not be told again.
    if "IMPORTER_BASE_URL" in (summary.stopped or ""):
        command = shlex.join(typed.elsewhere)
        return f"Next: mend the address; another one has a ledger of its own, which --new-ledger opens:\n  {command}"
    return f"Next: mend what the server refuses, then go on with\n  {shlex.join(typed.again)}"


def _next(summary: Summary, typed: Typed) -> list[str]:
    count = summary.states.get
    rejects = summary.files.get("rejects")
    passing = [word for guard in summary.guards for word in guard["option"].split()]
    lines = []
    if typed.verb == "plan" and summary.exit_code is Exit.CHANGES:
        meant = "see whether this is meant, and if so " if summary.guards else ""
        lines.append(f"Next: {meant}send it with\n  {shlex.join(typed.passing(passing).apply(summary.run_id))}")
    if summary.guards and summary.stopped:
        again = shlex.join(typed.passing(passing).again)
        lines.append(f"Next: mend the file or the mapping, and run again; or, if this is meant,\n  {again}")
    elif summary.stopped:
        lines.append(_go_on(summary, typed))
    if rejects and count(State.REJECTED, 0) > summary.superseded:
        lines.append(f"Next: mend the rejected rows in their file, then\n  {shlex.join(typed.mend(rejects))}")
    if count(State.FAILED, 0):
        lines.append(f"The server refused {count(State.FAILED, 0):,} rows; its words stand in results.csv.")
    if creates := count(State.UNKNOWN, 0) - summary.unknown_updates:
        lines.append(
            f"{creates:,} rows may have landed or not: no answer told. None of them is created again. "
            f"Settle them from an export of the target:\n  {shlex.join(typed.resolve(summary.run_id))}"
        )
    if summary.unknown_updates and not summary.stopped:
        lines.append(
            f"{summary.unknown_updates:,} updates may have landed or not: no answer told. Send them again with\n"
            f"  {shlex.join(typed.afresh)}"
        )
    if typed.verb == "check" and not lines:
        lines.append(f"Next: send it with this; add --sandbox to rehearse it first\n  {shlex.join(typed.afresh)}")
    return lines or ["Nothing is left to do."]
