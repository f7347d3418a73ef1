"""Writes the parts and the plan that take a run back, of the rows that it sent and of no other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.folder import read_frame, write_frame
from importer.undo.judge import Ending, Judged, Known, judge_part

if TYPE_CHECKING:
    from importer.folder import RunFolder

BLANK = {"reasons": pl.String, "dropped": pl.String, "mapped_cells": pl.UInt32, "all_cells": pl.UInt32}


@dataclass(slots=True)
class Undone:
    """What a plan that takes a run back comes to."""

    endings: Counter[Ending] = field(default_factory=Counter)
    """Rows by what becomes of them: they add up to the rows that the run created, updated, or sent without knowing."""
    lost: Counter[str] = field(default_factory=Counter)
    """By field, rows that are put back without it."""
    later: Counter[str] = field(default_factory=Counter)
    """By later run, rows that are kept because of it."""
    parts: int = 0
    unread: tuple[str, ...] = ()
    """Earlier runs whose files are gone or damaged."""

    def add(self, judged: Judged) -> None:
        """Count a part in."""
        for word, count in judged.rows["ending"].value_counts().iter_rows():
            self.endings[Ending(word)] += count
        kept = judged.rows.filter(pl.col("ending") == Ending.LATER)
        for names, counter in ((judged.lost["place"], self.lost), (kept["later"], self.later)):
            counter.update(dict(sorted(names.value_counts().iter_rows())))


def write_undo(known: Known, run: RunFolder, parts: int, out: RunFolder) -> Undone:
    """Write to `out` what takes a run of so many parts back, and count it.

    Its rows are numbered as the run's, and lie in parts of their own. Raises StateError when a file can't be read or
    written, or the ledger can't be read.
    """
    undone = Undone()
    for number in range(parts):
        named = read_frame(run.part(number), ["key", "line"])
        judged = judge_part(known, number, named["key"])
        if judged.rows.is_empty():
            continue
        undone.add(judged)
        _write(judged.rows.with_columns(line=named["line"].gather(judged.rows["position"])), out, undone.parts)
        undone.parts += 1
    undone.unread = tuple(sorted(known.earlier.unread))
    return undone


def _write(rows: pl.DataFrame, out: RunFolder, number: int) -> None:
    nothing = [pl.lit(None, kind).alias(name) for name, kind in BLANK.items()]
    named = ["source", "row", "line", "key", pl.col("contact_id").alias("id")]
    write_frame(rows.select(*named, "fingerprint", "carried", *nothing), out.part(number))
    write_frame(rows.select("body", pl.lit(None, pl.String).alias("update_body")), out.bodies(number))
    never = pl.lit(value=False)
    write_frame(
        rows.select(
            "action",
            "contact_id",
            "code",
            moved=never,
            adopts=never,
            composed=pl.lit(None, pl.String),
            bare=never,
        ),
        out.plan_part(number),
    )
