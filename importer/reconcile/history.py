"""What landed on contacts before what landed last: read back only where an update may have left something out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger import runs
from importer.ledger.landings import landed_rows
from importer.matching import hash_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.earlier import Earlier
    from importer.ledger import Ledger

ROWS = {
    "contact": pl.UInt64,
    "number": pl.Int64,
    "part": pl.Int32,
    "position": pl.UInt32,
    "created": pl.Boolean,
}


class History:
    """All that landed on the contacts of a namespace that were updated at least once."""

    def __init__(self, ledger: Ledger, namespace: int, earlier: Earlier) -> None:
        """Read it once: some 25 bytes a landed row. Raises StateError."""
        mine = [run for run in runs(ledger) if run.namespace == namespace]
        self._earlier = earlier
        self._ids = pl.DataFrame(
            {"number": [run.number for run in mine], "run": [run.id for run in mine]},
            schema={"number": pl.Int64, "run": pl.String},
        )
        found = [pl.DataFrame(schema=ROWS)]
        for number in self._ids["number"].sort(descending=True):
            rows = landed_rows(ledger, number).with_columns(pl.lit(number, pl.Int64).alias("number"))
            found.append(rows.with_columns(hash_texts(rows["contact_id"], "contact")).select(list(ROWS)))
        landed = pl.concat(found)
        self._updated = landed.filter(~pl.col("created"))["contact"].unique()
        self._rows = landed.join(self._updated.to_frame(), on="contact", how="semi", maintain_order="left")

    def updated(self, ids: pl.Series) -> pl.Series:
        """Tell of contacts (String, or null) which a run updated: Boolean, aligned."""
        return hash_texts(ids, "contact").is_in(self._updated.implode()).fill_null(value=False)

    def before(self, last: pl.DataFrame) -> Before:
        """Give what landed before the last, of `last` (`row` UInt32, `contact_id`, `run` String).

        Nothing before the create that made the contact, and of one that was not updated since nothing at all.
        """
        asked = last.select("row", hash_texts(last["contact_id"], "contact"), "run").join(
            self._ids.rename({"number": "newest"}), on="run", how="left"
        )
        met = asked.join(self._rows, on="contact").filter(pl.col("number") <= pl.col("newest"))
        ordered = met.sort("row", "number", descending=[False, True])
        # Where the row that landed last is no row of a run any more, the first that is found is older.
        last_is_there = (pl.col("number").max() == pl.col("newest").first()).over("row")
        older = ordered.with_columns(
            level=pl.int_range(pl.len()).over("row") + (~last_is_there).cast(pl.Int64),
            made=(pl.col("created").cum_sum() - pl.col("created").cast(pl.UInt32)).over("row"),
        ).filter(pl.col("made") == 0)
        made = older.filter("created")["row"].unique()
        fresh = older.filter(pl.col("created") & (pl.col("level") == 0))["row"].unique()
        places = older.filter(pl.col("level") > 0).drop("run").join(self._ids, on="number", how="left")
        return Before(self._earlier, places.select("row", "level", "run", "part", "position"), made, fresh)


class Before:
    """What landed on some contacts before what landed last."""

    def __init__(self, earlier: Earlier, places: pl.DataFrame, made: pl.Series, fresh: pl.Series) -> None:
        """`places` has `row`, `level` (1: the one before the last), `run`, `part`, `position`."""
        self._earlier = earlier
        self._places = places
        self.made = made
        """Rows whose history is known from the create on."""
        self.fresh = fresh
        """Rows on which nothing landed since the create."""

    def levels(self) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
        """Give `row` and the bodies (as `Earlier.read` gives them) of each level, the newest first."""
        for _, places in self._places.sort("level", "row").group_by("level", maintain_order=True):
            yield places["row"], self._earlier.read(places)
