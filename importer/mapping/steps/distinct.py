"""Judges texts one by one where no expression can: each distinct text once, however often it stands in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

FLOATED = r"^[+-]?[0-9]+\.0$"
"""A whole number that a spreadsheet or pandas wrote with a fraction: its `.0` must not become a digit."""


def judged(texts: pl.Series, judge: Callable[[str], str | None]) -> pl.Series:
    """Give what the judge makes of each text (String); null where it makes nothing, and for null."""
    distinct = texts.drop_nulls().unique().to_list()
    answers = [judge(text) for text in distinct]
    return texts.replace_strict(distinct, answers, default=None, return_dtype=pl.String)


def by_judge(text: pl.Expr, judge: Callable[[str], str | None]) -> pl.Expr:
    """Give, as an expression, what the judge makes of each text."""
    return text.map_batches(lambda texts: judged(texts, judge), return_dtype=pl.String, is_elementwise=True)
