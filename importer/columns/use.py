"""What a mapping does with a column, in the few words that decide what its cells may look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reading = Literal["date", "number", "phone", "code", "key", "text"]
"""`code`: digits that mean nothing as a number, of mostly one width: documents, postal codes, last four digits.
`key`: what a customer is known by; it may be a counter, whose numbers grow longer by themselves."""


@dataclass(frozen=True, slots=True)
class Use:
    """One field's reading of a column."""

    place: str
    """`dob`, `addresses[0].city`."""
    reading: Reading
    formats: tuple[str, ...] = ()
    """Of a date, in the order they are tried."""
    known: frozenset[str] = frozenset()
    """Cells that the mapping names: as blank, in a table, as a word for yes."""
    stripped: str = ""
    """Characters cut from both ends."""
    padded: bool = False
    """Whether lost zeros are put back."""
    decimal: str = "."
    """The decimal mark of a number."""
    table: bool = False
    """Whether a table says all that it may be."""
