"""The page that shows what a plan does with its rows: each field from what stood there to what is sent."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from importer.outcome import Action
from importer.plan import Cause, How
from importer.preview.text import cut, fitted, mask, visible, wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from importer.plan import Change, PlannedRow

NARROWEST = 20
MOST_FIELDS = 24
NAMES = 0.3
"""The share of the width that the names of fields get at most."""


def planned_page(rows: Sequence[PlannedRow], *, width: int, unmasked: bool) -> str:
    """Give the rows as text whose lines are at most `width` columns wide, but at least 20.

    Values are masked (letters x, digits #) unless `unmasked`; full card numbers always are. Nothing in a value can move
    the cursor or colour the terminal.
    """
    width = max(width, NARROWEST)
    if not rows:
        return "No row is created, updated or held back.\n"
    masked = "" if unmasked else ", masked (letters x, digits #; --unmasked shows all)"
    what = "the first row" if len(rows) == 1 else f"the first {len(rows):,} rows"
    lines = textwrap.wrap(f"What would be done{masked}: {what} that are no more as they were.", width)
    several = len({row.source for row in rows}) > 1
    names = min(int(width * NAMES), max((wide(visible(c.place)) for row in rows for c in row.changes), default=0))
    for row in rows:
        lines += ["", *textwrap.wrap(_head(row, several=several), width)]
        lines += [
            cut(f"  {fitted(visible(c.place), names)}  {text}", width) for c, text in _told(row, unmasked=unmasked)
        ]
    return "\n".join(lines) + "\n"


def changes_page(changes: Mapping[str, Any]) -> str:
    """Give what a plan does, in totals: rows by action, fields by how they change, and why; see `plan.tell_changes`."""
    actions, because = changes["actions"], changes["because"]
    lines = ["", "To do, by rows: " + ", ".join(f"{action} {count:,}" for action, count in actions.items()) + "."]
    if changes["fields"]:
        lines += ["", "What the updates change, by rows:"]
        shown = list(changes["fields"].items())[:MOST_FIELDS]
        names = max(wide(visible(place)) for place, _ in shown)
        for place, counts in shown:
            told = ", ".join(f"{count:,} {how.replace('_', ' ')}" for how, count in counts.items())
            lines.append(f"  {fitted(visible(place), names)}  {told}")
        if len(changes["fields"]) > MOST_FIELDS:
            lines.append(f"  and {len(changes['fields']) - MOST_FIELDS:,} more fields")
    if changes["edited"]:
        mapping, data = because[Cause.MAPPING], because[Cause.DATA]
        lines += ["", "The mapping was edited since. Bodies that differ because of it, their rows being as they were: "]
        lines[-1] += f"{mapping:,}; because of the data: {data:,}."
    if because[Cause.UNKNOWN]:
        lines += ["", f"Of {because[Cause.UNKNOWN]:,} contacts nothing that was sent before is known."]
    if changes["same"]:
        lines += ["", f"{changes['same']:,} updates say what was said last."]
    return "\n".join(lines) + "\n"


def _head(row: PlannedRow, *, several: bool) -> str:
    where = f"{visible(row.source)}, " if several else ""
    start = f"{where}row {row.row:,} (line {row.line:,})"
    if row.action is Action.CREATE:
        return f"{start}: create"
    if row.action is Action.HELD:
        return f"{start}: held back, {row.code}"
    told = f"{start}: update of {visible(row.contact_id or '')}"
    if not row.known:
        return f"{told}, of whom nothing is known yet"
    return told if row.changes else f"{told}, which says what was said last"


def _told(row: PlannedRow, *, unmasked: bool) -> Iterator[tuple[Change, str]]:
    def shown(text: str | None) -> str:
        return visible(text if unmasked else mask(text)) if text is not None else ""

    for change in row.changes:
        old, new = shown(change.old), shown(change.new)
        if change.how is How.LEFT_OUT:
            new = "(left out)"
        elif change.how is How.CLEARED:
            new = "(cleared)"
        yield change, f"{old} -> {new}" if change.old is not None else f"-> {new}"
