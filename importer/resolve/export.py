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
from importer.resolve.doubt import DETAILS, Doubts
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
    near: pl.Series
    """Keys (String) looked for that it may hold under another name: see `Doubts`."""
    records: int = 0
    unreadable: int = 0
    """Records of wrong shape, or whose id or key is no such thing: any of them could be the one looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for in an export."""

    fields: Sequence[str]
    """The mapped fields that make the key."""
    keys: pl.Series
    evidence: pl.DataFrame
    """Has `key` and `contact_id`."""
    doubts: Doubts


def read_export(export: Export, sought: Sought, working_dir: Path, today: date, progress: Progress) -> Seen:
    """Look for keys, evidence and doubts in an export; one batch of it is in memory at a time.

    Raises MappingError when the mapping lacks a field of the key or the id.
    """
    sources, values, key = _open(export, sought.fields, working_dir)
    wanted, pairs = sought.keys.unique().to_frame("key"), sought.evidence.select("key", "contact_id").unique()
    hits, present = [pl.DataFrame(schema=PAIRS)], [pl.DataFrame(schema=PAIRS)]
    near = [wanted["key"].clear()]
    records = unreadable = 0
    progress.start("reading", sources.size, "B")
    for batch in sources.batches():
        told, wrong = _name(batch, values, key, today)
        named = told.select("key", "contact_id")
        hits.append(named.join(wanted, on="key", how="semi"))
        present.append(named.join(pairs, on=["key", "contact_id"], how="semi"))
        near.append(sought.doubts.find(told))
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
    named = {"id", *compiled.key}
    values = tuple(
        replace(value, required=False) if value.place in named else replace(value, required=False, on_bad="drop")
        for value in compiled.values
        if value.place in named.union(DETAILS)
    )
    return sources, values, compiled.key


def _name(batch: Batch, values: Sequence[Value], key: Sequence[str], today: date) -> tuple[pl.DataFrame, int]:
    judged = judge(batch.cells, values, today=today, key=key)
    told = [pl.col(name).cast(pl.String) for name in DETAILS if name in judged.values.columns]
    named = judged.values.select(*told, key=key_expression(key), contact_id="id")
    return named, int((judged.reasons.is_not_null() | batch.meta["shape"].is_not_null()).sum())
