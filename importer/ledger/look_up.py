"""Looks up customers of many rows, part after part: in an index of all keys, or each in SQLite, whichever is less."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.bulk import read_columns
from importer.ledger.key_index import KeyIndex
from importer.ledger.known import known_contacts, known_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.ledger.namespaces import Namespace
    from importer.ledger.store import Ledger

HELD = 5_000_000
"""Keys that an index holds at most: 160 MB (see `KeyIndex`), and the length of those over 12 bytes."""
SPARSE = 4
"""A key that is asked for costs as much as this many that are read in their order."""
AT_ONCE = 10_000
"""Contacts asked for one by one in one query: below the 32,766 values that SQLite takes."""
RANGE = 50_000
"""Numbers of contacts that are read as they lie, in one query."""
CONTACT = {"id": pl.Int64, "contact_id": pl.String, "fingerprint": pl.Binary, "carried": pl.Binary}


class LookUp:
    """What the ledger knows of a namespace's customers, for several threads; nobody writes meanwhile."""

    def __init__(self, ledger: Ledger, namespace: Namespace, rows: int) -> None:
        """`rows` that will be asked for, all parts together: few of them are not worth reading every key."""
        self._ledger = ledger
        self._namespace = namespace.id
        self._held = ledger.held(namespace.id)
        self._asking = Lock()
        ((known,),) = ledger.read("SELECT identity_rows FROM height")
        whole = self._held is None and known <= min(HELD, rows * SPARSE)
        self._index = KeyIndex.read(ledger, namespace.id) if whole else None

    def by_key(self, keys: pl.Series) -> pl.DataFrame:
        """Give what is known of each key, as `known_keys`. Raises StateError for whatever SQLite reports."""
        if self._held is not None:
            return self._held.keys.find(keys).select("state", "contact_id", "fingerprint", "carried")
        if self._index is None:
            with self._asking:
                return known_keys(self._ledger, self._namespace, keys)
        found = self._index.find(keys)
        with self._asking:
            contacts = _contacts(self._ledger, found["contact"])
        return pl.concat([found.select("state"), contacts], how="horizontal")

    def by_id(self, ids: pl.Series, met: pl.DataFrame) -> pl.DataFrame:
        """Give what is known of each contact, as `known_contacts`.

        `met` is what `by_key` gave for the same rows: most ids are those that their keys led to.
        """
        led = (ids == met["contact_id"]).fill_null(value=False)
        if led.sum() == ids.len() - ids.null_count():
            return met.select(pl.when(pl.lit(led)).then(name).alias(name) for name in ("fingerprint", "carried"))
        with self._asking:
            others = ids.zip_with(~led, pl.Series([None], dtype=pl.String))
            asked = known_contacts(self._ledger, self._namespace, others)
        rows = pl.lit(led)
        return asked.select(
            pl.when(rows).then(pl.lit(met[name])).otherwise(name).alias(name) for name in ("fingerprint", "carried")
        )


def _contacts(ledger: Ledger, numbers: pl.Series) -> pl.DataFrame:
    """Give `contact_id`, `fingerprint` and `carried` of the contacts of these numbers in the ledger, aligned."""
    found = [pl.DataFrame(schema=CONTACT)]
    with ledger.reading() as database:
        for where, cells in _queries(numbers.drop_nulls().unique().sort()):
            found.append(read_columns(database, f"contact WHERE {where}", cells, CONTACT))
    met = numbers.to_frame("id").join(pl.concat(found), on="id", how="left", maintain_order="left")
    return met.drop("id")


def _queries(numbers: pl.Series) -> Iterator[tuple[str, Sequence[int]]]:
    """Contacts are numbered as they came, so those of one part mostly lie together, and are read as they lie."""
    for (_,), some in numbers.to_frame("id").group_by(pl.col("id") // RANGE, maintain_order=True):
        asked = some["id"].to_list()
        if asked[-1] - asked[0] < SPARSE * len(asked):
            yield "id BETWEEN ? AND ?", (asked[0], asked[-1])
            continue
        for start in range(0, len(asked), AT_ONCE):
            few = asked[start : start + AT_ONCE]
            yield f"id IN ({', '.join('?' * len(few))})", few
