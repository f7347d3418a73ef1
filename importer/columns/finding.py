"""What is found in a column before it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.columns.seen import Seen


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was seen, and what to do about it."""

    kind: str
    seen: Seen
    what: str
    """What was seen, in words that a count follows."""
    advice: str
    """What to do, in whole sentences."""
    exact: bool = False
    """Whether it was counted in all rows, however few were looked at."""
