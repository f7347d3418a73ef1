"""rejects.csv: the rows to mend, as they came, with what is wrong and how to cure it.

It is written after the plan, since only then it is known whether two rows mean the same contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.outcome import Action
from importer.prepare.batch import keep_cells
from importer.prepare.repeated import KEY_SUPERSEDED
from importer.rejects import RejectsFile
from importer.rules import hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.folder import RunFolder
    from importer.mapping.compile import Compiled
    from importer.source import BatchRef, Sources

ROWS_AT_ONCE = 10_000


def write_rejects(sources: Sources, compiled: Compiled, folder: RunFolder, refs: Sequence[BatchRef]) -> None:
    """Write `folder.rejects`: every row that prepare or plan rejected, by source and row, as it came, cards masked.

    Rows that only gave way to another row of their key are not in it: there is nothing to mend.
    """
    with RejectsFile(folder.rejects, sources.columns) as file:
        for rows in _together(_rejected(sources, compiled, folder, ref) for ref in refs):
            cells = rows.select(pl.col(f"c{index}").alias(name) for index, name in enumerate(sources.columns))
            numbers = rows.select("source", "row", "line", "reasons", "raw", hints=hints(rows["reasons"]))
            file.append(cells, numbers)
    for ref in refs:
        folder.kept_cells(ref.part).unlink(missing_ok=True)


def _together(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Join frames up to some thousand rows: a question has its price, whether about few rows or many."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(one.height for one in held) >= ROWS_AT_ONCE:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _rejected(sources: Sources, compiled: Compiled, folder: RunFolder, ref: BatchRef) -> pl.DataFrame:
    """Give the rows of a part that go to the reject file: source, row, line, reasons, raw, and cells as they came."""
    part = _part(folder, ref.part)
    wrong = part.filter(pl.col("reasons").is_not_null() & (pl.col("reasons") != KEY_SUPERSEDED))
    cells = _gather_cells(sources, compiled, folder, ref, wrong["position"], part["line"])
    rows = wrong.join(cells, on="position", how="left", maintain_order="left")
    return rows.with_columns(pl.lit(sources.names[ref.source]).alias("source"))


def _gather_cells(
    sources: Sources, compiled: Compiled, folder: RunFolder, ref: BatchRef, positions: pl.Series, lines: pl.Series
) -> pl.DataFrame:
    """Give cells as they were kept, or read again where only the whole file told that they are wrong."""
    path = folder.kept_cells(ref.part)
    saved = pl.read_parquet(path) if path.exists() else None
    missing = positions if saved is None else positions.filter(~positions.is_in(saved["position"].implode()))
    if missing.is_empty():
        return _no_cells(sources, compiled) if saved is None else saved
    # Records of wrong shape were kept, so these have no raw text.
    no_raw = pl.repeat(None, len(missing), dtype=pl.String, eager=True)
    again = keep_cells(sources.read_rows(ref, missing, lines), missing, no_raw, compiled)
    return again if saved is None else pl.concat([saved, again])


def _no_cells(sources: Sources, compiled: Compiled) -> pl.DataFrame:
    cells = pl.DataFrame(schema=dict.fromkeys(sources.columns, pl.String))
    return keep_cells(cells, pl.Series([], dtype=pl.UInt32), pl.Series([], dtype=pl.String), compiled)


def _part(folder: RunFolder, number: int) -> pl.DataFrame:
    """Give the rows of a part: position, row, line, and reasons where it is rejected by prepare or plan."""
    part = pl.read_parquet(folder.part(number), columns=["row", "line", "reasons"]).with_row_index("position")
    planned = folder.plan_part(number)
    if planned.exists():
        plan = pl.read_parquet(planned, columns=["action", "code"])
        part = part.with_columns(
            pl.when(plan["action"] == Action.REJECTED).then(pl.coalesce("reasons", plan["code"])).alias("reasons")
        )
    return part
