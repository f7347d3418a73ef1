"""Looks at the columns a mapping uses while batches are prepared, and gives the verdicts on them.

Small sources are looked at whole. Of large ones the first rows, a share of the later ones chosen by their number, and
some of every kind of rows in which something failed: that costs next to nothing beside the judging, and finds what is
rare as well. Whether all or a share was looked at is told with every verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.columns import Look, Seen, Verdict, judge_column, look_at
from importer.columns.seen import NONE, add_seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.columns import Use
    from importer.prepare.batch import JudgedBatch

SMALL = 4_000_000
"""Bytes of all sources together up to which every row is looked at."""
FIRST = 1_000
"""Rows of the first source that are looked at in any case."""
ONE_OF = 100
"""Of the later rows one in so many is looked at."""
OF_EACH_FAILURE = 50
"""Rows of a batch that are looked at for each set of reasons."""
AT_ONCE = 20_000
"""Rows that are gathered for one look, since each look has a price of its own."""
OUTSIDE = ("enum", "values")
"""Rules that a cell breaks which a table does not list."""

_SPREAD, _MODULUS = 2_654_435_761, 1 << 32
"""Knuth's multiplier: it spreads row numbers evenly, so that no period of the file meets one of the sample."""


@dataclass(frozen=True, slots=True)
class ColumnLooks:
    """What the looks at the columns came to."""

    looked: int
    """Rows whose cells were looked at, besides those of rows in which something failed."""
    whole: bool
    """Whether these are all rows of right shape."""
    verdicts: tuple[Verdict, ...]

    def document(self) -> dict[str, Any]:
        """Give it as run.json keeps it."""
        return {"looked": self.looked, "all": self.whole, "verdicts": [verdict.document() for verdict in self.verdicts]}


@dataclass(frozen=True, slots=True)
class BatchLook:
    """What is taken from a batch to be looked at."""

    source: int
    rows: int
    """Those of right shape."""
    sample: pl.DataFrame
    """`row` Int64, and the used columns as `c0`, `c1`, … String."""
    wrong: pl.DataFrame
    """The same of other rows, with `codes` String: what failed, each code after a blank."""
    outside: dict[str, Seen]
    """By place, the cells that its table does not list."""


def _take(judged: JudgedBatch, uses: Mapping[str, tuple[Use, ...]], size: int) -> BatchLook:
    """Take from a judged batch what is to be looked at; `size` is the bytes of all sources together."""
    source, meta = judged.batch.ref.source, judged.batch.meta
    row = meta["row"]
    told = _told(judged.rows, row)
    few = told.group_by("codes").head(OF_EACH_FAILURE).sort("at")
    chosen = _chosen(judged, size)
    few = few.filter(~chosen.gather(few["at"]))
    at = chosen.arg_true()
    used = _copied(_used(judged.batch.cells, uses, row)[pl.concat([at, few["at"]])])
    return BatchLook(
        source,
        meta["shape"].null_count(),
        used[: len(at)],
        used[len(at) :].with_columns(few["codes"]),
        _outside(told, uses, source),
    )


def _chosen(judged: JudgedBatch, size: int) -> pl.Series:
    """Tell which rows of right shape are in the sample."""
    meta, row = judged.batch.meta, pl.col("row")
    if size <= SMALL:
        return meta["shape"].is_null()
    by_chance = (row * _SPREAD) % _MODULUS < _MODULUS // ONE_OF
    chosen = by_chance | (row <= FIRST) if judged.batch.ref.source == 0 else by_chance
    return meta.select(chosen & pl.col("shape").is_null()).to_series()


def _told(rows: pl.DataFrame, row: pl.Series) -> pl.DataFrame:
    """Give the rows in which something failed: `at` UInt32, their place in the batch, `row`, and `codes`."""
    told = pl.any_horizontal(pl.col("reasons", "dropped").is_not_null())
    at = rows.select(told.arg_true().alias("at")).to_series()
    codes = pl.concat_str(pl.lit(""), "reasons", "dropped", separator=" ", ignore_nulls=True)
    return rows.select(pl.col("reasons", "dropped").gather(at)).select(at, row.gather(at), codes.alias("codes"))


def _used(cells: pl.DataFrame, uses: Mapping[str, tuple[Use, ...]], row: pl.Series) -> pl.DataFrame:
    # A column may be called what Polars takes for a pattern, so all get names of ours.
    named = [cells.get_column(column).alias(f"c{number}") for number, column in enumerate(uses)]
    return pl.DataFrame([row.alias("row"), *named])


def _copied(taken: pl.DataFrame) -> pl.DataFrame:
    """Give the same rows with texts of their own.

    Texts that are gathered, filtered or cast only point into those they came from, so that a few rows, held until there
    are enough for a look, would hold every batch whole. Of what Polars offers only writing them anew parts them.
    """
    return taken.with_columns(pl.col(pl.String) + "")


def _outside(told: pl.DataFrame, uses: Mapping[str, tuple[Use, ...]], source: int) -> dict[str, Seen]:
    meant = {
        f"{use.place}|{rule}": use.place for some in uses.values() for use in some if use.table for rule in OUTSIDE
    }
    found: dict[str, Seen] = {}
    grouped = told.group_by("codes").agg(count=pl.len(), rows=pl.col("row").sort().head(3)) if meant else told.clear()
    for codes, count, rows in grouped.select("codes", "count", "rows").iter_rows() if meant else ():
        for place in {meant[code] for code in codes.split() if code in meant}:
            found[place] = found.get(place, NONE) + Seen(count, tuple((source, one) for one in rows))
    return found


@dataclass(slots=True)
class ColumnWatch:
    """Gathers what was taken from the batches, in their order, and looks at it by and by."""

    uses: Mapping[str, tuple[Use, ...]]
    size: int
    """Bytes of all sources together."""
    rows: int = 0
    looked: int = 0
    outside: dict[str, Seen] = field(default_factory=dict)
    sampled: dict[str, Look] = field(default_factory=dict)
    wrong: dict[str, Look] = field(default_factory=dict)
    _held: list[BatchLook] = field(default_factory=list)

    def take(self, judged: JudgedBatch) -> BatchLook:
        """Take from a judged batch what is to be looked at; on any thread, since nothing is changed."""
        return _take(judged, self.uses, self.size)

    def add(self, taken: BatchLook) -> None:
        """Take what is to be looked at in one more batch."""
        if self._held and (self._held[0].source != taken.source or self._height() >= AT_ONCE):
            self._look()
        self._held.append(taken)
        self.rows += taken.rows
        self.looked += taken.sample.height
        self.outside = add_seen(self.outside, taken.outside)

    def told(self, names: Sequence[str]) -> ColumnLooks:
        """Give what is to be known of the columns, in the mapping's order; `names` are the sources' names."""
        if self._held:
            self._look()
        exact = self.looked == self.rows
        found: dict[tuple[str, str, str], Verdict] = {}
        for column, uses in self.uses.items():
            looks = self.sampled.get(column, Look()), self.wrong.get(column, Look())
            for use in uses:
                for finding in judge_column(use, *looks, self.outside.get(use.place, NONE)):
                    rows = tuple(
                        f"{names[source]}:{row}" if len(names) > 1 else str(row) for source, row in finding.seen.rows
                    )
                    told = Verdict(
                        column=column,
                        place=use.place,
                        kind=finding.kind,
                        count=finding.seen.count,
                        exact=exact or finding.exact,
                        rows=rows,
                        what=finding.what,
                        advice=finding.advice,
                    )
                    found.setdefault((column, finding.kind, finding.what), told)
        return ColumnLooks(self.looked, exact, tuple(found.values()))

    def _height(self) -> int:
        return sum(taken.sample.height + taken.wrong.height for taken in self._held)

    def _look(self) -> None:
        source = self._held[0].source
        sample = pl.concat([taken.sample for taken in self._held])
        wrong = pl.concat([taken.wrong for taken in self._held])
        self._held.clear()
        for number, (column, uses) in enumerate(self.uses.items()):
            dates = any(use.reading == "date" for use in uses)
            failed = [pl.col("codes").str.contains(f" {use.place}|", literal=True) for use in uses]
            for looks, frame in ((self.sampled, sample), (self.wrong, wrong.filter(pl.any_horizontal(failed)))):
                if frame.height:
                    seen = look_at(frame[f"c{number}"], frame["row"], source=source, dates=dates)
                    looks[column] = looks.get(column, Look()) + seen
