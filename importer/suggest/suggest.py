"""The whole of it: read a sample, weigh its columns, decide, propose a key, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.suggest.assign import assign
from importer.suggest.dates import read_dates
from importer.suggest.draft import Column, Draft
from importer.suggest.evidence import found_blanks, weigh_column
from importer.suggest.headers import read_header
from importer.suggest.key import Key, propose_key
from importer.suggest.known import Known, adapt, recognise
from importer.suggest.name import name_for
from importer.suggest.sample import Sample, take_sample
from importer.suggest.write import write_mapping
from importer.suggest.yaml import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping for a file, as text, and what is to be said about it."""

    text: str
    runs: bool
    """Whether it runs as it is written: a key is proven and some field is mapped."""
    notes: tuple[str, ...]


def suggest(path: str, *, today: date, folders: Iterable[Path]) -> Suggestion:
    """Write a first mapping for a file.

    `folders` hold the ready mappings; an export that one of them is for gets that one. Raises NoInputError and
    SourceError as reading the file does, MappingError when a ready mapping is wrong.
    """
    sample = take_sample(path)
    looked = f"looked at {sample.said} of {len(sample.cells.columns)} columns"
    known = recognise(sample.cells.columns, folders)
    if known is not None and not known.missing:
        text = adapt(known, sample)
        if text is not None:
            return Suggestion(_ready_head(path, known, sample) + text, runs=True, notes=(looked, _fits(known)))
    draft, key, text = _draft(path, sample, today)
    notes = [looked, *([_nearly(known)] if known is not None else [])]
    if not key.fields:
        notes.append("no key is proven; name the field a customer is known by at `key:`, then it runs")
    if not draft.sure and not draft.items:
        notes.append("no field is sure; take the # away from the lines that are right")
    return Suggestion(text, runs=bool(key.fields), notes=tuple(notes))


def _draft(path: str, sample: Sample, today: date) -> tuple[Draft, Key, str]:
    columns = []
    for position, name in enumerate(sample.cells.columns):
        evidence = weigh_column(sample.cells[name])
        columns.append(Column(name, position, read_header(name), evidence, read_dates(evidence, today)))
    draft = assign(columns, sample.cells, today.year)
    key = propose_key(draft, sample.cells)
    blanks = found_blanks([column.evidence.look for column in columns])
    return draft, key, write_mapping(Path(path).name, name_for(path), sample, blanks, key, draft)


def _ready_head(path: str, known: Known, sample: Sample) -> str:
    unused = ", ".join(scalar(column) for column in known.unused)
    lines = [
        f"# For {scalar(Path(path).name)}: `importer suggest` knows this export by its columns.",
        f"# What follows is the ready mapping `{known.name}` (-m {known.name}), with the source as this file has it.",
        f"# It looked at {sample.said}.",
        *([f"# Columns that it leaves out: {unused}"] if unused else []),
    ]
    return "\n".join([*lines, "", ""])


def _fits(known: Known) -> str:
    return f"all {len(known.columns)} columns of the ready mapping `{known.name}` are there, so it is that one"


def _nearly(known: Known) -> str:
    if not known.missing:
        return f"it fits the ready mapping `{known.name}`, which reads files beside it: use -m {known.name}"
    missing = ", ".join(scalar(column) for column in known.missing)
    return f"much like the export of the ready mapping `{known.name}`, but these columns are missing: {missing}"
