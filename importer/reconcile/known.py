"""What the ledger and the runs' folders know of the customers that are compared."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.folder import RunFolder, read_frame, read_kept
from importer.ledger import RunState, last_landed, runs
from importer.ledger.customers import all_customers, find_customers, missed_rows
from importer.matching import hash_texts
from importer.reconcile.history import History
from importer.reconcile.sides import SUPERSEDED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.earlier import Earlier
    from importer.ledger import Ledger

REJECTED = {"key": pl.String, "rejected_in": pl.Int64, "rejected_for": pl.String}


class Known:
    """What is known of a namespace's customers."""

    def __init__(self, ledger: Ledger, namespace: int, earlier: Earlier, folders: Path) -> None:
        """`folders` holds the runs' folders by their ids. Raises StateError when a file there is damaged."""
        self._ledger = ledger
        self._namespace = namespace
        self.earlier = earlier
        missed = missed_rows(ledger, namespace).rename({"number": "missed_in", "state": "missed", "code": "missed_for"})
        self._missed = {
            name: missed.select(name, "missed_in", "missed", "missed_for")
            .drop_nulls(name)
            .unique(name, keep="last", maintain_order=True)
            for name in ("key", "contact_id")
        }
        rejected = [pl.DataFrame(schema=REJECTED), *self._rejections(folders)]
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
        return self.earlier.read(places)["landed"]

    @cached_property
    def history(self) -> History:
        """What landed on the contacts that were updated, read when it is first asked for."""
        return History(self._ledger, self._namespace, self.earlier)

    def answers(self, ids: pl.Series) -> pl.Series:
        """Give what the server last answered of each contact, aligned; String, JSON, null where that is not known."""
        return last_landed(self._ledger, self._namespace, ids)["answer"]

    def customers(self) -> pl.DataFrame:
        """Give all of them, as `ledger.customers.all_customers`."""
        return all_customers(self._ledger, self._namespace)

    def links(self) -> pl.DataFrame:
        """Give `key` and `id` UInt64 (hashes as `matching.hash_texts` makes them) of all that have both.

        Each key once, the newest key of an id last.
        """
        known = self.customers().drop_nulls(["key", "contact_id"]).sort(
            pl.col("since").fill_null(-1), maintain_order=True
        )  # fmt: skip  # one frame
        return pl.DataFrame([hash_texts(known["key"], "key"), hash_texts(known["contact_id"], "id")])

    def ids_of(self, keys: pl.Series) -> pl.Series:
        """Give the contact that each key stands for, aligned; String, null where none is known."""
        nobody = pl.repeat(None, keys.len(), dtype=pl.String, eager=True)
        return find_customers(self._ledger, self._namespace, keys, nobody)["contact_id"]

    def _rejections(self, folders: Path) -> Iterator[pl.DataFrame]:
        """Give the rejected keys of the namespace's runs, newest first; files that are gone tell nothing."""
        for run in runs(self._ledger):
            folder = RunFolder(folders / run.id)
            if run.namespace != self._namespace or run.state is RunState.PLANNED or not folder.job.exists():
                continue
            try:
                paths = [folder.part(part) for part in range(read_kept(folder).parts)]
                frames = [read_frame(path, ["key", "reasons"]).drop_nulls() for path in paths if path.exists()]
            except StateError:
                # An old run's file is no fault of this comparison, which can do without; it is told in the end.
                self.earlier.unread.add(run.id)
                continue
            for rows in frames:
                yield rows.filter(pl.col("reasons") != SUPERSEDED).select(
                    "key", pl.lit(run.number, pl.Int64).alias("rejected_in"), rejected_for="reasons"
                )
