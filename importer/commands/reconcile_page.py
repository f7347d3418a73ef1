"""The page that `importer reconcile` prints: the sentence that matters first, a table, causes, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reconcile.causes import Cause
from importer.reconcile.classes import Class

if TYPE_CHECKING:
    from importer.reconciliation import Comparison

MOST_FIELDS = 8
CLASSES = {
    Class.SAME: "same",
    Class.DIFFERENT: "different",
    Class.ONLY_HERE: "only here",
    Class.ONLY_THERE: "only there",
    Class.AMBIGUOUS: "ambiguous",
    Class.REJECTED: "rejected",
    Class.CANT_TELL: "can't tell",
}
CAUSES = {
    Cause.CHANGED_THERE: "sent, and changed there since",
    Cause.CHANGED_HERE: "sent, and changed here since",
    Cause.CHANGED_BOTH: "sent, and changed on both sides since",
    Cause.GONE_HERE: "sent, and no longer here",
    Cause.GONE_THERE: "sent, and no longer there",
    Cause.NEVER_SENT: "never sent from here",
    Cause.REJECTED: "rejected: their row breaks a rule of its mapping",
    Cause.FAILED: "sent, and refused by the server",
    Cause.UNKNOWN: "sent, and nobody knows what became of it",
}


def reconcile_page(done: Comparison, plan: str) -> str:
    """Give the page; `plan` is the command that plans what would bring the two together."""
    found = done.found
    there = ", ".join(done.there) or "the ledger"
    width = max(len(f"{max(found.here.total(), found.there.total()):,}"), 5)
    lines = ["", _sentence(done), "", f"  {'':<12}{'here':>{width}}  {'there':>{width}}"]
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
    lines += ["", f"  {'differences':<12}{done.differences}", "", *_next(done, plan)]
    return "\n".join(lines) + "\n"


def _sentence(done: Comparison) -> str:
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
    ]
    return f"{here.total():,} rows here, {there.total():,} {what}: {', '.join(told)}."


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


def _next(done: Comparison, plan: str) -> list[str]:
    found = done.found
    if found.equal:
        return ["Nothing is left to do."]
    lines = [f"Next: see what a run would do about it, as a plan\n  {plan}"]
    if found.causes[Class.DIFFERENT, Cause.CHANGED_THERE]:
        lines.append("What changed there alone was sent already: a plan leaves it alone, unless you add --force.")
    if found.there[Class.ONLY_THERE]:
        lines.append("Who is only there is in no row of this export: no run takes anybody away.")
    if found.here[Class.AMBIGUOUS] or found.there[Class.AMBIGUOUS]:
        lines.append("Who is ambiguous is for you to look at: matched_by in the file says what they share.")
    unknown = sum(count for (_, cause), count in found.causes.items() if cause == Cause.UNKNOWN)
    if unknown:
        lines.append("Creates that nobody knows of are settled by `importer resolve`, from the target's own export.")
    return lines
