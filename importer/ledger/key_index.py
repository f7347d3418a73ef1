"""All keys of a namespace, held as columns: many are found without asking SQLite for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import polars as pl

from importer.ledger.bulk import OF_PAGE, pages_of, read_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.ledger.store import Ledger

STATES = pl.Enum(["known", "sending", "unknown"])
PLACE = "CASE state WHEN 'known' THEN contact WHEN 'sending' THEN -1 ELSE -2 END"
"""Contact and state in one whole number: who is known has a contact, and nobody else has (the ledger's own rule)."""
ROWS: Mapping[str, pl.DataType | type[pl.DataType]] = {"key": pl.String, "state": STATES, "contact": pl.Int64}


class KeyIndex:
    """The keys in the order of their hashes. A hash only says where to look: keys are compared whole.

    It takes 33 bytes a key, and the key's length where that is over 12.
    """

    def __init__(self, rows: pl.DataFrame, hashed: Callable[[pl.Series], pl.Series] = pl.Series.hash) -> None:
        """`rows`: `key` String, each once, `state` of `STATES`, `contact` Int64; `hashed` gives UInt64."""
        hashes = hashed(rows["key"])
        order = hashes.arg_sort()
        self._hashed = hashed
        self._hashes = hashes.gather(order)
        self._rows = rows.select(pl.all().gather(order))
        self._crowded = bool((self._hashes == self._hashes.shift()).any())

    @classmethod
    def read(cls, ledger: Ledger, namespace: int) -> Self:
        """Read all keys of a namespace. Raises StateError for whatever SQLite reports."""
        place, found = pl.col(PLACE), [pl.DataFrame(schema=dict(ROWS))]
        state = pl.when(place == -1).then(pl.lit("sending")).when(place == -2).then(pl.lit("unknown"))  # noqa: PLR2004  # see PLACE
        told = state.otherwise(pl.lit("known")).cast(STATES).alias("state")
        with ledger.reading() as database:
            for cells in pages_of(database, namespace):
                rows = read_columns(database, f"identity WHERE {OF_PAGE}", cells, {"key": pl.String, PLACE: pl.Int64})
                found.append(rows.select("key", told, pl.when(place >= 0).then(place).alias("contact")))
        return cls(pl.concat(found))

    def find(self, keys: pl.Series) -> pl.DataFrame:
        """Give `state` String and `contact` Int64 of each key, aligned with `keys` (String, nulls allowed)."""
        found = self._join(keys) if self._crowded or self._rows.is_empty() else self._search(keys)
        return found.with_columns(pl.col("state").cast(pl.String))

    def _search(self, keys: pl.Series) -> pl.DataFrame:
        at = self._hashes.search_sorted(self._hashed(keys)).clip(upper_bound=self._rows.height - 1)
        met = self._rows.select(pl.all().gather(at))
        same = pl.lit((met["key"] == keys).fill_null(value=False))
        return met.select(pl.when(same).then(name).alias(name) for name in ("state", "contact"))

    def _join(self, keys: pl.Series) -> pl.DataFrame:
        """Find them where two keys have one hash."""
        asked = keys.to_frame("key")
        return asked.join(self._rows, on="key", how="left", maintain_order="left").drop("key")
