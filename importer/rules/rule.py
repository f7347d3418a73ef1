"""What a rule is: a name, a cause and a cure, and, for a rule about one value, the expression that finds it wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import polars as pl

    from importer.value import Value


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a rule speaks and what to do about it, a sentence each."""

    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A rule about one value, whole in one place: its registry entry and its hints come from here too."""

    name: str
    """The part of its codes after the `|`; it never changes once released."""
    rule: Rule
    wrong: Callable[[Value, pl.Expr, date], pl.Expr | None]
    """From a mapped field, the column of its canonical values and today: where they are wrong; None where the rule
    has nothing to say about the field."""
