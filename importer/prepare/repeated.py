"""Repeated identities: what only the whole file tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.folder import write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.folder import RunFolder
    from importer.source import BatchRef

KEY_DUPLICATE = "key|duplicate"
KEY_SUPERSEDED = "key|superseded"


def unique_column(place: str) -> str:
    """Give the name of a part's column with the texts of a field that must be unique."""
    return f"unique:{place}"


def reject_equal(folder: RunFolder, refs: Sequence[BatchRef], unique: Sequence[str]) -> None:
    """Reject every row whose value of a unique field another row has too; rows that gave way don't count."""
    for place in unique:
        for number, lost in _lost(_repeated(folder, refs, unique_column(place))):
            part = pl.read_parquet(folder.part(number))
            told = pl.concat_str("reasons", pl.lit(f"{place}|unique"), separator=" ", ignore_nulls=True)
            write_frame(part.with_columns(reasons=pl.when(lost).then(told).otherwise("reasons")), folder.part(number))


def reject_repeated(folder: RunFolder, refs: Sequence[BatchRef], duplicates: str) -> None:
    """Reject rows of a repeated key, then of a repeated id; who gave way in the first round is out of the second."""
    keep = {"reject": pl.lit(value=False), "first": pl.col("place") == 0, "last": pl.col("place") == pl.col("of") - 1}
    code = KEY_DUPLICATE if duplicates == "reject" else KEY_SUPERSEDED
    for column in ("key", "id"):
        losers = _repeated(folder, refs, column).filter(~keep[duplicates])
        for number, lost in _lost(losers):
            path = folder.part(number)
            part = pl.read_parquet(path)
            known = pl.when(pl.col("reasons").str.starts_with(KEY_DUPLICATE)).then("reasons")
            reasons: pl.Expr
            if duplicates == "reject":
                code_first = pl.concat_str(pl.lit(code), "reasons", separator=" ", ignore_nulls=True)
                reasons = pl.coalesce(known, code_first)
            else:
                reasons = pl.lit(code)
            part = part.with_columns(reasons=pl.when(lost).then(reasons).otherwise("reasons"))
            write_frame(part, path)


def _lost(losers: pl.DataFrame) -> Iterator[tuple[int, pl.Expr]]:
    """Give for each part that has some which of its rows they are."""
    for (number,), rows in losers.partition_by("part", as_dict=True).items():
        yield int(number), pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows["position"].implode())


def _repeated(folder: RunFolder, refs: Sequence[BatchRef], column: str) -> pl.DataFrame:
    """Give part, position, place among its equals and how many they are, for every row whose `column` is repeated.

    Hashes are compared first, 8 bytes a row, so that memory stays small on any file; only the few suspects exactly.
    """
    hashes = [_identities(folder, ref, column)["hash"] for ref in refs]
    merged = pl.concat(hashes) if hashes else pl.Series("hash", [], pl.UInt64)
    suspects = merged.filter(merged.is_duplicated()).unique()
    del merged, hashes
    found = [_identities(folder, ref, column).filter(pl.col("hash").is_in(suspects.implode())) for ref in refs]
    empty = pl.DataFrame(schema={"part": pl.Int32, "position": pl.UInt32, "place": pl.UInt32, "of": pl.UInt32})
    if suspects.is_empty():
        return empty
    return (
        pl.concat(found)
        .with_columns(
            pl.int_range(pl.len(), dtype=pl.UInt32).over("identity").alias("place"),
            pl.len().cast(pl.UInt32).over("identity").alias("of"),
        )
        .filter(pl.col("of") > 1)
        .select(empty.columns)
    )


def _identities(folder: RunFolder, ref: BatchRef, column: str) -> pl.DataFrame:
    frame = pl.read_parquet(folder.part(ref.part), columns=[column, "reasons"]).with_row_index("position")
    return frame.filter(pl.col(column).is_not_null() & pl.col("reasons").ne_missing(KEY_SUPERSEDED)).select(
        pl.lit(ref.part, pl.Int32).alias("part"), "position", identity=column, hash=pl.col(column).hash()
    )
