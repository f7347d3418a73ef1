"""Tells a plan whole: what is done with how many rows, what changes by field and why, and the first rows if wanted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from importer.folder import RunFolder, read_frame
from importer.outcome import Action
from importer.plan.changes import NO_CHANGES, Totals, find_changes
from importer.plan.show import PlannedRow, ShowPlan, first_rows
from importer.plan.updates import spared_places, tag_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.kept import Kept
    from importer.plan.updates import Knowledge
    from importer.value import Value


def tell_changes(
    folder: RunFolder,
    kept: Kept,
    known: Knowledge,
    *,
    mapping_digest: str,
    values: Sequence[Value],
    show: ShowPlan | None = None,
) -> dict[str, Any]:
    """Give what the plan in `folder` would do, as `Summary.changes` has it, and hand the first rows to `show`.

    Keys: `actions` {action: rows}, `fields` {place: {how: rows}}, `because` {cause: rows}, `same` (updates that say
    what was said last), `edited` (updates whose last body another mapping made), `bare` (see `Planned`), `unread`
    (earlier runs whose files are gone or damaged). `values` are the mapping's. Raises StateError when a file of the
    plan, or the ledger, can't be read.
    """
    totals, actions, bare = Totals(tag_places(values)), Counter[str](), 0
    shown: list[PlannedRow] = []
    spared = spared_places(values)
    for number in range(kept.parts):
        plan = read_frame(folder.plan_part(number), ["action", "bare"])
        actions.update(dict(plan["action"].value_counts().iter_rows()))
        bare += int(plan["bare"].sum())
        updates = bool((plan["action"] == Action.UPDATE).any())
        changes = find_changes(folder, number, known, mapping_digest, spared=spared) if updates else NO_CHANGES
        totals.add(changes)
        if show is not None and len(shown) < show.rows:
            shown += first_rows(folder, kept.names, number, changes, show.rows - len(shown))
    if show is not None:
        show.receive(tuple(shown))
    return {
        "actions": {action.value: actions[action] for action in Action},
        **totals.document(),
        "bare": bare,
        "unread": sorted(known.earlier.unread),
    }
