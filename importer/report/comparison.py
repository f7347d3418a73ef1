"""The page of a comparison: who agrees, who does not, why, and what to do about it. No cell of any row is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.reconcile.causes import Cause
from importer.reconcile.classes import Class
from importer.report.charts import figure, share_bar, stacked_bar, swatch
from importer.report.comparison_words import CAUSES, CLASSES, MEANT, cure
from importer.report.html import Html, element, join, prose, section, table
from importer.report.meanings import meaning
from importer.report.page import page, steps_box
from importer.report.shown import count, rows, share

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.reconcile.reconcile import Reconciled
    from importer.report.figures import Step

COLOURS = {
    Class.SAME: "created",
    Class.DIFFERENT: "updated",
    Class.ONLY_HERE: "unsent",
    Class.ONLY_THERE: "rejected",
    Class.AMBIGUOUS: "unknown",
    Class.REJECTED: "failed",
    Class.CANT_TELL: "unchanged",
}
"""Those of the states, by their names."""
MOST_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the page is made of."""

    found: Reconciled
    here: Sequence[str]
    there: Sequence[str]
    """The files of each side; none for the ledger."""
    differences: Path
    made: datetime
    """In UTC."""
    exit_code: int
    sentence: str
    steps: Sequence[Step]
    account: str | None
    """Of the customers as the ledger knows them; None where it knows none."""
    note: str | None


def comparison_page(compared: Compared) -> str:
    """Give the page as HTML text: one file, which asks nothing of any network and runs no script."""
    parts = (_classes(compared), _causes(compared), _details(compared), _fields(compared))
    main = element(
        "main",
        element("h1", f"Comparison of {compared.made:%Y-%m-%d}"),
        element("p", compared.sentence, class_="lead"),
        steps_box(compared.steps),
        _facts(compared),
        *([element("p", compared.note)] if compared.note else []),
        *(part for part in parts if part is not None),
    )
    told = "This page holds no cell of any row. differences.csv holds the values that differ, as they are."
    paths = element("dl", element("dt", "differences"), element("dd", element("code", str(compared.differences))))
    return page("Comparison", join((main, element("footer", element("p", told), paths))))


def _facts(compared: Compared) -> Html:
    found = compared.found
    by = ", ".join(f"{name} {count(found.matched.get(name, 0))}" for name in found.order)
    facts = [
        ("Here", ", ".join(compared.here)),
        ("There", ", ".join(compared.there) or "what the ledger knows to have landed"),
        ("Account", compared.account),
        ("Matched by, in this order", by),
        ("Compared", "values as the mappings write them: case, phones, dates and blanks as these say, no more"),
        ("Not compared", ", ".join(found.left_out) and f"{', '.join(found.left_out)}: only one side maps them"),
        ("Made", f"{compared.made:%Y-%m-%d %H:%M:%S} UTC"),
        ("Exit code", f"{compared.exit_code}: {'all are the same' if found.equal else 'not all are the same'}"),
    ]
    return element("dl", *(join((element("dt", name), element("dd", told))) for name, told in facts if told))


def _classes(compared: Compared) -> Html:
    found = compared.found
    here, there = found.here.total(), found.there.total()
    lines: list[Sequence[str]] = [
        (
            join((swatch(COLOURS[one]), told)),
            "" if one is Class.ONLY_THERE else count(found.here[one]),
            "" if one is Class.ONLY_HERE else count(found.there[one]),
            MEANT[one],
        )
        for one, told in CLASSES.items()
    ]
    lines.append(("in all", count(here), count(there), "Every row of a side is in one class: they add up to it."))
    return section(
        "Where every row ended",
        _bar(found.here, f"Here, {rows(here)}"),
        _bar(found.there, f"There, {rows(there)}"),
        table("Rows of each side by class", ("Class", "Here", "There", "What it means"), lines, numbers=(1, 2)),
    )


def _bar(counts: Counter[Class], name: str) -> Html:
    told = ", ".join(f"{CLASSES[one]} {count(counts[one])}" for one in CLASSES if counts[one])
    text = f"{name}: {told or 'none'}"
    return figure(stacked_bar({COLOURS[one]: counts[one] for one in CLASSES}, text), text)


def _causes(compared: Compared) -> Html | None:
    if not compared.found.causes:
        return None
    lines = [
        (
            CLASSES[Class(word)],
            count(number),
            join((f"{CAUSES[Cause(cause)]} ", element("code", cause))),
            prose(cure(Cause(cause))),
        )
        for (word, cause), number in compared.found.causes.most_common()
    ]
    caption = "Causes, most customers first; one whose fields have two causes counts under both"
    return section(
        "Why they differ", table(caption, ("Class", "Customers", "Cause", "What to do"), lines, numbers=(1,))
    )


def _details(compared: Compared) -> Html | None:
    details = compared.found.details.most_common(MOST_LINES)
    if not details:
        return None
    lines = [(element("code", code), count(number), prose(meaning(code))) for code, number in details]
    heads = ("Code", "Customers", "What it says")
    return section("Who was rejected or refused", table("Codes, most customers first", heads, lines, numbers=(1,)))


def _fields(compared: Compared) -> Html | None:
    fields, differing = compared.found.fields.most_common(MOST_LINES), compared.found.here[Class.DIFFERENT]
    if not fields:
        return None
    lines = [
        (element("code", name), count(number), share(number, differing), share_bar(number / max(differing, 1)))
        for name, number in fields
    ]
    more = len(compared.found.fields) - len(fields)
    parts = [
        table(
            "Fields, by customers who differ in them",
            ("Field", "Customers", "Of those who differ", ""),
            lines,
            numbers=(1, 2),
        )
    ]
    if more:
        parts.append(element("p", f"And {count(more)} more fields: see differences.csv.", class_="quiet"))
    return section("Fields that differ", *parts)
