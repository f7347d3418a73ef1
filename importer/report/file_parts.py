"""The parts of the page that tell of the file's columns, and of what a plan would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.columns import read_verdict
from importer.report.charts import share_bar
from importer.report.html import Html, element, items, join, section, table
from importer.report.shown import count, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.report.figures import Figures

MOST_FIELDS = 200
MOST_VERDICTS = 100
HOW = {"set": "set", "changed": "changed", "cleared": "cleared", "left_out": "left out"}
BECAUSE = {
    "data": "the data is another",
    "mapping": "the mapping was edited, and the rows are as they were",
    "unknown": "nothing that was sent before is known",
}


def columns_part(figures: Figures) -> Html | None:
    """Give each mapped field with its fill and what was rejected of it, and what is to be known of the columns."""
    parts: list[str] = []
    read = figures.summary.read
    fields = [field for field in figures.kept.fields if field[0] != "row"]
    if fields:
        lines = [
            (
                element("code", place),
                share(filled, read),
                share_bar(filled / read if read else 0.0),
                _some(rejected, read),
                _some(dropped, read),
            )
            for place, filled, rejected, dropped in fields[:MOST_FIELDS]
        ]
        heads = ("Field", "Filled", "", "Rejected", "Left out")
        parts.append(table("Fields, in how many rows their cells gave a value", heads, lines, numbers=(1, 3, 4)))
    verdicts = figures.summary.columns.get("verdicts", ())
    if verdicts:
        whole, looked = figures.summary.columns["all"], figures.summary.columns["looked"]
        where = "" if whole else f" (by {count(looked)} rows taken by chance, and the first that failed)"
        told = (read_verdict(verdict).sentence() for verdict in verdicts[:MOST_VERDICTS])
        parts += [element("h3", f"What the columns look like{where}"), items(told)]
    if unused := figures.summary.unused:
        parts.append(element("p", f"Columns that no field uses: {', '.join(unused)}."))
    return section("The columns", *parts) if parts else None


def changes_part(figures: Figures) -> Html | None:
    """Give what the plan changes, by action and by field."""
    changes = figures.summary.changes
    if changes is None or not (changes["fields"] or figures.kept.verb == "plan"):
        return None
    actions = [(action, count(number)) for action, number in changes["actions"].items()]
    parts: list[str] = [table("Rows by what is to be done", ("Action", "Rows"), actions, numbers=(1,))]
    if fields := changes["fields"]:
        lines = [
            (element("code", place), *(count(counts.get(how, 0)) for how in HOW))
            for place, counts in list(fields.items())[:MOST_FIELDS]
        ]
        heads = ("Field", *(told.capitalize() for told in HOW.values()))
        parts.append(table("What the updates change, by rows", heads, lines, numbers=(1, 2, 3, 4)))
    if figures.summary.requests:
        told = "Counted before anything was sent: rows that the server refused, or that are left, are in it."
        parts.append(element("p", told, class_="quiet"))
    return section("What the plan changes", *parts, *_why(figures))


def _why(figures: Figures) -> Iterator[Html]:
    changes = figures.summary.changes or {}
    told = [f"{count(changes['because'][word])}: {text}." for word, text in BECAUSE.items() if changes["because"][word]]
    if told:
        yield join((element("h3", "Why bodies differ, by updates"), items(told)))
    if changes["same"]:
        yield element("p", f"{count(changes['same'])} updates say what was said last.")


def _some(part: int, whole: int) -> str:
    return f"{count(part)} ({share(part, whole)})" if part else "0"
