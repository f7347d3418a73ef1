"""Prepare: read every record once, map and judge it, write numbered parts; then settle what only the whole file tells.

The columns of a part stand in docs/design.md. A repeated identity shows only when the last record was read; the parts
that hold one are then written again, which is cheap since bodies lie beside them in files of their own.
"""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.folder import write_frame
from importer.prepare.batch import judge_batch, keep_rows, make_bodies
from importer.prepare.columns import ColumnWatch
from importer.prepare.fill import FieldTally, count_filled
from importer.prepare.repeated import KEY_SUPERSEDED, reject_equal, reject_repeated
from importer.rules import Known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future
    from datetime import date

    from importer.columns import Use
    from importer.folder import RunFolder
    from importer.ledger import ColumnCount
    from importer.mapping.compile import Compiled
    from importer.prepare.columns import BatchLook, ColumnLooks
    from importer.progress import Progress
    from importer.source import Batch, BatchRef, Sources

    Seen = tuple[BatchLook, dict[str, int]]
    """What is taken from a batch to be looked at, and by place the rows in which it is filled."""

AT_ONCE = 2
"""Batches that are judged and written side by side; each is held in memory meanwhile."""


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
    columns: ColumnLooks
    """What is to be known of the columns."""
    fields: tuple[ColumnCount, ...]
    """How the rows, and each mapped field that has a column, fared."""


def prepare(
    sources: Sources,
    compiled: Compiled,
    folder: RunFolder,
    *,
    duplicates: str,
    today: date,
    progress: Progress,
    uses: Mapping[str, tuple[Use, ...]],
    bodies: bool = True,
) -> Prepared:
    """Write `folder.parts` and give the counts.

    `duplicates` is `reject`, `first` or `last`: which row of a repeated identity counts. `uses` says what becomes of
    the columns that are to be looked at. Without `bodies` none are made and the parts have no fingerprint: enough where
    nothing will be sent. Raises SourceError when a source can't be read to its end, StateError when the disk is full.
    """
    refs: list[BatchRef] = []
    under_way: deque[Future[Seen]] = deque()
    filled: Counter[str] = Counter()
    known = Known()
    watch = ColumnWatch(uses, sources.size or 0)
    progress.start("reading", sources.size, "B")
    # Each batch is judged and written on a thread of its own while the next ones are read.
    with ThreadPoolExecutor(AT_ONCE, "prepare") as threads:
        for batch in sources.batches():
            refs.append(batch.ref)
            # Whichever ends first makes room.
            while len(busy := [one for one in under_way if not one.done()]) == AT_ONCE:
                wait(busy, return_when=FIRST_COMPLETED)
            work = (batch, compiled, folder, watch, known)
            under_way.append(threads.submit(_prepare_batch, *work, today=today, bodies=bodies))
            progress.advance(batch.stored)
            # In their order, and while the threads have work.
            while under_way and under_way[0].done():
                _take(under_way.popleft().result(), watch, filled)
        for written in under_way:
            _take(written.result(), watch, filled)
    progress.finish()
    reject_repeated(folder, refs, duplicates)
    reject_equal(folder, refs, compiled.unique)
    return _count(folder, refs, watch.told(sources.names), FieldTally(filled))


def _prepare_batch(
    batch: Batch,
    compiled: Compiled,
    folder: RunFolder,
    watch: ColumnWatch,
    known: Known,
    *,
    today: date,
    bodies: bool,
) -> Seen:
    judged = judge_batch(batch, compiled, today, known, bodies=bodies)
    part, number = judged.rows, batch.ref.part
    if bodies:
        part, made = make_bodies(judged, compiled)
        write_frame(made, folder.bodies(number))
    write_frame(part, folder.part(number))
    kept = keep_rows(judged, compiled)
    if not kept.is_empty():
        write_frame(kept, folder.kept_cells(number))
    return watch.take(judged), count_filled(judged, compiled.values)


def _take(seen: Seen, watch: ColumnWatch, filled: Counter[str]) -> None:
    look, counts = seen
    watch.add(look)
    filled.update(counts)


def _count(folder: RunFolder, refs: Sequence[BatchRef], columns: ColumnLooks, fields: FieldTally) -> Prepared:
    reasons: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    read = rejected = superseded = 0
    for ref in refs:
        frame = pl.read_parquet(folder.part(ref.part), columns=["reasons", "dropped"])
        read += frame.height
        rejected += frame["reasons"].count()
        superseded += int((frame["reasons"] == KEY_SUPERSEDED).sum())
        fields.add(frame["reasons"], frame["dropped"])
        # Of a rejected row nothing is sent, so nothing is dropped either.
        left_out = frame.filter(pl.col("reasons").is_null())["dropped"]
        for counter, codes in ((reasons, frame["reasons"]), (dropped, left_out)):
            for text, count in sorted(codes.drop_nulls().value_counts().iter_rows()):
                counter.update(dict.fromkeys(text.split(" "), count))
    by_code = dict(reasons.most_common()), dict(dropped.most_common())
    return Prepared(read, rejected, superseded, *by_code, refs=tuple(refs), columns=columns, fields=fields.counts(read))
