"""Prepare: read every record once, map and judge it, write numbered parts; then settle what only the whole file tells.

The columns of a part stand in docs/design.md. A repeated identity shows only when the last record was read; the parts
that hold one are then written again, which is cheap since bodies lie beside them in files of their own.
"""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.folder import write_frame
from importer.prepare.batch import judge_batch, keep_rows, make_bodies
from importer.prepare.repeated import KEY_SUPERSEDED, reject_equal, reject_repeated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from datetime import date

    from importer.folder import RunFolder
    from importer.mapping.compile import Compiled
    from importer.progress import Progress
    from importer.source import Batch, BatchRef, Sources

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


def prepare(
    sources: Sources,
    compiled: Compiled,
    folder: RunFolder,
    *,
    duplicates: str,
    today: date,
    progress: Progress,
    bodies: bool = True,
) -> Prepared:
    """Write `folder.parts` and give the counts.

    `duplicates` is `reject`, `first` or `last`: which row of a repeated identity counts. Without `bodies` none are made
    and the parts have no fingerprint: enough where nothing will be sent. Raises SourceError when a source can't be read
    to its end, StateError when the disk is full.
    """
    refs: list[BatchRef] = []
    under_way: deque[Future[None]] = deque()
    progress.start("reading", sources.size, "B")
    # Each batch is judged and written on a thread of its own while the next ones are read.
    with ThreadPoolExecutor(AT_ONCE, "prepare") as threads:
        for batch in sources.batches():
            refs.append(batch.ref)
            if len(under_way) == AT_ONCE:
                under_way.popleft().result()
            under_way.append(threads.submit(_prepare_batch, batch, compiled, folder, today=today, bodies=bodies))
            progress.advance(batch.ref.length)
        for written in under_way:
            written.result()
    progress.finish()
    reject_repeated(folder, refs, duplicates)
    reject_equal(folder, refs, compiled.unique)
    return _count(folder, refs)


def _prepare_batch(batch: Batch, compiled: Compiled, folder: RunFolder, *, today: date, bodies: bool) -> None:
    judged = judge_batch(batch, compiled, today)
    part, number = judged.rows, batch.ref.part
    if bodies:
        part, made = make_bodies(judged, compiled)
        write_frame(made, folder.bodies(number))
    write_frame(part, folder.part(number))
    kept = keep_rows(judged, compiled)
    if not kept.is_empty():
        write_frame(kept, folder.kept_cells(number))


def _count(folder: RunFolder, refs: Sequence[BatchRef]) -> Prepared:
    reasons: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    read = rejected = superseded = 0
    for ref in refs:
        frame = pl.read_parquet(folder.part(ref.part), columns=["reasons", "dropped"])
        read += frame.height
        rejected += frame["reasons"].count()
        superseded += int((frame["reasons"] == KEY_SUPERSEDED).sum())
        for counter, name in ((reasons, "reasons"), (dropped, "dropped")):
            for text, count in frame[name].drop_nulls().value_counts().iter_rows():
                counter.update(dict.fromkeys(text.split(" "), count))
    return Prepared(read, rejected, superseded, dict(reasons.most_common()), dict(dropped.most_common()), tuple(refs))
