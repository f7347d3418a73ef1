"""What rows said of contacts that were updated: the last one, and those before it of what the last one leaves out.

A body may hold more than its row: the plan adds what is known of the contact (`update: full`). That is what the contact
was left with, though no row said it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconcile.fields import find_said

if TYPE_CHECKING:
    from importer.reconcile.compared import Shape
    from importer.reconcile.known import Known

GROUP = ["row", "group"]
FIELD = ["row", "field"]
SAID = {"row": pl.UInt32, "field": pl.String, "value": pl.String, "group": pl.String}
OLDER = {**SAID, "sent": pl.Boolean, "in_last": pl.Boolean}


@dataclass(frozen=True, slots=True)
class Said:
    """What bodies said of contacts that were updated; rows by number."""

    carried: pl.DataFrame
    """`row` and `group`: what the last row had its update carry, be it null."""
    older: pl.DataFrame
    """`OLDER`: what that leaves out and something before it said, the newest of each.

    `sent` is false where no row ever said anything of it: it is the contact's own, and was only given back. `in_last`
    is true where the last body has it all the same.
    """
    fresh: pl.Series
    """Rows on which nothing landed since the create: what that left out is blank."""
    whole: pl.Series
    """Rows of which every body is known: what none of them says was never sent."""


def gather_said(last: pl.DataFrame, known: Known, shape: Shape) -> Said:
    """Read what landed, of `last` (`row` UInt32, `contact_id`, and `run`, `part`, `position` of what landed last)."""
    before = known.history.before(last)
    own, added = _take(known.earlier.read(last), last["row"], shape)
    carried = spoken = own.select(GROUP).unique()
    told, older, sent, unread = carried, [], [carried.clear()], last["row"].clear()
    sources = [added]
    for rows, bodies in before.levels():
        # Behind a body that can't be read it is not known what still stands.
        unread = pl.concat([unread, rows.filter(bodies["landed"].is_null())])
        own, added = (one.filter(~pl.col("row").is_in(unread.implode())) for one in _take(bodies, rows, shape))
        news = own.join(spoken, on=GROUP, how="anti")
        sent.append(news.drop_nulls("value").select(GROUP))
        spoken = pl.concat([spoken, news.select(GROUP).unique()])
        sources += [own, added]
    for number, said in enumerate(sources):
        news = said.join(told, on=GROUP, how="anti").with_columns(in_last=pl.lit(number == 0))
        older.append(news.drop_nulls("value"))
        told = pl.concat([told, news.select(GROUP).unique()])
    mine = pl.concat(sent).unique().with_columns(sent=pl.lit(value=True))
    told_before = pl.concat(older).join(mine, on=GROUP, how="left", maintain_order="left")
    # Where a body can't be read a row may have said it.
    may_be = pl.col("sent").fill_null(value=False) | pl.col("row").is_in(unread.implode())
    whole = before.made.filter(~before.made.is_in(unread.implode()))
    return Said(carried, told_before.with_columns(sent=may_be).select(list(OLDER)), before.fresh, whole)


def _take(bodies: pl.DataFrame, rows: pl.Series, shape: Shape) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give what rows themselves said, and what else their bodies hold; both as `find_said` gives it."""
    own = _find(bodies.select(pl.coalesce("own", "landed")).to_series(), rows, shape)
    composed = bodies["own"].is_not_null()
    if not composed.any():
        return own, own.clear()
    rows, bodies = rows.filter(composed), bodies.filter(composed)
    whole = _find(bodies["landed"], rows, shape)
    fills = _find(bodies["fills"], rows, shape)
    elsewise = fills.join(whole, on=[*FIELD, "value"], how="anti")
    own = pl.concat([own, fills.join(elsewise, on=GROUP, how="anti")])
    return own, whole.join(own, on=GROUP, how="anti")


def _find(bodies: pl.Series, rows: pl.Series, shape: Shape) -> pl.DataFrame:
    said = find_said(bodies, shape)
    return said.with_columns(rows.gather(said["row"]).alias("row")).select(list(SAID))
