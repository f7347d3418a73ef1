"""A verdict on a column: what was seen, how often, where, and what to write in the mapping; never a cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something to know about a column before it is sent."""

    column: str
    place: str
    """The field that reads it."""
    kind: str
    """`dates_unproven`, `dates_mixed`, `blanks`, …: see docs/columns.md."""
    count: int
    """Cells."""
    exact: bool
    """Whether every cell was looked at; else there may be more."""
    rows: tuple[str, ...]
    """Examples: `n`, or `SOURCE:n` where there are several sources."""
    what: str
    """What was seen, in words that the count follows."""
    advice: str
    """What to do, in sentences."""

    def document(self) -> dict[str, Any]:
        """Give it as run.json keeps it."""
        return {**asdict(self), "rows": list(self.rows)}

    def sentence(self) -> str:
        """Give it as a person reads it."""
        count = f"{self.count:,}" if self.exact else f"at least {self.count:,}"
        word = "row" if len(self.rows) == 1 else "rows"
        return f"{self.column} ({self.place}): {self.what}: {count} ({word} {', '.join(self.rows)}). {self.advice}"


def read_verdict(document: dict[str, Any]) -> Verdict:
    """Give the verdict that a document tells."""
    return Verdict(**{**document, "rows": tuple(document["rows"])})
