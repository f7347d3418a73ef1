"""The page of a run: how it went and what to do next, then why. Nothing in it comes from anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Exit
from importer.report.file_parts import changes_part, columns_part
from importer.report.html import Html, document, element, items, join, prose, style_sheet
from importer.report.outcome_parts import answered_part, rejected_part, states_part
from importer.report.style import POLICY, STYLE
from importer.report.time_parts import past_part, seconds_told, sending_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.figures import Figures, Step

PARTS = (states_part, rejected_part, answered_part, changes_part, sending_part, columns_part, past_part)
TITLES = {"check": "Check", "plan": "Plan"}
EXITS = {
    Exit.OK: "every row landed or was already there",
    Exit.INCOMPLETE: "some rows are rejected, failed or unknown",
    Exit.SETTINGS: "settings, mapping or credentials are wrong, or this is not the API",
    Exit.STOPPED: "stopped; going on later is safe",
    Exit.GUARD_RAIL: "a guard rail held it",
    Exit.STATE: "the state folder can't be used",
    Exit.CHANGES: "there is something to send",
    Exit.INTERRUPTED: "interrupted; going on later is safe",
    Exit.TERMINATED: "interrupted; going on later is safe",
}


def run_page(figures: Figures) -> str:
    """Give the page as HTML text: one file, which asks nothing of any network and runs no script."""
    title = f"{TITLES.get(figures.kept.verb, 'Run')} {figures.summary.run_id}"
    parts = [made for part in PARTS if (made := part(figures)) is not None]
    main = element(
        "main",
        element("h1", title),
        element("p", figures.sentence, class_="lead"),
        steps_box(figures.steps),
        _facts(figures),
        *_to_know(figures),
        *parts,
    )
    return page(title, join((main, _foot(figures))))


def page(title: str, content: Html) -> str:
    """Give a page with the policy and the look that all of them have."""
    head = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title} · importer"),
        style_sheet(STYLE),
    )
    return document(head, element("body", content))


def steps_box(steps: Sequence[Step]) -> Html:
    """Give what to do next."""
    told = []
    for step in steps:
        told.append(element("p", prose(step.words)))
        if step.command:
            told.append(element("code", step.command, class_="command"))
    return element("section", *told, class_="next", aria_label="What to do next")


def _facts(figures: Figures) -> Html:
    summary, kept = figures.summary, figures.kept
    facts = [
        ("Files", ", ".join(kept.names)),
        ("Read as", "; ".join(summary.read_as)),
        ("Mapping", kept.mapping),
        ("Begun", f"{figures.begun:%Y-%m-%d %H:%M:%S} UTC"),
        ("Took", seconds_told(summary.seconds)),
        ("Exit code", f"{int(summary.exit_code)}: {_exit_told(figures)}"),
    ]
    if kept.account is not None:
        facts.insert(3, ("Account", f"{kept.account}{f' at {kept.base_url}' if kept.base_url else ''}"))
    return element("dl", *(join((element("dt", name), element("dd", told))) for name, told in facts if told))


def _exit_told(figures: Figures) -> str:
    code = figures.summary.exit_code
    if figures.kept.verb == "check" and code is Exit.OK:
        return "no row is rejected"
    return EXITS.get(code, "see the README")


def _to_know(figures: Figures) -> list[Html]:
    """Give what is to be known besides the numbers."""
    summary = figures.summary
    told = [guard["told"] for guard in summary.guards if not summary.stopped]
    if summary.moved:
        told.append(f"{summary.moved:,} keys now stand for another contact, because their row brought another id.")
    if summary.absent:
        told.append(f"{summary.absent:,} contacts that are known here are not in this file; they are left alone.")
    if summary.note:
        told.append(summary.note)
    return [items(told)] if told else []


def _foot(figures: Figures) -> Html:
    files = [(name, path) for name, path in figures.summary.files.items() if path]
    listed = (join((element("dt", name), element("dd", element("code", path)))) for name, path in files)
    told = (
        "This page shows the server's words as they came: handle it as you would the customers' data."
        if figures.unmasked
        else "This page holds no cell of any row, and the server's words only masked."
    )
    return element("footer", element("p", told), element("dl", *listed))
