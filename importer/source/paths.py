"""A value inside a nested one, by its path: `addresses[0].city` of a column `addresses` that holds JSON text.

Parquet's nested columns enter as JSON text and come back so in a reject file, and a CSV may hold JSON as well: one way
serves all three. A path that leads nowhere, or a cell that is no JSON, is blank; what is nested still is JSON text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

_STEPS = re.compile(r"(?:\.[^.\[\]']+|\[\d+\])+")
_STEP = re.compile(r"\.([^.\[\]']+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class NestedPath:
    """A name a mapping uses that is no column of its own."""

    name: str
    column: str
    path: str
    """As JSONPath."""

    def read(self, cells: pl.DataFrame) -> pl.Series:
        """Give the values, String; null where the path leads nowhere."""
        # By Series, since a column may be called what Polars takes for a pattern.
        return cells.get_column(self.column).str.json_path_match(self.path).alias(self.name)


def find_paths(wanted: Iterable[str], columns: Sequence[str]) -> tuple[NestedPath, ...]:
    """Give the wanted names that are no columns, but paths into one of them; the longest column's name counts."""
    found = []
    for name in wanted:
        into = [column for column in columns if name.startswith(column) and _STEPS.fullmatch(name[len(column) :])]
        if into and name not in columns:
            column = max(into, key=len)
            steps = _STEP.findall(name[len(column) :])
            path = "$" + "".join(f"[{number}]" if number else f"['{key}']" for key, number in steps)
            found.append(NestedPath(name, column, path))
    return tuple(found)
