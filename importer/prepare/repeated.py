"""Repeated identities: what only the whole file tells."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from importer.folder import write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.folder import RunFolder
    from importer.source import BatchRef

KEY_DUPLICATE = "key|duplicate"
KEY_SUPERSEDED = "key|superseded"
AT_ONCE = 2
"""Parts that are read, or written again, side by side."""

SHARES = 8
"""Parts of all hashes that are sorted one after the other."""

T = TypeVar("T")


def unique_column(place: str) -> str:
    """Give the name of a part's column with the texts of a field that must be unique."""
    return f"unique:{place}"


def reject_equal(folder: RunFolder, refs: Sequence[BatchRef], unique: Sequence[str]) -> None:
    """Reject every row whose value of a unique field another row has too; rows that gave way don't count."""
    for place in unique:
        told = pl.concat_str("reasons", pl.lit(f"{place}|unique"), separator=" ", ignore_nulls=True)
        _tell(folder, _repeated(folder, refs, unique_column(place)), told)


def reject_repeated(folder: RunFolder, refs: Sequence[BatchRef], duplicates: str) -> None:
    """Reject rows of a repeated key, then of a repeated id; who gave way in the first round is out of the second."""
    keep = {"reject": pl.lit(value=False), "first": pl.col("place") == 0, "last": pl.col("place") == pl.col("of") - 1}
    known = pl.when(pl.col("reasons").str.starts_with(KEY_DUPLICATE)).then("reasons")
    code_first = pl.concat_str(pl.lit(KEY_DUPLICATE), "reasons", separator=" ", ignore_nulls=True)
    told = pl.coalesce(known, code_first) if duplicates == "reject" else pl.lit(KEY_SUPERSEDED)
    for column in ("key", "id"):
        _tell(folder, _repeated(folder, refs, column).filter(~keep[duplicates]), told)


def _tell(folder: RunFolder, losers: pl.DataFrame, told: pl.Expr) -> None:
    """Write the parts again that hold some of the losers, who get the reasons `told`."""

    def tell(number: int, rows: pl.DataFrame) -> None:
        part = pl.read_parquet(folder.part(number))
        lost = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows["position"].implode())
        write_frame(part.with_columns(reasons=pl.when(lost).then(told).otherwise("reasons")), folder.part(number))

    by_part = losers.partition_by("part", as_dict=True)
    with ThreadPoolExecutor(AT_ONCE, "repeated") as threads:
        list(threads.map(tell, (int(number) for (number,) in by_part), by_part.values()))


def _repeated(folder: RunFolder, refs: Sequence[BatchRef], column: str) -> pl.DataFrame:
    """Give part, position, place among its equals and how many they are, for every row whose `column` is repeated.

    Hashes are compared first, 8 bytes a row, so that memory stays small on any file; only the few suspects exactly.
    """
    suspects = find_equal(_in_each(lambda ref: _identities(folder, ref, column)["hash"], refs))
    empty = pl.DataFrame(schema={"part": pl.Int32, "position": pl.UInt32, "place": pl.UInt32, "of": pl.UInt32})
    if suspects.is_empty():
        return empty
    suspected = pl.col("hash").is_in(suspects.implode())
    found = _in_each(lambda ref: _identities(folder, ref, column).filter(suspected), refs)
    return (
        pl.concat(found)
        .with_columns(
            pl.int_range(pl.len(), dtype=pl.UInt32).over("identity").alias("place"),
            pl.len().cast(pl.UInt32).over("identity").alias("of"),
        )
        .filter(pl.col("of") > 1)
        .select(empty.columns)
    )


def find_equal(hashes: Sequence[pl.Series]) -> pl.Series:
    """Give, once each, the hashes (UInt64) that stand there more than once.

    A table of all would take ten times their memory, and be the peak of a whole run; to sort them does not, and a share
    of them at a time takes a share of that.
    """
    found = [pl.Series("hash", [], pl.UInt64)]
    for share in range(SHARES if hashes else 0):
        some = pl.concat([one.filter(one % SHARES == share) for one in hashes]).sort()
        found.append(some.filter(some == some.shift(1)).unique())
    return pl.concat(found)


def _in_each(look: Callable[[BatchRef], T], refs: Sequence[BatchRef]) -> list[T]:
    with ThreadPoolExecutor(AT_ONCE, "repeated") as threads:
        return list(threads.map(look, refs))


def _identities(folder: RunFolder, ref: BatchRef, column: str) -> pl.DataFrame:
    frame = pl.read_parquet(folder.part(ref.part), columns=[column, "reasons"]).with_row_index("position")
    return frame.filter(pl.col(column).is_not_null() & pl.col("reasons").ne_missing(KEY_SUPERSEDED)).select(
        pl.lit(ref.part, pl.Int32).alias("part"), "position", identity=column, hash=pl.col(column).hash()
    )
