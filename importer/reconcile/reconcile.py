"""Compares two sides to their last row, and counts what becomes of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.mapping.places import EVERY_TAG
from importer.reconcile.classes import LEDGER, Class, Classed, classify
from importer.reconcile.compared import TAGS
from importer.reconcile.explain import explain
from importer.reconcile.left_out import find_hidden
from importer.reconcile.sides import SUPERSEDED, LedgerSide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reconcile.compared import Shape
    from importer.reconcile.differences import DifferencesFile
    from importer.reconcile.explain import Sides

AT_ONCE = 50_000
"""Customers whose fields are in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a comparison came to; for each side the classes add up to its rows."""

    here: Counter[Class]
    there: Counter[Class]
    matched: dict[str, int]
    """Pairs by what matched them."""
    causes: Counter[tuple[str, str]]
    """Customers by class and cause; one whose fields have two causes counts under both."""
    details: Counter[str]
    """Customers by reason or code, of those that were rejected or failed."""
    fields: Counter[str]
    """Customers by the field that differs; `tags.*` are the tags that a cell names."""
    order: tuple[str, ...]
    """What was tried, in its order; `ledger` stands behind the id or key with which it was looked up."""
    left_out: tuple[str, ...]
    superseded: int = 0
    """Of the rejected, those that only gave way to another row of their key."""

    @property
    def equal(self) -> bool:
        """Whether every customer is the same on both sides."""
        apart = sum(side[one] for side in (self.here, self.there) for one in Class if one is not Class.SAME)
        return apart == self.superseded


@dataclass(slots=True)
class _Tally:
    here: Counter[Class] = field(default_factory=Counter)
    there: Counter[Class] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    details: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    superseded: int = 0

    def add(self, lines: pl.DataFrame, shape: Shape) -> None:
        each = lines.unique("entry", keep="first")
        for side, name in ((self.here, "here"), (self.there, "there")):
            for word, count in each.drop_nulls(name)["class"].value_counts().iter_rows():
                side[Class(word)] += count
        caused = lines.filter(pl.col("class") != Class.SAME).drop_nulls("cause").unique(["entry", "cause"])
        for word, cause, count in caused.group_by("class", "cause").len().sort("class", "cause").iter_rows():
            self.causes[word, cause] += count
        # Who is met by a rejected row has its reasons, which count once.
        told = each.drop_nulls("detail").filter(~pl.col("beside"))
        self.superseded += int((told["detail"] == SUPERSEDED).sum())
        for code, count in told["detail"].str.split(" ").explode().value_counts().sort("detail").iter_rows():
            self.details[code] += count
        differing = lines.filter(pl.col("class") == Class.DIFFERENT).select("entry", _public_name(shape)).unique()
        for name, count in differing["field"].value_counts().sort("field").iter_rows():
            self.fields[name] += count


def _public_name(shape: Shape) -> pl.Expr:
    """Give `field` without the names that come from cells: these counts are shown to whoever looks on."""
    named = [f"{TAGS}.{tag}" for tag in shape.tags]
    from_cell = pl.col("field").str.starts_with(f"{TAGS}.") & ~pl.col("field").is_in(named)
    return pl.when(from_cell).then(pl.lit(f"{TAGS}.{EVERY_TAG}")).otherwise("field").alias("field")


def _classify(sides: Sides) -> Classed:
    there, known = sides.there, sides.known
    if not isinstance(there, LedgerSide) or known is None:
        return classify(sides.here, there, sides.compared.order)

    def doubted(rows: pl.Series) -> pl.Series:
        return find_hidden(there.customers.select(pl.all().gather(rows)), known, sides.compared)

    return classify(sides.here, there, sides.compared.order, aliases=there.aliases, doubted=doubted)


def _with_ledger(order: Sequence[str], after: str) -> tuple[str, ...]:
    place = order.index(after) + 1
    return (*order[:place], LEDGER, *order[place:])


def reconcile(sides: Sides, file: DifferencesFile) -> Reconciled:
    """Compare all rows, write the lines of those that are not the same, and give the counts. Raises StateError."""
    order = sides.compared.order
    classed = _classify(sides)
    tally = _Tally()
    for side in (tally.here, tally.there):
        side[Class.SAME] += classed.same
    for entries in classed.entries.iter_slices(AT_ONCE):
        lines = explain(entries, sides)
        tally.add(lines, sides.compared.shape)
        file.append(lines.filter(pl.col("class") != Class.SAME))
    return Reconciled(
        here=tally.here,
        there=tally.there,
        matched=classed.by,
        causes=tally.causes,
        details=tally.details,
        fields=tally.fields,
        order=_with_ledger(order, "id" if sides.compared.linked else "key") if LEDGER in classed.by else order,
        left_out=sides.compared.left_out,
        superseded=tally.superseded,
    )
