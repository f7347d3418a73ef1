"""The page with which a verb ends: details first, then what fits a screen and ends with the next command."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.columns import read_verdict
from importer.console.next_steps import headline, next_steps
from importer.console.speech import show_note, show_text
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.console.voice import Typed, Voice
    from importer.summary import Summary

WIDE, HIGH = 80, 24
"""Of a terminal that nobody has made larger."""
MOST_VERDICTS = 24
MOST_DROPPED = 2
"""Lines for what was left out of rows."""


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
    """Give the summary as a page: one sentence, seven states that add up, reasons, and what to type next.

    Its last lines fit a screen of 24 lines of 80 columns as long as no path or command takes more than two of them:
    where all would not fit, the files are named by their folder, and what else is to be known comes before.
    """
    above = _details(summary) if typed.verb == "check" else []
    head = ["", *_fitted(headline(summary, typed.verb)), ""]
    states, dropped, notes, files = _states(summary), _dropped(summary), _to_know(summary), _files(summary)
    steps = ["", *_wrapped(next_steps(summary, typed))]
    if _height(head, states, dropped, notes, files, steps) > HIGH:
        files = _folder(summary)
    if _height(head, states, dropped, notes, files, steps) > HIGH:
        above, notes, dropped = [*above, *notes, *dropped], [], []
    if _height(head, states, files, steps) > HIGH:
        above, states = [*above, "", *_reasons(summary)], _side_by_side(summary)
    return "\n".join([*above, *head, *states, *dropped, *notes, *files, *steps]) + "\n"


def _states(summary: Summary) -> list[str]:
    """Give the states one below the other, and the reasons beside them."""
    left, gap = _counts(summary), "    "
    room = WIDE - len(left[0]) - len(gap)
    beside = (text if len(text) <= room else f"{text[: room - 1]}…" for text in _reasons(summary))
    return [f"{one}{gap}{other}".rstrip() for one, other in zip_longest(left, beside, fillvalue="")]


def _side_by_side(summary: Summary) -> list[str]:
    counts = _counts(summary)
    half = len(counts) // 2
    return [f"{one}    {other}" for one, other in zip(counts[:half], counts[half:], strict=True)]


def _counts(summary: Summary) -> list[str]:
    width = max(len(f"{summary.read:,}"), 5)
    counts = {"read": summary.read} | {state.value: summary.states.get(state, 0) for state in State}
    return [f"  {name:<10}{count:>{width},}" for name, count in counts.items()]


def _reasons(summary: Summary) -> list[str]:
    """Give the most frequent reasons, as many as have room beside the states."""
    if not summary.reasons:
        return []
    most, reasons = len(State), list(summary.reasons.items())
    shown = reasons[: most if len(reasons) <= most else most - 1]
    width = max(len(f"{count:,}") for _, count in shown)
    more = [f"and {len(reasons) - len(shown):,} more in run.json"] if len(reasons) > len(shown) else []
    return ["Reasons, by rows:", *(f"{count:>{width},}  {code}" for code, count in shown), *more]


def _dropped(summary: Summary) -> list[str]:
    """Give what was left out of rows that were kept, in at most two lines."""
    told = [f"{code} {count:,}" for code, count in summary.dropped.items()]
    lines: list[str] = []
    for shown in range(len(told), 0, -1):
        more = f", and {len(told) - shown} more in run.json" if shown < len(told) else ""
        lines = ["", *_fitted(f"Left out of rows that were kept: {', '.join(told[:shown])}{more}")]
        if len(lines) <= 1 + MOST_DROPPED:
            break
    return lines


def _to_know(summary: Summary) -> list[str]:
    """Give what is to be known besides the numbers, each after an empty line."""
    lines = []
    if summary.moved:
        told = f"{summary.moved:,} keys now stand for another contact, because their row brought another id."
        lines += ["", *_fitted(told)]
    if summary.absent:
        told = f"{summary.absent:,} contacts that are known here are not in this file; they are left alone."
        lines += ["", *_fitted(told)]
    if summary.guards and not summary.stopped:
        lines += ["", "A guard rail would hold this (exit 8):", *(f"  {guard['told']}" for guard in summary.guards)]
    if summary.note:
        lines += ["", *_fitted(summary.note)]
    return lines


def _details(summary: Summary) -> list[str]:
    """Give how the file was read, and a sentence for each thing to know of its columns."""
    lines = ["", *(f"Read as {how}" for how in summary.read_as)]
    if summary.unused:
        lines.append(f"Columns that no field uses: {', '.join(summary.unused)}")
    verdicts = [read_verdict(document).sentence() for document in summary.columns.get("verdicts", ())]
    if not verdicts:
        return lines
    whole, looked = summary.columns["all"], summary.columns["looked"]
    where = "" if whole else f", by {looked:,} rows taken by chance and the first that failed"
    lines += ["", f"What the columns look like{where}:", *(f"  {sentence}" for sentence in verdicts[:MOST_VERDICTS])]
    if len(verdicts) > MOST_VERDICTS:
        lines.append(f"  and {len(verdicts) - MOST_VERDICTS} more in {summary.files.get('run')}")
    return lines


def _shown_files(summary: Summary) -> list[tuple[str, str]]:
    mendable = summary.states.get(State.REJECTED, 0) > summary.superseded
    names = [*(["rejects"] if mendable else []), "results", "report"]
    return [(name, path) for name in names if (path := summary.files.get(name))]


def _files(summary: Summary) -> list[str]:
    files = _shown_files(summary)
    return ["", *(f"  {name:<10}{path}" for name, path in files)] if files else []


def _folder(summary: Summary) -> list[str]:
    files = _shown_files(summary)
    if len({path.rpartition("/")[0] for _, path in files}) != 1:
        return _files(summary)
    names = ", ".join(path.rpartition("/")[2] for _, path in files)
    return ["", f"  {names} in", f"  {files[0][1].rpartition('/')[0]}"]


def _wrapped(steps: Sequence[str]) -> list[str]:
    """Break the words of each step at the width; its command stays one line, which a terminal breaks."""
    lines = []
    for step in steps:
        words, _, command = step.partition("\n")
        lines += _fitted(words)
        lines += [command] if command else []
    return lines


def _fitted(text: str) -> list[str]:
    return textwrap.wrap(text, WIDE, break_long_words=False, break_on_hyphens=False)


def _height(*blocks: Sequence[str]) -> int:
    """Give how many lines of a screen they take, with the one on which the prompt comes.

    What holds a path counts as two, so that a page looks the same wherever its folder lies.
    """
    return 1 + sum(2 if "/" in line else max(1, -(-len(line) // WIDE)) for lines in blocks for line in lines)
