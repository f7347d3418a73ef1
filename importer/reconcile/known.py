"""What the ledger and the runs' folders know of the customers that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.folder import RunFolder, read_frame, read_kept
from importer.ledger import RunState, runs
from importer.ledger.customers import find_customers, missed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.earlier import Earlier
    from importer.ledger import Ledger

SUPERSEDED = "key|superseded"
REJECTED = {"key": pl.String, "rejected_in": pl.Int64, "rejected_for": pl.String}


class Known:
    """What is known of a namespace's customers."""

    def __init__(self, ledger: Ledger, namespace: int, earlier: Earlier, folders: Path) -> None:
        """`folders` holds the runs' folders by their ids. Raises StateError when a file there is damaged."""
        self._ledger = ledger
        self._namespace = namespace
        self._earlier = earlier
        missed = missed_rows(ledger, namespace).rename({"number": "missed_in", "state": "missed", "code": "missed_for"})
        self._missed = {
            name: missed.select(name, "missed_in", "missed", "missed_for")
            .drop_nulls(name)
            .unique(name, keep="last", maintain_order=True)
            for name in ("key", "contact_id")
        }
        rejected = [pl.DataFrame(schema=REJECTED), *_rejected(ledger, namespace, folders)]
        self._rejected = pl.concat(rejected).unique("key", keep="first", maintain_order=True)

    def find(self, keys: pl.Series, ids: pl.Series) -> pl.DataFrame:
        """Give what is known of each customer, aligned with keys and ids (String, or null).

        The columns of `ledger.customers.find_customers`; `missed` String (`failed` or `unknown`, of the newest row that
        did not land), `missed_in` Int64 (its run's number), `missed_for` String (its code); `rejected_in` Int64 and
        `rejected_for` String (the newest run that rejected a row of the key, and its reasons).
        """
        found = find_customers(self._ledger, self._namespace, keys, ids)
        asked = pl.DataFrame({"key": keys, "contact_id": pl.select(pl.coalesce(found["contact_id"], ids)).to_series()})
        missed = [
            asked.select(name).join(known, on=name, how="left", maintain_order="left").drop(name)
            for name, known in self._missed.items()
        ]
        later = missed[0]["missed_in"].fill_null(-1) >= missed[1]["missed_in"].fill_null(-1)
        newest = [missed[0][name].zip_with(later, missed[1][name]) for name in missed[0].columns]
        rejected = asked.select("key").join(self._rejected, on="key", how="left", maintain_order="left").drop("key")
        return found.with_columns(*newest, *rejected)

    def bodies(self, places: pl.DataFrame) -> pl.Series:
        """Give the bodies that landed at `run`, `part`, `position`, aligned; null where they are gone."""
        return self._earlier.read(places)["landed"]


def _rejected(ledger: Ledger, namespace: int, folders: Path) -> Iterator[pl.DataFrame]:
    """Give the rejected keys of the namespace's runs, newest first; files that are gone tell nothing."""
    for run in runs(ledger):
        folder = RunFolder(folders / run.id)
        if run.namespace != namespace or run.state is RunState.PLANNED or not folder.job.exists():
            continue
        for part in range(read_kept(folder).parts):
            if not folder.part(part).exists():
                continue
            rows = read_frame(folder.part(part), ["key", "reasons"]).drop_nulls()
            yield rows.filter(pl.col("reasons") != SUPERSEDED).select(
                "key", pl.lit(run.number, pl.Int64).alias("rejected_in"), rejected_for="reasons"
            )
