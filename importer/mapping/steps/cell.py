"""The cells of one column, whatever the file calls it."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs


def cells_of(column: str) -> pl.Expr:
    """Give the cells (String) of the column that has exactly this name.

    Polars takes `*` for every column and `^…$` for a pattern; a selector takes a name as it is, but can't be asked for
    its roots, so what a value reads is kept beside its expression (`importer.value.Value.reads`). They are called
    `cell` then, since a series is asked by its name too.
    """
    if column == "*" or (column.startswith("^") and column.endswith("$")):
        return cs.by_name(column).as_expr().alias("cell")
    return pl.col(column)
