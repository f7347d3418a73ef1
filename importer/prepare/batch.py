"""One batch: mapped, judged, named, and made into bodies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.bodies import build_bodies, cleared, filled_bits
from importer.mapping.identity import key_expression
from importer.prepare.cell_sums import sum_cells
from importer.prepare.repeated import unique_column
from importer.rules import judge, mask_columns, spared_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from importer.mapping.compile import Compiled
    from importer.rules import Known
    from importer.source import Batch
    from importer.value import Value

KEY_REQUIRED = "key|required"
ROW_SHAPE = "row|shape"


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """A batch whose rows are judged and named, before their bodies are made."""

    batch: Batch
    rows: pl.DataFrame
    """source, row, line, key, id, reasons and dropped of a part, and the texts of fields that must be unique."""
    values: pl.DataFrame
    """The mapped values, as high as the rows; those of rejected rows mean nothing. Some only, where no bodies are to be
    made."""
    parts: dict[str, pl.Series] = field(default_factory=dict)
    """By source column, String: what is written instead of a cell that is a part of a full card number; else null."""
    filled: dict[str, int] = field(default_factory=dict)
    """By place, for the values that are not among `values`: the rows whose own cell gave one."""


def judge_batch(
    batch: Batch, compiled: Compiled, today: date, known: Known | None = None, *, bodies: bool = True
) -> JudgedBatch:
    """Map and judge a batch, and say by which key and id each row is known.

    `known` keeps, from batch to batch, what the cells of columns in which few differ come to; without it all is found
    anew. Without `bodies` only the values by which rows are known are sure to be given, since no body is to be made.
    """
    wanted = None if bodies else {"id", *compiled.key, *compiled.unique}
    judged = judge(batch.cells, compiled.values, today=today, key=compiled.key, known=known, wanted=wanted)
    named = judged.values.select(
        pl.lit(batch.ref.source, pl.Int32).alias("source"),
        batch.meta["row"],
        batch.meta["line"],
        key=key_expression(compiled.key) if compiled.key else pl.lit(None, pl.String),
        id=_id_expression(compiled.values),
        reasons=judged.reasons,
        dropped=judged.dropped,
        **{unique_column(place): pl.col(place).cast(pl.String) for place in compiled.unique},
    )
    rows = _require_identity(named, compiled)
    shape_wrong = batch.meta["shape"].is_not_null()
    if shape_wrong.any():
        rows = rows.with_columns(
            pl.when(shape_wrong).then(pl.lit(ROW_SHAPE)).otherwise("reasons").alias("reasons"),
            *(pl.when(~shape_wrong).then(name).alias(name) for name in ("key", "id", "dropped")),
        )
    values = judged.values.with_columns(_cleared(compiled.values, judged.dropped)) if bodies else judged.values
    return JudgedBatch(batch, rows, values, judged.parts, judged.filled)


def _cleared(values: Sequence[Value], dropped: pl.Series) -> list[pl.Expr]:
    """Tell for each field that may be cleared where it is blank: what was wrong is dropped, never cleared."""
    told = pl.concat_str(pl.lit(" "), dropped, ignore_nulls=True)
    return [
        (pl.col(value.place).is_null() & ~told.str.contains(f" {value.place}|", literal=True)).alias(
            cleared(value.place)
        )
        for value in values
        if value.on_blank == "clear"
    ]


def make_bodies(judged: JudgedBatch, compiled: Compiled) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the part of a judged batch and its bodies, aligned row by row; a rejected row has none."""
    valid = judged.rows["reasons"].is_null()
    made = build_bodies(judged.values.filter(valid), compiled.values)
    # A null place gathers a null, so the bodies of the valid rows fall beside their rows.
    place = pl.select(pl.when(valid).then(valid.cum_sum().cast(pl.Int64) - 1)).to_series()
    aligned = made.select(pl.all().gather(place))
    sums = sum_cells(judged.batch.cells, compiled.values)
    filled = filled_bits(judged.values, compiled.values)
    part = judged.rows.with_columns(aligned["fingerprint"], aligned["carried"], *sums, filled)
    return part, aligned.drop("row", "fingerprint", "carried", strict=False)


def _require_identity(named: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    """Reject the rows that have neither key nor id, unless a wrong one of them is a reason already."""
    told = pl.concat_str(pl.lit(" "), "reasons")
    wrong = [told.str.contains(f" {place}|", literal=True) for place in ("id", *compiled.key)]
    doubted = pl.any_horizontal(wrong).fill_null(value=False)
    nameless = pl.col("key").is_null() & pl.col("id").is_null() & ~doubted
    code_first = pl.concat_str(pl.lit(KEY_REQUIRED), "reasons", separator=" ", ignore_nulls=True)
    return named.with_columns(reasons=pl.when(nameless).then(code_first).otherwise("reasons"))


def _id_expression(values: Sequence[Value]) -> pl.Expr:
    mapped = any(value.place == "id" for value in values)
    return pl.col("id") if mapped else pl.lit(None, pl.String)


def keep_rows(judged: JudgedBatch, compiled: Compiled) -> pl.DataFrame:
    """Give the cells of the rows that go to the reject file, or may: those whose key stands twice in this batch."""
    key = judged.rows["key"]
    wanted = judged.rows["reasons"].is_not_null() | (key.is_duplicated() & key.is_not_null())
    positions = wanted.arg_true()
    raw = judged.batch.meta["raw"].gather(positions)
    cells = judged.batch.cells[positions]
    for name, masked in judged.parts.items():
        part = masked.gather(positions)
        cells = cells.with_columns(part.zip_with(part.is_not_null(), cells.get_column(name)).alias(name))
    return keep_cells(cells, positions, raw, compiled)


def keep_cells(cells: pl.DataFrame, positions: pl.Series, raw: pl.Series, compiled: Compiled) -> pl.DataFrame:
    """Give the cells of some rows for the reject file: `c0`, `c1`, … String, position UInt32, raw String.

    Card numbers are masked here already, since no file may hold one, however briefly.
    """
    spared = spared_columns(compiled.values, compiled.key)
    masked = ["raw", *(f"c{index}" for index, name in enumerate(cells.columns) if name not in spared)]
    # First the new names: a column may be called what Polars takes for a pattern.
    kept = [cell.alias(f"c{index}") for index, cell in enumerate(cells)]
    kept += [positions.cast(pl.UInt32).alias("position"), raw.alias("raw")]
    return mask_columns(pl.DataFrame(kept), masked)
