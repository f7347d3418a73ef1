"""Reads the target's export as far as it is asked: by key and id, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.ledger.resolving import PAIRS
from importer.mapping.compile import compile_mapping
from importer.mapping.find import find_mapping
from importer.mapping.identity import key_expression
from importer.mapping.load import check_columns, load_mapping
from importer.mapping.places import mapping_columns, places
from importer.rules import judge
from importer.source import Declared, open_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from importer.progress import Progress
    from importer.source import Batch, Sources
    from importer.value import Value


@dataclass(frozen=True, slots=True)
class Export:
    """The target's own list of its contacts."""

    path: str
    mapping: str
    as_of: datetime
    """When it was taken, with its zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an export showed of the contacts that were looked for."""

    hits: pl.DataFrame
    """`key` and `contact_id` (null where it has none) of the records under a key that was looked for, each once."""
    present: pl.DataFrame
    """`key` and `contact_id` of the evidence that it holds."""
    near: pl.DataFrame
    """`key` of those looked for that differ from one it holds in nothing but case and blanks around."""
    records: int = 0
    unreadable: int = 0
    """Records of wrong shape, or whose id or key is no such thing: any of them could be the one looked for."""


def read_export(
    export: Export,
    fields: Sequence[str],
    keys: pl.Series,
    evidence: pl.DataFrame,
    working_dir: Path,
    today: date,
    progress: Progress,
) -> Seen:
    """Look for `keys`, and for the evidence, in an export; one batch of it is in memory at a time.

    `fields` are the mapped fields that make the key. Raises MappingError when the mapping lacks one of them or the id.
    """
    sources, values, key = _open(export, fields, working_dir)
    wanted, pairs = keys.unique().to_frame("key"), evidence.select("key", "contact_id").unique()
    hits, present = [pl.DataFrame(schema=PAIRS)], [pl.DataFrame(schema=PAIRS)]
    folded = wanted.with_columns(folded=_fold("key"))
    near = [wanted.head(0)]
    records = unreadable = 0
    progress.start("reading", sources.size, "B")
    for batch in sources.batches():
        named, wrong = _name(batch, values, key, today)
        hits.append(named.join(wanted, on="key", how="semi"))
        present.append(named.join(pairs, on=["key", "contact_id"], how="semi"))
        alike = named.select(seen="key", folded=_fold("key")).join(folded, on="folded")
        near.append(alike.filter(pl.col("seen") != pl.col("key")).select("key"))
        records += named.height
        unreadable += wrong
        progress.advance(batch.stored)
    progress.finish()
    return Seen(
        hits=pl.concat(hits).unique(),
        present=pl.concat(present).unique(),
        near=pl.concat(near).unique(),
        records=records,
        unreadable=unreadable,
    )


def _fold(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.strip_chars()


def _open(
    export: Export, fields: Sequence[str], working_dir: Path
) -> tuple[Sources, tuple[Value, ...], tuple[str, ...]]:
    loaded = load_mapping(find_mapping(export.mapping, cwd=working_dir))
    mapped = {place.place for place in places(loaded.mapping)}
    if missing := [name for name in ("id", *fields) if name not in mapped]:
        raise MappingError(
            f"{loaded.path}: contact.{', contact.'.join(missing)} is not mapped: the mapping of the target's export "
            f"must give the contact's id and its key ({', '.join(fields)})"
        )
    said = loaded.mapping.source
    declared = Declared(said.encoding, said.delimiter, said.quote, said.skip_lines, said.sheet)
    sources = open_sources([export.path], declared)
    check_columns(loaded, (*sources.columns, *sources.add_paths(mapping_columns(loaded.mapping))))
    compiled = compile_mapping(loaded.mapping.model_copy(update={"key": tuple(fields)}))
    # Contacts without a key or an id are not the ones looked for, whatever the mapping requires.
    values = tuple(replace(value, required=False) for value in compiled.values if value.place in {"id", *compiled.key})
    return sources, values, compiled.key


def _name(batch: Batch, values: Sequence[Value], key: Sequence[str], today: date) -> tuple[pl.DataFrame, int]:
    judged = judge(batch.cells, values, today=today, key=key)
    named = judged.values.select(key=key_expression(key), contact_id="id")
    return named, int((judged.reasons.is_not_null() | batch.meta["shape"].is_not_null()).sum())
