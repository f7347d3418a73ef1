"""The rails: pure decisions over the figures of a plan. Percent everywhere; a figure at its limit passes.

Shares of few rows say little, so a rail keeps still where fewer than `FEW` rows stand behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from importer.guard.figures import Figures, read_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FEW = 20
"""Rows (or contacts) from which on a share is judged. A field that so many rows should fill is filled in none by
chance less than once in a hundred million files."""
NAMED = 6
"""Fields that are named at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much passes, in percent; 100 lets everything pass."""

    rejected: float = 20.0
    """Of the rows read, those that are rejected."""
    creates: float = 50.0
    """Of the rows that are in order, those that would be created; where contacts are known and most are absent."""
    shrink: float = 30.0
    """By how much fewer rows there are than in the run before."""
    blanked: float = 50.0
    """By how much the share of rows that fill a field is less than in the run before."""


@dataclass(frozen=True, slots=True)
class Tripped:
    """A rail that holds the run."""

    rail: str
    told: str
    """The figures, in words; never a cell's."""
    option: str
    """What lets it pass, as it is typed."""


def judge(figures: Figures, limits: Limits) -> tuple[Tripped, ...]:
    """Give the rails that hold a run with these figures, none when it may write."""
    rails = (_rejected(figures, limits), _creates(figures, limits), _shrink(figures, limits), _blanked(figures, limits))
    return tuple(tripped for tripped in rails if tripped)


def judge_kept(document: Mapping[str, Any] | None, limits: Limits) -> tuple[Tripped, ...]:
    """Judge the figures that a run's folder keeps; where there are none, no rail holds."""
    return judge(read_figures(document), limits) if document else ()


def refusal(tripped: Sequence[Tripped]) -> str:
    """Give the sentence with which a run is refused: the figures and the options that let it pass."""
    told, options = "; ".join(one.told for one in tripped), " ".join(one.option for one in tripped)
    return f"a guard rail holds it, and nothing was written: {told}. If this is meant, add {options}"


def _rejected(figures: Figures, limits: Limits) -> Tripped | None:
    part, whole = figures.rejected, figures.read
    if whole < FEW or not _exceeds(part, whole, limits.rejected):
        return None
    told = f"{_percent(part, whole)} of the rows are rejected ({part:,} of {whole:,}; at most {limits.rejected:g}%)"
    return Tripped("rejected", told, f"--max-rejected {_percent(part, whole)}")


def _creates(figures: Figures, limits: Limits) -> Tripped | None:
    """Hold where ids or keys seem lost: new customers join known ones, they don't come in their stead."""
    part, whole = figures.creates, figures.planned
    away = 2 * figures.absent > figures.known >= FEW
    if whole < FEW or not away or not _exceeds(part, whole, limits.creates):
        return None
    told = (
        f"{_percent(part, whole)} of the rows would be created ({part:,} of {whole:,}; at most {limits.creates:g}%), "
        f"while {figures.absent:,} of the {figures.known:,} contacts known here are not in the file: "
        "see whether its ids or keys are lost"
    )
    return Tripped("creates", told, f"--max-creates {_percent(part, whole)}")


def _shrink(figures: Figures, limits: Limits) -> Tripped | None:
    before = figures.before.read if figures.before else 0
    fewer = before - figures.read
    if before < FEW or not _exceeds(fewer, before, limits.shrink):
        return None
    told = (
        f"{figures.read:,} rows against {before:,} last time, {_percent(fewer, before)} fewer "
        f"(at most {limits.shrink:g}%)"
    )
    return Tripped("shrink", told, f"--max-shrink {_percent(fewer, before)}")


def _blanked(figures: Figures, limits: Limits) -> Tripped | None:
    """Hold where a share fell, or where the customers who had a field lose it, which new ones may hide in a share."""
    fell = [*_fallen(figures, limits), *_taken(figures, limits)]
    if not fell:
        return None
    shown: dict[str, str] = {}
    for _, place, told in sorted(fell, key=lambda one: (one[0], one[1]), reverse=True):
        shown.setdefault(place, told)
    more = f" and {len(shown) - NAMED} more fields" if len(shown) > NAMED else ""
    return Tripped(
        "blanked",
        f"fields are filled far less than last time (at most {limits.blanked:g}% less): "
        f"{', '.join(list(shown.values())[:NAMED])}{more}",
        f"--max-blanked {max(share for share, *_ in fell)}%",
    )


def _taken(figures: Figures, limits: Limits) -> Iterator[tuple[int, str, str]]:
    """Give each field that too many of the known customers lose, as `_fallen`."""
    for place, had in figures.had.items():
        lost = figures.lost.get(place, 0)
        if had >= FEW and _exceeds(lost, had, limits.blanked):
            yield _share(lost, had), place, f"{place} is blank for {lost:,} of {had:,} customers who had one"


def _fallen(figures: Figures, limits: Limits) -> Iterator[tuple[int, str, str]]:
    """Give each field whose share of filled rows fell too far: by how many percent of itself, its place, and words."""
    before = figures.before
    for place, then in before.filled.items() if before else ():
        now = figures.filled.get(place)
        if now is None or before is None or before.read < FEW or then * figures.read < FEW * before.read:
            continue
        # In whole numbers: the shares are now / read and then / before.read.
        expected, found = then * figures.read, now * before.read
        if _exceeds(expected - found, expected, limits.blanked):
            rows = f"{now:,} of {figures.read:,} rows, last time {then:,} of {before.read:,}"
            yield _share(expected - found, expected), place, f"{place} in {rows}"


def _exceeds(part: int, whole: int, percent: float) -> bool:
    return 100 * part > percent * whole


def _share(part: int, whole: int) -> int:
    """Give a share in whole percent, rounded up, so that the option that names it lets it pass."""
    return ceil(100 * part / whole)


def _percent(part: int, whole: int) -> str:
    return f"{_share(part, whole)}%"
