"""Counted by customers: who had a field filled in what last landed, and whose row has it blank now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from importer.bodies import PLAIN
from importer.folder import read_frame
from importer.ledger import last_landed
from importer.outcome import Action

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.earlier import Earlier
    from importer.folder import RunFolder
    from importer.ledger import Ledger, Namespace
    from importer.plan import Planned

LOOKED = 20_000
"""Known customers that are looked at, at most, spread over the file: a share needs no more, and old bodies cost."""
NESTED = r',?"(?:tags|addresses|billing_info|payments)":[\[{]'
"""Where the fields of the contact itself end: their names stand in what follows too."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """By field of the contact itself, of the known customers that were looked at."""

    had: Counter[str] = field(default_factory=Counter)
    """Those of whom it was filled in the body that landed last."""
    lost: Counter[str] = field(default_factory=Counter)
    """Of these, those whose row has it blank."""


def count_blanked(
    folder: RunFolder,
    planned: Planned,
    places: Collection[str],
    ledger: Ledger,
    namespace: Namespace,
    earlier: Earlier,
) -> Blanked:
    """Count over the rows that would update somebody, or find somebody unchanged. Raises StateError.

    A body that can't be read any more counts for nobody.
    """
    known = sum(planned.counts.get(action, 0) for action in (Action.UPDATE, Action.UNCHANGED))
    names, step, passed = [name for name in PLAIN if name in places], max(1, ceil(known / LOOKED)), 0
    found = Blanked()
    if not names:
        return found
    for number in range(len(list(folder.plan.glob("[0-9]*.parquet")))):
        plan = read_frame(folder.plan_part(number), ["action", "contact_id"]).with_row_index("position")
        met = plan.filter(pl.col("action").is_in([Action.UPDATE.value, Action.UNCHANGED.value]))
        some = met.gather_every(step, offset=-passed % step)
        passed += met.height
        if some.is_empty():
            continue
        updates = some.filter(pl.col("action") == Action.UPDATE.value)
        # What landed on who is unchanged says what the row says, so nobody of them has lost anything.
        filled = read_frame(folder.part(number), ["filled"])["filled"].gather(some["position"])
        _add_had(found, names, filled.filter(some["action"] == Action.UNCHANGED.value))
        if not updates.is_empty():
            now = read_frame(folder.bodies(number), ["body"])["body"].gather(updates["position"])
            last = last_landed(ledger, namespace.id, updates["contact_id"])
            _add(found, names, earlier.read(last)["landed"], now)
    return found


def _add_had(found: Blanked, names: list[str], filled: pl.Series) -> None:
    bits = {name: pl.col("filled") & (1 << PLAIN.index(name)) for name in names}
    found.had.update(
        filled.to_frame("filled").select(**{name: (bit != 0).sum() for name, bit in bits.items()}).row(0, named=True)
    )
    # Told as nobody, not left out.
    found.lost.update(dict.fromkeys(names, 0))


def _add(found: Blanked, names: list[str], then: pl.Series, now: pl.Series) -> None:
    # Of many an update nothing is known that landed before: who had nothing has lost nothing.
    known = then.is_not_null()
    before, after = _plain(then.filter(known)), _plain(now.filter(known))
    for name in names:
        filled = _has(before, name)
        found.had[name] += int(filled.sum())
        found.lost[name] += int((filled & ~_has(after, name)).sum())


def _plain(bodies: pl.Series) -> pl.Series:
    # A slice of no known length goes to the end.
    whole = pl.col("body").cast(pl.Binary)
    plain = whole.bin.slice(0, pl.col("body").str.find(NESTED)).cast(pl.String)
    return bodies.to_frame("body").select(plain).to_series()


def _has(bodies: pl.Series, name: str) -> pl.Series:
    return bodies.str.contains(f'"{name}":"', literal=True).fill_null(value=False)
