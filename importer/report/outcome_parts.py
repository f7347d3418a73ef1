"""The parts of the page that tell of rows: their states, why they were rejected, what the server said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.outcome import State
from importer.report.charts import stacked_bar, swatch
from importer.report.html import Html, element, items, join, prose, section, table
from importer.report.meanings import cure, meaning
from importer.report.rows import MOST_CODES, by_state
from importer.report.shown import count, rows, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.report.figures import Figures
    from importer.report.rows import CodeRows

MEANT = {
    State.CREATED: "New in the target.",
    State.UPDATED: "Already in the target, and changed.",
    State.UNCHANGED: "As last sent: nothing was sent.",
    State.REJECTED: "Breaks a rule: not sent. Mend it in rejects.csv.",
    State.FAILED: "The server refused it.",
    State.UNKNOWN: "It may have landed or not. A create is not sent again.",
    State.UNSENT: "Not sent.",
}


def states_part(figures: Figures) -> Html:
    """Give the seven states, which add up to the rows read."""
    summary = figures.summary
    counts = {state: summary.states.get(state, 0) for state in State}
    told = ", ".join(f"{state.value} {count(number)}" for state, number in counts.items() if number) or "no rows"
    lines: list[Sequence[str]] = [
        (join((swatch(state.value), state.value)), count(number), share(number, summary.read), MEANT[state])
        for state, number in counts.items()
    ]
    lines.append(
        ("read", count(summary.read), share(summary.read, summary.read), "All rows: the seven add up to them.")
    )
    return section(
        "Where every row ended",
        stacked_bar({state.value: number for state, number in counts.items()}, f"{rows(summary.read)} read: {told}"),
        table("Rows by state", ("State", "Rows", "Share", "What it means"), lines, numbers=(1, 2)),
    )


def rejected_part(figures: Figures) -> Html | None:
    """Give the reasons for which rows were rejected, most rows first, each with its cure."""
    codes, read = by_state(figures.codes, State.REJECTED), figures.summary.read
    parts: list[str] = []
    if codes:
        lines = [
            (
                _code(one),
                count(one.rows),
                share(one.rows, read),
                prose(meaning(one.code)),
                prose(cure(one.code, one.state)),
                _where(one),
            )
            for one in codes[:MOST_CODES]
        ]
        heads = ("Code", "Rows", "Of all", "What it says", "What to do", "Rows such as")
        parts.append(table("Reasons, most rows first; a row with two counts under both", heads, lines, numbers=(1, 2)))
        parts += _more(codes)
        if rejects := figures.summary.files.get("rejects"):
            parts.append(
                element(
                    "p", "The rows stand, with these reasons, in ", element("code", rejects), " to be mended there."
                )
            )
    if dropped := figures.summary.dropped:
        left_out = [
            (
                element("code", code),
                count(number),
                share(number, read),
                prose(meaning(code)),
                prose(cure(code, State.REJECTED)),
            )
            for code, number in list(dropped.items())[:MOST_CODES]
        ]
        named = ("Code", "Rows", "Of all", "What it says", "What to do")
        parts.append(table("Fields left out of rows that were kept", named, left_out, numbers=(1, 2)))
    return section("What was wrong with the file", *parts) if parts else None


def answered_part(figures: Figures) -> Html | None:
    """Give what the server refused or left in doubt, with its words."""
    parts: list[str] = []
    titles = {
        State.FAILED: "Failed rows, by code",
        State.UNKNOWN: "Unknown rows, by code",
        State.UNSENT: "Unsent rows, by code",
    }
    for state, title in titles.items():
        codes = by_state(figures.codes, state)
        if not codes:
            continue
        lines = [
            (_code(one), count(one.rows), meaning(one.code), join(_words(one)), _where(one))
            for one in codes[:MOST_CODES]
        ]
        heads = ("Code", "Rows", "What it says", "The server's words", "Rows such as")
        parts += [table(title, heads, lines, numbers=(1,)), *_more(codes), element("p", cure("", state))]
    if not parts:
        return None
    told = "as they came" if figures.unmasked else "digits, addresses and what they repeat of a row masked"
    return section("What the server did not take", *parts, element("p", f"Words: {told}.", class_="quiet"))


def _code(one: CodeRows) -> Html:
    return element("code", one.code)


def _where(one: CodeRows) -> str:
    more = ", …" if one.rows > len(one.examples) else ""
    return ", ".join(one.examples) + more


def _words(one: CodeRows) -> Iterator[str]:
    if one.words:
        yield items(f"{said.text} ({rows(said.rows)})" for said in one.words)
    if one.wordings > len(one.words):
        yield element("p", "Other wordings stand in results.csv.", class_="quiet")


def _more(codes: Sequence[CodeRows]) -> Iterator[Html]:
    if len(codes) > MOST_CODES:
        yield element("p", f"And {count(len(codes) - MOST_CODES)} more codes: see run.json.", class_="quiet")
