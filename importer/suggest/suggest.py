"""The whole of it: read a sample, weigh its columns, decide, propose a key, write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.suggest.assign import assign
from importer.suggest.blanks import common_blanks, with_blanks
from importer.suggest.key import Key, propose_key
from importer.suggest.known import Known, adapt, recognise
from importer.suggest.name import name_for
from importer.suggest.sample import Sample, take_sample
from importer.suggest.weigh import Weighed, looks_like_data, weigh_columns
from importer.suggest.write import shown_path, write_mapping
from importer.suggest.yaml import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from importer.suggest.draft import Draft


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
    looked = f"looked at {sample.said} of {len(sample.cells.columns):,} columns"
    known = recognise(sample.cells.columns, folders)
    made = adapt(known, sample) if known is not None else None
    if known is not None and made is not None:
        text, keyed = made
        notes = (
            looked,
            _fits(known),
            *(() if keyed else ("the column of its key is missing; name another at `key:`",)),
        )
        return Suggestion(_ready_head(path, known, sample) + text, runs=keyed, notes=notes)
    weighed = weigh_columns(sample, today)
    draft = assign(weighed.columns, sample.cells, today.year)
    key = propose_key(draft, sample.cells)
    draft = with_blanks(draft, weighed.columns)
    text = write_mapping(path, name_for(path), sample, common_blanks(weighed.columns), key, draft)
    notes = (looked, *([_beside(known)] if known is not None else []), *_to_say(weighed, draft, key))
    return Suggestion(text, runs=bool(key.fields), notes=notes)


def _to_say(weighed: Weighed, draft: Draft, key: Key) -> Iterator[str]:
    if weighed.glanced:
        yield f"{weighed.glanced:,} of the columns were only glanced at, since there are so many; map them by hand"
    if weighed.secret:
        yield f"left out, since security codes and passwords are never sent: {', '.join(map(scalar, weighed.secret))}"
    if weighed.unnamed:
        yield f"{weighed.unnamed:,} columns have data for a header and are left out (not shown here)"
    if not key.fields:
        yield "no key is proven; name the field a customer is known by at `key:`, then it runs"
    if not draft.sure and not draft.items:
        yield "no field is sure; take the # away from the lines that are right"


def _ready_head(path: str, known: Known, sample: Sample) -> str:
    unused = ", ".join(scalar(column) for column in known.unused if not looks_like_data(column))
    missing = ", ".join(scalar(column) for column in known.missing)
    lines = [
        f"# For {shown_path(path)}: `importer suggest` knows this export by its columns.",
        f"# What follows is the ready mapping `{known.name}` (-m {known.name}), with the source as this file has it.",
        f"# It looked at {sample.said}.",
        *([f"# Columns that the file lacks, so that their lines are commented out: {missing}"] if missing else []),
        *([f"# Columns that it leaves out: {unused}"] if unused else []),
    ]
    return "\n".join([*lines, "", ""])


def _fits(known: Known) -> str:
    if known.missing:
        missing = ", ".join(scalar(column) for column in known.missing)
        return f"it is the ready mapping `{known.name}` without the columns that the file lacks: {missing}"
    return f"all {len(known.columns)} columns of the ready mapping `{known.name}` are there, so it is that one"


def _beside(known: Known) -> str:
    return f"it fits the ready mapping `{known.name}`, which reads files beside it: use -m {known.name}"
