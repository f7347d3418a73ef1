"""A header that stands between the records, as where files were put one after the other, is no record."""

from __future__ import annotations

import csv
import io

import polars as pl

AGAIN = "the header again"
MARK = "\ufeff"


def set_aside_headers(cells: pl.DataFrame, meta: pl.DataFrame, delimiter: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give a batch's cells and meta (see Batch) with each record that equals the header as one of wrong shape.

    A byte-order mark before its first cell is looked over; `raw` is the header as it is usually written, with the mark.
    """
    names = cells.columns
    beginning = cells.to_series().alias("first")  # a column may be named like a pattern
    marked = (beginning == MARK + names[0]).fill_null(value=False)
    first = (beginning == names[0]).fill_null(value=False) | marked
    if not first.any():
        return cells, meta
    numbered = pl.DataFrame([column.alias(f"c{at}") for at, column in enumerate(cells.get_columns())])  # for a `*`
    rest = [pl.col(f"c{at}").eq_missing(pl.lit(name)) for at, name in enumerate(names[1:], 1)]
    again = numbered.select(again=pl.all_horizontal(pl.lit(first), *rest)).to_series()
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(names)
    text = pl.when(pl.lit(marked)).then(pl.lit(MARK + written.getvalue())).otherwise(pl.lit(written.getvalue()))
    return (
        numbered.select(pl.when(~pl.lit(again)).then(pl.all())).rename(dict(zip(numbered.columns, names, strict=True))),
        meta.with_columns(
            shape=pl.when(pl.lit(again)).then(pl.lit(AGAIN)).otherwise("shape"),
            raw=pl.when(pl.lit(again)).then(text).otherwise("raw"),
        ),
    )
