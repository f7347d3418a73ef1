"""The page that `importer reconcile` prints: the sentence that matters first, a table, causes, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reconcile.causes import Cause
from importer.reconcile.classes import Class
from importer.report.comparison_words import ADVICE, CAUSES, CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reconciliation import Comparison

MOST_FIELDS = 8


def reconcile_page(done: Comparison, steps: Sequence[str], report: Path | None) -> str:
    """Give the page; `steps` say what to do next (see `next_steps`), `report` is the page for a browser."""
    found = done.found
    there = ", ".join(done.there) or "the ledger"
    width = max(len(f"{max(found.here.total(), found.there.total()):,}"), 5)
    lines = ["", sentence(done), "", f"  {'':<12}{'here':>{width}}  {'there':>{width}}"]
    for one, told in CLASSES.items():
        sides = ((found.here, Class.ONLY_THERE), (found.there, Class.ONLY_HERE))
        cells = ["" if one is never else f"{counts[one]:,}" for counts, never in sides]
        lines.append(f"  {told:<12}{cells[0]:>{width}}  {cells[1]:>{width}}")
    lines.append(f"  {'in all':<12}{found.here.total():>{width},}  {found.there.total():>{width},}")
    lines += ["", f"Here is {', '.join(done.here)}; there is {there}.", *_why(done)]
    if found.fields:
        shown = [f"{name} {count:,}" for name, count in found.fields.most_common(MOST_FIELDS)]
        more = len(found.fields) - len(shown)
        lines += ["", f"Fields that differ: {', '.join(shown)}{f', and {more} more' if more else ''}"]
    lines += ["", *_how(done)]
    if done.note:
        lines += ["", done.note]
    lines += ["", f"  {'differences':<12}{done.differences}"]
    lines += [*([f"  {'report':<12}{report}"] if report else []), "", *steps]
    return "\n".join(lines) + "\n"


def sentence(done: Comparison) -> str:
    """Give in one sentence what came of it."""
    found = done.found
    here, there = found.here, found.there
    what = "customers of the ledger" if not done.there else "rows there"
    if found.equal:
        return f"All agree: {here.total():,} rows here and {there.total():,} {what} are the same."
    told = [
        f"{here[Class.SAME]:,} are the same",
        f"{here[Class.DIFFERENT]:,} differ",
        f"{here[Class.ONLY_HERE]:,} are only here",
        f"{there[Class.ONLY_THERE]:,} only there",
        *_others(done),
    ]
    return f"{here.total():,} rows here, {there.total():,} {what}: {', '.join(told)}."


def _others(done: Comparison) -> list[str]:
    """Give the other classes, where somebody is in them; of who stands on both sides the greater count."""
    told = []
    for one in (Class.REJECTED, Class.AMBIGUOUS, Class.CANT_TELL):
        here, there = done.found.here[one], done.found.there[one]
        words = {Class.REJECTED: "rejected", Class.AMBIGUOUS: "ambiguous", Class.CANT_TELL: "not to be told"}[one]
        if here or there:
            told.append(f"{words} {here:,} here and {there:,} there")
    return told


def _why(done: Comparison) -> list[str]:
    causes = done.found.causes.most_common()
    if not causes:
        return []
    lines = ["", "Why, by customers:"]
    for (word, cause), count in causes:
        told = CAUSES[Cause(cause)]
        lines.append(f"  {count:>9,}  {told if word == cause else f'{CLASSES[Class(word)]}: {told}'}")
    details = [f"{code} {count:,}" for code, count in done.found.details.most_common(MOST_FIELDS)]
    return [*lines, *([f"  of these: {', '.join(details)}"] if details else [])]


def _how(done: Comparison) -> list[str]:
    """Say what was compared, and that nothing was made alike but by the mappings."""
    found = done.found
    by = ", ".join(f"{name} {found.matched.get(name, 0):,}" for name in found.order)
    lines = [
        f"Matched by, in this order: {by}. Who could be two of them is ambiguous, and joined with nobody.",
        "Values are compared as the mappings write them: case, phones, dates and blanks as these say, no more.",
    ]
    if found.left_out:
        lines.append(f"Not compared, since only one side maps them: {', '.join(found.left_out)}")
    return lines


def next_steps(done: Comparison, plan: str, account: str | None = None) -> list[str]:
    """Give what to do next, as lines; a command stands on a line of its own after its words, the last of all.

    `plan` is the command that plans what would bring the two together; `account` is the one it needs, where another is
    set.
    """
    found = done.found
    if found.equal:
        return ["Nothing is left to do."]
    lines = [told for cause, told in ADVICE.items() if _count(done, cause)]
    if found.there[Class.ONLY_THERE]:
        lines.append("Who is only there is in no row of this export: no run takes anybody away.")
    if found.here[Class.AMBIGUOUS] or found.there[Class.AMBIGUOUS]:
        lines.append("Who is ambiguous is for you to look at: matched_by in the file says what they share.")
    if done.namespace is None:
        lines.append(
            "Add --new-ledger only for customers who were never sent; else give the --state-dir of their runs."
        )
    if account is not None:
        lines.append(f"The plan is for IMPORTER_ACCOUNT_ID={account}, which is not the one that is set.")
    return [*lines, f"Next: see what a run would do about it, as a plan\n  {plan}"]


def _count(done: Comparison, cause: Cause) -> int:
    return sum(count for (_, told), count in done.found.causes.items() if told == cause)
