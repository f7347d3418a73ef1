"""How often something was seen in a column, and in which rows first: a partial result that adds up over batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_EXAMPLES = 3
"""Rows named as examples."""

Row = tuple[int, int]
"""Index of the source from 0, and row of it from 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A count of cells and the first rows that hold one; never a cell."""

    count: int
    rows: tuple[Row, ...] = ()
    """In the order of sources and rows, MOST_EXAMPLES at most."""

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.count + other.count, tuple(sorted({*self.rows, *other.rows}))[:MOST_EXAMPLES])


NONE = Seen(0)
Key = TypeVar("Key")


def add_seen(one: Mapping[Key, Seen], other: Mapping[Key, Seen]) -> dict[Key, Seen]:
    """Add what was seen of each thing."""
    return {key: one.get(key, NONE) + other.get(key, NONE) for key in {**one, **other}}
