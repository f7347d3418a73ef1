"""The words between reading a file and writing its mapping: columns, readings of them, lines, items, the draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.suggest.dates import Written
    from importer.suggest.evidence import Evidence
    from importer.suggest.headers import Heading

Steps: TypeAlias = "dict[str, str | list[str] | dict[str, str]]"
"""What stands in a field of a mapping, in the order it is written."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sample and all that is known of it."""

    name: str
    position: int
    heading: Heading
    evidence: Evidence
    dates: Written | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a column would be as a field."""

    fits: bool
    why: str
    steps: Steps = field(default_factory=dict)
    other: Steps | None = None
    """The steps it would have if it is meant the other way."""


def percent(share: float) -> str:
    """Give a share as `97%`; only a whole is 100%."""
    return f"{int(share * 100)}%"


def fit(why: str, steps: Steps | None = None, other: Steps | None = None) -> Reading:
    """Give the reading of a column whose cells are what the field needs."""
    return Reading(fits=True, why=why, steps=steps or {}, other=other)


def unfit(why: str, steps: Steps | None = None, other: Steps | None = None) -> Reading:
    """Give the reading of a column whose cells are something else, or don't prove what they are."""
    return Reading(fits=False, why=why, steps=steps or {}, other=other)


@dataclass(frozen=True, slots=True)
class Claim:
    """A column that means a field of some part of the contact."""

    column: Column
    field: str
    reading: Reading
    kind: str = ""
    """`addresses`, `billing_info`, `payments`, or blank for the contact itself."""
    alias: str = ""
    """Which of several addresses: `shipping`, `home`, …"""
    number: int | None = None

    @property
    def part(self) -> tuple[str, str, int | None]:
        """Which part of the contact."""
        return self.kind, self.alias, self.number


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the mapping: a field, its steps, and how sure that is."""

    field: str
    steps: Steps
    why: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `addresses`, `billing_info` or `payments`."""

    kind: str
    lines: tuple[Line, ...]
    alias: str = ""
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping before it is written."""

    lines: tuple[Line, ...]
    """Of the contact itself, those that are unsure too."""
    items: tuple[Item, ...]
    unsure: tuple[Line, ...]
    """Of items: `addresses[].state`."""
    rest: tuple[Column, ...]
    """Columns that are no field as far as can be told."""

    @property
    def sure(self) -> Mapping[str, Line]:
        """The sure lines of the contact itself, by their field."""
        return {line.field: line for line in self.lines if line.sure}
