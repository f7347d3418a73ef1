"""The two sides of a comparison: rows by number, their names and bodies read only for the rows that are asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.bodies import build_bodies
from importer.folder import read_frame
from importer.matching import CONTENT, MATCH, hash_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from importer.earlier import Earlier
    from importer.folder import RunFolder
    from importer.value import Value

SUPERSEDED = "key|superseded"
"""The reason of a row that only gave way to another row of its key."""
DETAILS = {
    "key": pl.String,
    "id": pl.String,
    "source": pl.Int32,
    "row": pl.Int64,
    "line": pl.Int64,
    "reasons": pl.String,
}


class Side(Protocol):
    """One side."""

    @property
    def rows(self) -> pl.DataFrame:
        """All rows of the side, by number from 0.

        `rejected` Boolean, `superseded` Boolean (of these, who only gave way to another row of the key), `pending`
        Boolean (a create of which nobody knows), `content` UInt64 (equal where the rows are alike; null: not known),
        and a UInt64 column for each identifier that is matched by, null where it is blank.
        """

    @property
    def names(self) -> Sequence[str]:
        """The files it comes from, by `source`; none for the ledger."""

    def details(self, rows: pl.Series) -> pl.DataFrame:
        """Give the columns of `DETAILS`, aligned with row numbers (UInt32, or null)."""

    def bodies(self, rows: pl.Series) -> pl.Series:
        """Give the compared bodies, aligned with row numbers; null where there is none any more."""


@dataclass(frozen=True, slots=True)
class FileSide:
    """A prepared file."""

    folder: RunFolder
    names: Sequence[str]
    values: Sequence[Value]
    values_path: Callable[[int], Path]
    rows: pl.DataFrame
    """Also `part` Int32 and `position` UInt32."""
    keyed: bool = True
    """Whether its keys are the keys of the customers that are meant, and not of another kind."""

    def details(self, rows: pl.Series) -> pl.DataFrame:
        """Read them from the parts."""
        keys = pl.col("key") if self.keyed else pl.lit(None, pl.String).alias("key")

        def read(part: int) -> pl.DataFrame:
            return read_frame(self.folder.part(part), list(DETAILS)).with_columns(keys)

        found = self._read(rows, read)
        return _align(rows.len(), [pl.DataFrame(schema={**DETAILS, "asked": pl.UInt32}), *found])

    def bodies(self, rows: pl.Series) -> pl.Series:
        """Make them of the values."""
        if not rows.len() or not self.values:
            return pl.repeat("{}", rows.len(), dtype=pl.String, eager=True)
        found = self._read(rows, lambda part: read_frame(self.values_path(part)))
        return build_bodies(_align(rows.len(), found), self.values)["body"]

    def _read(self, rows: pl.Series, read: Callable[[int], pl.DataFrame]) -> list[pl.DataFrame]:
        """Read rows from wherever they lie, with `asked`, their place in `rows`; one part at a time is in memory."""
        places = self.rows.select(pl.col("part", "position").gather(rows)).with_row_index("asked").drop_nulls()
        return [
            read(int(part)).select(pl.all().gather(asked["position"])).with_columns(asked["asked"])
            for (part,), asked in places.partition_by("part", as_dict=True).items()
        ]


def _align(height: int, found: list[pl.DataFrame]) -> pl.DataFrame:
    every = pl.int_range(height, dtype=pl.UInt32, eager=True).alias("asked").to_frame()
    return every.join(pl.concat(found), on="asked", how="left", maintain_order="left").drop("asked")


def open_prepared(
    folder: RunFolder,
    parts: int,
    names: Sequence[str],
    values: Sequence[Value],
    values_path: Callable[[int], Path],
    order: Sequence[str],
    *,
    keyed: bool = True,
) -> FileSide:
    """Give the side whose parts lie in a folder. Raises StateError when one can't be read."""
    wanted = ["reasons", CONTENT, *(f"{MATCH}{name}" for name in order)]
    blank = frozenset() if keyed else frozenset({"key"})
    frames = [
        read_frame(folder.part(part), wanted)
        .with_row_index("position")
        .select(
            pl.lit(part, pl.Int32).alias("part"),
            "position",
            pl.col("reasons").is_not_null().alias("rejected"),
            pl.col("reasons").eq_missing(pl.lit(SUPERSEDED)).alias("superseded"),
            pl.lit(value=False).alias("pending"),
            CONTENT,
            *((pl.lit(None, pl.UInt64) if name in blank else pl.col(f"{MATCH}{name}")).alias(name) for name in order),
        )
        for part in range(parts)
    ]
    return FileSide(folder, names, values, values_path, pl.concat(frames), keyed)


@dataclass(frozen=True, slots=True)
class LedgerSide:
    """What the ledger knows to have landed: a contact a row, and a row for each key whose create is unknown."""

    customers: pl.DataFrame
    """As `ledger.customers.all_customers` gives them, each contact once."""
    earlier: Earlier
    rows: pl.DataFrame
    aliases: pl.DataFrame
    """`key` UInt64 and `row` UInt32: earlier keys of contacts that a later key stands for."""
    names: Sequence[str] = ()

    def details(self, rows: pl.Series) -> pl.DataFrame:
        """Give key and id; the ledger has no line for the rest."""
        taken = self.customers.select(pl.col("key", "contact_id").gather(rows)).rename({"contact_id": "id"})
        blank = [pl.lit(None, kind).alias(name) for name, kind in DETAILS.items() if name not in taken.columns]
        return taken.with_columns(*blank)

    def bodies(self, rows: pl.Series) -> pl.Series:
        """Read what landed last."""
        places = self.customers.select(pl.col("run", "part", "position").gather(rows))
        return self.earlier.read(places)["landed"]


def open_customers(customers: pl.DataFrame, earlier: Earlier, order: Sequence[str]) -> LedgerSide:
    """Give the side that the ledger's customers are; of several keys of a contact the one it got last is its key."""
    by_age = customers.with_row_index("number").sort(pl.col("since").fill_null(-1), "number")
    known = pl.col("contact_id").is_not_null()
    newest = by_age.filter(known).unique("contact_id", keep="last", maintain_order=True)
    pending = by_age.filter(~known)
    kept = pl.concat([newest, pending]).sort("number")
    old = by_age.filter(known).join(kept, on="number", how="anti").select("key", "contact_id")
    standing = kept.with_row_index("row").select("contact_id", "row")
    aliases = old.join(standing, on="contact_id")
    rows = pl.DataFrame(
        [
            *(
                pl.repeat(value=False, n=kept.height, dtype=pl.Boolean, eager=True).alias(name)
                for name in ("rejected", "superseded")
            ),
            (kept["state"] != "known").alias("pending"),
            hash_texts(kept["fingerprint"], CONTENT),
            *(hash_texts(kept[{"id": "contact_id"}.get(name, name)], name) for name in order),
        ]
    )
    told = pl.DataFrame([hash_texts(aliases["key"], "key"), aliases["row"]])
    return LedgerSide(kept.drop("number"), earlier, rows, told)


def learn_ids(side: FileSide, links: pl.DataFrame) -> FileSide:
    """Give a side that knows its rows by what the ledger knows of them, where they don't say it themselves.

    `links` has `key` and `id` UInt64 (hashes), each key once, the newest key of an id last. A row's own id counts, else
    the ledger's for its key, and then `learned` Boolean is true; so does its own key, else the newest one of its id.
    """
    of_key = side.rows.select("key").join(links, on="key", how="left", maintain_order="left")["id"]
    of_id = links.unique("id", keep="last", maintain_order=True)
    rows = side.rows.with_columns(
        id=pl.coalesce("id", pl.lit(of_key)), learned=pl.col("id").is_null() & pl.lit(of_key.is_not_null())
    )
    keys = rows.select("id").join(of_id, on="id", how="left", maintain_order="left")["key"]
    if "key" in rows.columns:
        rows = rows.with_columns(key=pl.coalesce("key", pl.lit(keys)))
    return replace(side, rows=rows)
