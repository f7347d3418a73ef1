"""All keys of a namespace, held as columns: many are found without asking SQLite for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import polars as pl

from importer.ledger.bulk import OF_PAGE, pages_of, read_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.ledger.store import Ledger

SENDING, UNKNOWN = -1, -2
"""Stand for a contact in `place`: who is known has one, and nobody else has, by the ledger's own rule."""
PLACE = f"CASE state WHEN 'known' THEN contact WHEN 'sending' THEN {SENDING} ELSE {UNKNOWN} END"
COLUMNS = {"key": pl.String, PLACE: pl.Int64}


class KeyIndex:
    """The keys in the order of their hashes. A hash only says where to look: keys are compared whole.

    It takes 32 bytes a key, and the key's length where that is over 12; half as much again while it is made. What else
    is held of a key comes to that.
    """

    def __init__(self, rows: pl.DataFrame, hashed: Callable[[pl.Series], pl.Series] = pl.Series.hash) -> None:
        """`rows`: `key` String, each once, `place` Int64 (its contact, or SENDING, UNKNOWN), and what else is held."""
        hashes = hashed(rows["key"])
        order = hashes.arg_sort()
        self._hashed = hashed
        self._hashes = hashes.gather(order)
        self._rows = rows.select(pl.all().gather(order))
        self._more = [name for name in rows.columns if name not in ("key", "place")]
        self._crowded = bool((self._hashes == self._hashes.shift()).any())

    @classmethod
    def read(cls, ledger: Ledger, namespace: int) -> Self:
        """Read all keys of a namespace. Raises StateError for whatever SQLite reports."""
        with ledger.reading() as database:
            pages = pages_of(database, namespace)
            found = [read_columns(database, f"identity WHERE {OF_PAGE}", cells, COLUMNS) for cells in pages]
        return cls(pl.concat(found).rename({PLACE: "place"}))

    def find(self, keys: pl.Series) -> pl.DataFrame:
        """Give `state` String and `contact` Int64 of each key, and what else is held of it.

        Aligned with `keys` (String, nulls allowed); all is null for a key that is not there.
        """
        found = self._join(keys) if self._crowded or self._rows.is_empty() else self._search(keys)
        place = pl.col("place")
        return found.with_columns(
            state=pl.when(place == SENDING)
            .then(pl.lit("sending"))
            .when(place == UNKNOWN)
            .then(pl.lit("unknown"))
            .when(place.is_not_null())
            .then(pl.lit("known")),
            contact=pl.when(place != SENDING, place != UNKNOWN).then(place),
        ).select("state", "contact", *self._more)

    def _search(self, keys: pl.Series) -> pl.DataFrame:
        at = self._hashes.search_sorted(self._hashed(keys)).clip(upper_bound=self._rows.height - 1)
        met = self._rows.select(pl.all().gather(at))
        same = (met["key"] == keys).fill_null(value=False)
        return met.select(pl.when(pl.lit(same)).then(name).alias(name) for name in ("place", *self._more))

    def _join(self, keys: pl.Series) -> pl.DataFrame:
        """Find them where two keys have one hash."""
        return keys.to_frame("key").join(self._rows, on="key", how="left", maintain_order="left").drop("key")
