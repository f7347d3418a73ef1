"""How it went in one sentence, and what to do next: the same words on a terminal and on the page of a run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.errors import Exit
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.console.voice import Typed
    from importer.summary import Summary


CANARY = ("--canary", "0")
NOT_TAKEN_BACK = {
    "undo|in_doubt": "settle them with `importer resolve`",
    "undo|later": "take the later runs back first",
    "undo|not_known": "give an export from before the run (`--export FILE -m MAPPING`)",
}
"""By code, what lets an undo take a row back."""


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
        rejected = f", {number:,} are rejected" if (number := count(State.REJECTED, 0)) else ""
        return f"{run}: nothing to send; {count(State.UNCHANGED, 0):,} rows were already there{rejected}."
    went_on = " (it went on where it had stopped)" if summary.continued else ""
    return f"{run} is done{went_on}: {landed:,} rows landed, {count(State.UNCHANGED, 0):,} were already there."


def next_steps(summary: Summary, typed: Typed) -> list[str]:
    """Give what to do next, as lines; a command stands on a line of its own after its words."""
    count = summary.states.get
    rejects = summary.files.get("rejects")
    lines = [*_send(summary, typed)]
    if count(State.FAILED, 0):
        lines.append(_refused(summary))
    if rejects and count(State.REJECTED, 0) > summary.superseded:
        lines.append(f"Next: mend the rejected rows in their file, then\n  {shlex.join(typed.mend(rejects))}")
    lines += [*_doubtful(summary, typed), *_not_taken_back(summary)]
    if lines == [_refused(summary)] and rejects:
        # What takes a run back has no rows to mend.
        lines = [f"{lines[0]} Mend them or the mapping, then\n  {shlex.join(typed.afresh)}"]
    if typed.verb == "check" and not lines:
        lines.append(f"Next: send it with this; add --sandbox to rehearse it first\n  {shlex.join(typed.afresh)}")
    return lines or ["Nothing is left to do."]


def _go_on(summary: Summary, typed: Typed) -> str:
    if summary.exit_code is Exit.GUARD_RAIL:
        # A canary stopped it, and perhaps the mapping or the environment says so each time.
        return f"Next: see what became of these rows; to send the rest\n  {shlex.join(typed.passing(CANARY).again)}"
    if summary.exit_code is not Exit.SETTINGS:
        return f"Next: go on with\n  {shlex.join(typed.again)}"
    # What stopped it names the setting to mend; a wrong address must not be told again.
    if "IMPORTER_BASE_URL" in (summary.stopped or ""):
        command = shlex.join(typed.elsewhere)
        return f"Next: mend the address; another one has a ledger of its own, which --new-ledger opens:\n  {command}"
    return f"Next: mend what the server refuses, then go on with\n  {shlex.join(typed.again)}"


def _send(summary: Summary, typed: Typed) -> Iterator[str]:
    """Tell how what is planned or was stopped is sent."""
    passing = [word for guard in summary.guards for word in guard["option"].split()]
    if typed.verb == "plan" and summary.exit_code is Exit.CHANGES:
        meant = "see whether this is meant, and if so " if summary.guards else ""
        yield f"Next: {meant}send it with\n  {shlex.join(typed.passing(passing).apply(summary.run_id))}"
    if summary.guards and summary.stopped:
        allowed = typed.passing(passing)
        # Of several files that wait only the held one is named: what lets it pass must not let newer ones pass.
        again = shlex.join(allowed.afresh if typed.verb == "run" else allowed.again)
        yield f"Next: mend the file or the mapping, and run again; or, if this is meant,\n  {again}"
    elif summary.stopped:
        yield _go_on(summary, typed)


def _doubtful(summary: Summary, typed: Typed) -> Iterator[str]:
    """Tell what becomes of rows of which nobody knows."""
    count = summary.states.get
    if creates := count(State.UNKNOWN, 0) - summary.unknown_updates:
        yield (
            f"{creates:,} rows may have landed or not: no answer told. None of them is created again. "
            f"Settle them from an export of the target:\n  {shlex.join(typed.resolve(summary.run_id))}"
        )
    if summary.unknown_updates and not summary.stopped:
        yield (
            f"{summary.unknown_updates:,} updates may have landed or not: no answer told. Send them again with\n"
            f"  {shlex.join(typed.afresh)}"
        )


def _not_taken_back(summary: Summary) -> Iterator[str]:
    """Tell what is to be done first about rows that an undo had to leave as they are."""
    for code, told in NOT_TAKEN_BACK.items():
        if rows := summary.reasons.get(code):
            yield f"{rows:,} rows are not taken back: {told}, then undo again."


def _refused(summary: Summary) -> str:
    return f"The server refused {summary.states.get(State.FAILED, 0):,} rows; results.csv says why."
