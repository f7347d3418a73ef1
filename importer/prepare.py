"""Prepare: read every record once, map and judge it, write numbered parts; then settle what only the whole file tells.

The columns of a part stand in docs/design.md. A repeated identity shows only when the last record was read, so the
parts that hold one are written a second time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.bodies import build_bodies
from importer.rules import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from importer.folder import RunFolder
    from importer.mapping.compile import Compiled
    from importer.progress import Progress
    from importer.source import Batch, BatchRef, Sources
    from importer.value import Value

KEY_REQUIRED = "key|required"
KEY_DUPLICATE = "key|duplicate"
KEY_SUPERSEDED = "key|superseded"
ROW_SHAPE = "row|shape"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What prepare came to; the rows themselves lie in the parts."""

    read: int
    rejected: int
    superseded: int
    """Of the rejected, those that only gave way to another row of their key; they are not in the reject file."""
    reasons: dict[str, int]
    dropped: dict[str, int]
    refs: tuple[BatchRef, ...]
    """The batches, one a part."""


def prepare(
    sources: Sources, compiled: Compiled, folder: RunFolder, *, duplicates: str, today: date, progress: Progress
) -> Prepared:
    """Write `folder.parts` and give the counts.

    `duplicates` is `reject`, `first` or `last`: which row of a repeated identity counts. Raises SourceError when a
    source can't be read to its end.
    """
    refs: list[BatchRef] = []
    progress.start("reading", sources.size, "B")
    for batch in sources.batches():
        part, wrong = prepare_batch(batch, compiled, today)
        part.write_parquet(folder.part(batch.ref.part), compression="lz4", statistics=False)
        if wrong.height:
            wrong.write_parquet(folder.kept_cells(batch.ref.part), compression="lz4", statistics=False)
        refs.append(batch.ref)
        progress.advance(batch.ref.length)
    progress.finish()
    _reject_repeated(folder, refs, duplicates)
    return _count(folder, refs)


def prepare_batch(batch: Batch, compiled: Compiled, today: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the part of one batch, and of its rejected rows the `position`, `raw` and cells (named `c0`, `c1`, …)."""
    judged = judge(batch.cells, compiled.values, today=today, key=compiled.key)
    shape_wrong = batch.meta["shape"].is_not_null()
    values = judged.values.with_columns(
        key_expression(compiled.key).alias("#key") if compiled.key else pl.lit(None, pl.String).alias("#key"),
        judged.reasons.alias("#reasons"),
        shape_wrong.alias("#shape"),
    )
    identity = _id_expression(compiled.values)
    doubted = pl.any_horizontal(
        pl.lit(value=False),
        *(pl.col("#reasons").str.contains(f"{place}|", literal=True) for place in ("id", *compiled.key)),
    ).fill_null(value=False)
    nameless = pl.col("#key").is_null() & identity.is_null() & ~doubted
    reasons = (
        pl.when("#shape")
        .then(pl.lit(ROW_SHAPE))
        .when(nameless)
        .then(pl.concat_str(pl.lit(KEY_REQUIRED), pl.col("#reasons"), separator=" ", ignore_nulls=True))
        .otherwise("#reasons")
    )
    named = values.select(
        batch.meta["row"],
        batch.meta["line"],
        key=pl.when(~pl.col("#shape")).then("#key"),
        id=pl.when(~pl.col("#shape")).then(identity),
        reasons=reasons,
        dropped=pl.when(~pl.col("#shape")).then(judged.dropped),
    )
    valid = named["reasons"].is_null()
    part = (
        named.with_row_index("position")
        .join(
            pl.concat(
                [
                    pl.DataFrame({"position": valid.arg_true()}),
                    build_bodies(judged.values.filter(valid), compiled.values),
                ],
                how="horizontal",
            ),
            on="position",
            how="left",
            maintain_order="left",
        )
        .select(
            pl.lit(batch.ref.source, pl.Int32).alias("source"),
            "row", "line", "key", "id", "reasons", "dropped", "body", "update_body", "fingerprint",
        )
    )  # fmt: skip  # one line of names reads better than ten
    return part, keep_cells(batch, (~valid).arg_true())


def key_expression(places: Sequence[str]) -> pl.Expr:
    """Give the text by which a customer is known: one field, or several as a JSON array; null where one is blank."""
    texts = [pl.col(place).cast(pl.String) for place in places]
    if len(texts) == 1:
        return texts[0]
    escaped = [text.str.replace_many(["\\", '"'], ["\\\\", '\\"']) for text in texts]
    return pl.concat_str(pl.lit('["'), pl.concat_str(escaped, separator='","'), pl.lit('"]'))


def _id_expression(values: Sequence[Value]) -> pl.Expr:
    mapped = any(value.place == "id" for value in values)
    return pl.col("id") if mapped else pl.lit(None, pl.String)


def keep_cells(batch: Batch, positions: pl.Series) -> pl.DataFrame:
    """Give the cells of some rows for the reject file: `c0`, `c1`, … String, position UInt32, raw String."""
    cells = batch.cells[positions]
    return cells.rename({name: f"c{index}" for index, name in enumerate(cells.columns)}).with_columns(
        positions.cast(pl.UInt32).alias("position"), batch.meta["raw"].gather(positions).alias("raw")
    )


def _reject_repeated(folder: RunFolder, refs: Sequence[BatchRef], duplicates: str) -> None:
    """Reject rows of a repeated key, then of a repeated id; who gave way in the first round is out of the second."""
    keep = {"reject": pl.lit(value=False), "first": pl.col("place") == 0, "last": pl.col("place") == pl.col("of") - 1}
    code = KEY_DUPLICATE if duplicates == "reject" else KEY_SUPERSEDED
    for column in ("key", "id"):
        losers = _repeated(folder, refs, column).filter(~keep[duplicates])
        for (number,), rows in losers.partition_by("part", as_dict=True).items():
            path = folder.part(int(number))
            part = pl.read_parquet(path)
            lost = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows["position"].implode())
            known = pl.when(pl.col("reasons").str.starts_with(KEY_DUPLICATE)).then("reasons")
            reasons: pl.Expr
            if duplicates == "reject":
                code_first = pl.concat_str(pl.lit(code), "reasons", separator=" ", ignore_nulls=True)
                reasons = pl.coalesce(known, code_first)
            else:
                reasons = pl.lit(code)
            part.with_columns(
                pl.when(lost).then(reasons).otherwise("reasons").alias("reasons"),
                *(pl.when(~lost).then(name).alias(name) for name in ("body", "update_body", "fingerprint")),
            ).write_parquet(path, compression="lz4", statistics=False)


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


def _count(folder: RunFolder, refs: Sequence[BatchRef]) -> Prepared:
    reasons: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    read = rejected = superseded = 0
    for frame in _texts(folder, refs):
        read += frame.height
        rejected += frame["reasons"].count()
        superseded += int((frame["reasons"] == KEY_SUPERSEDED).sum())
        for counter, name in ((reasons, "reasons"), (dropped, "dropped")):
            for text, count in frame[name].drop_nulls().value_counts().iter_rows():
                counter.update(dict.fromkeys(text.split(" "), count))
    return Prepared(read, rejected, superseded, dict(reasons.most_common()), dict(dropped.most_common()), tuple(refs))


def _texts(folder: RunFolder, refs: Sequence[BatchRef]) -> Iterator[pl.DataFrame]:
    for ref in refs:
        yield pl.read_parquet(folder.part(ref.part), columns=["reasons", "dropped"])
