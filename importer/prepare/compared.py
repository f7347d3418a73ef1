"""Prepare one side of a comparison: every record is mapped and judged as for a run, and kept by values, not as bodies.

Most rows of two sides are alike, and a hash of their values tells it. Bodies are made of the others only.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl

from importer.bodies import build_bodies, group_items, item_is_filled, item_of
from importer.folder import write_frame
from importer.matching import CONTENT, MATCH, hash_texts
from importer.prepare.batch import judge_batch
from importer.prepare.repeated import reject_equal, reject_repeated
from importer.value import given_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future
    from datetime import date
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.mapping.compile import Compiled
    from importer.progress import Progress
    from importer.source import Batch, BatchRef, Sources
    from importer.value import Value

AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a comparison needs of each row."""

    values: Sequence[Value]
    """What is compared, in the order of the other side's."""
    texts: Mapping[str, pl.Expr]
    """By identifier: its text, over the mapped values; `id` and `key` are the row's own."""
    fingerprints: bool = False
    """Whether rows are compared by the fingerprints of what is mapped, as the ledger keeps them."""
    duplicates: str | None = None
    """Which row of a repeated identity counts; None: all of them."""


def values_path(folder: RunFolder, part: int) -> Path:
    """Give where the compared values of a part lie: a column for each place, and what tells whether it was given."""
    return folder.parts / f"values-{part:05}.parquet"


def prepare_compared(
    sources: Sources, compiled: Compiled, folder: RunFolder, wanted: Wanted, *, today: date, progress: Progress
) -> int:
    """Write the parts and the values of a side, and give how many parts there are.

    A part holds `source`, `row`, `line`, `key`, `id`, `reasons` as any prepared one, `match:NAME` UInt64 (a hash of
    each identifier, null where it is blank) and `content` UInt64 (of the compared values, or of the fingerprint).
    Raises SourceError when a source can't be read to its end, StateError when the disk is full.
    """
    refs: list[BatchRef] = []
    under_way: deque[Future[None]] = deque()
    progress.start("reading", sources.size, "B")
    with ThreadPoolExecutor(AT_ONCE, "prepare") as threads:
        for batch in sources.batches():
            refs.append(batch.ref)
            if len(under_way) == AT_ONCE:
                under_way.popleft().result()
            under_way.append(threads.submit(_prepare_batch, batch, compiled, folder, wanted, today))
            progress.advance(batch.stored)
        for written in under_way:
            written.result()
    progress.finish()
    if wanted.duplicates is not None:
        reject_repeated(folder, refs, wanted.duplicates)
    reject_equal(folder, refs, compiled.unique)
    return len(refs)


def _prepare_batch(batch: Batch, compiled: Compiled, folder: RunFolder, wanted: Wanted, today: date) -> None:
    judged = judge_batch(batch, compiled, today)
    given = (given_column(value.place) for value in wanted.values if value.given is not None)
    values = judged.values.select(*(value.place for value in wanted.values), *given)
    texts = judged.values.select(**wanted.texts) if wanted.texts else pl.DataFrame()
    # Those of rejected rows too: by them it is known whose row it is that is rejected.
    hashes = [hash_texts(frame[name], f"{MATCH}{name}") for frame, name in [
        *((judged.rows, name) for name in ("id", "key")), *((texts, name) for name in texts.columns)
    ]]  # fmt: skip  # one list
    if wanted.fingerprints:
        content = _fingerprint(judged.values, compiled, judged.rows["reasons"].is_null())
    else:
        content = hash_contents(values, wanted.values)
    # What a crash leaves of a comparison nobody reads: it goes when the next one begins.
    write_frame(judged.rows.drop("dropped").with_columns(*hashes, content), folder.part(batch.ref.part), lasting=False)
    write_frame(values, values_path(folder, batch.ref.part), lasting=False)


def hash_contents(values: pl.DataFrame, compared: Sequence[Value]) -> pl.Series:
    """Give `content` UInt64, by which rows of two sides are alike only if their bodies say the same.

    `values` has the columns that `build_bodies` needs of `compared`. Texts are hashed, since two sides may hold the
    same in other types; of a list's items only those that the body has, and which item each value belongs to. Rows
    whose bodies are alike may have two hashes, where their mappings put items in another way.
    """
    if not compared or values.is_empty():
        return pl.repeat(0, values.height, dtype=pl.UInt64, eager=True).alias(CONTENT)
    items = group_items(compared)
    filled = {item: item_is_filled(members) for item, members in items.items()}
    texts = [
        text if (has := filled.get(item_of(value))) is None else pl.when(has).then(text)
        for value in compared
        for text in [_as_text(pl.col(value.place), values.schema[value.place]).alias(value.place)]
    ]
    numbers = {item: (item.partition("[")[0], number) for number, item in enumerate(items)}
    form = [(value.field.name, numbers.get(item_of(value), value.place), value.form) for value in compared]
    return values.select(texts).hash_rows(seed=crc32(repr(form).encode())).alias(CONTENT)


def _as_text(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Give the text of a value as its body has it."""
    text = value.cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".") if isinstance(kind, pl.Decimal) else text


def _fingerprint(values: pl.DataFrame, compiled: Compiled, valid: pl.Series) -> pl.Series:
    made = build_bodies(values.filter(valid), compiled.values)["fingerprint"]
    place = pl.select(pl.when(valid).then(valid.cum_sum().cast(pl.Int64) - 1)).to_series()
    return hash_texts(made.gather(place), CONTENT)
