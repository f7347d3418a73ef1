"""Recognises an export that a ready mapping is for: by the columns that the mapping itself names, no second list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.mapping.load import Loaded, load_mapping
from importer.mapping.places import mapping_columns
from importer.suggest.partial import spell_as, without_columns
from importer.suggest.yaml import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from importer.suggest.sample import Sample

LEAST = 4
"""Columns that a mapping must name to be told by them."""
LIKE = 0.75
"""The share of a mapping's columns from which on a file is like its export, though it does not fit."""


@dataclass(frozen=True, slots=True)
class Known:
    """A ready mapping and how a file fits it."""

    loaded: Loaded
    columns: tuple[str, ...]
    """Those the mapping names."""
    missing: tuple[str, ...]
    """Those of them that the file has not, in whatever letters."""
    spelled: dict[str, str]
    """Those that the file writes in other letters, and how."""
    unused: tuple[str, ...]
    """Those of the file that the mapping does not name."""

    @property
    def name(self) -> str:
        """What stands after `-m`."""
        return self.loaded.path.stem


def recognise(columns: Sequence[str], folders: Iterable[Path]) -> Known | None:
    """Give the ready mapping that fits a file best; one that nearly fits only where none does.

    `folders` hold ready mappings. Raises MappingError when one of them is wrong.
    """
    found = []
    own = {column.lower(): column for column in columns}
    for path in sorted(path for folder in folders for path in folder.glob("*.yaml")):
        text = path.read_text("utf-8").lower()
        # Reading a mapping whole takes a while, and most don't even hold the words.
        if sum(name in text and _stands_in(name, text) for name in own) < LEAST:
            continue
        loaded = load_mapping(path)
        named = mapping_columns(loaded.mapping)
        missing = tuple(column for column in named if column.lower() not in own)
        if len(named) >= LEAST and len(missing) <= (1 - LIKE) * len(named):
            spelled = {one: own[one.lower()] for one in named if one not in columns and one not in missing}
            used = {column.lower() for column in named}
            unused = tuple(column for column in columns if column.lower() not in used)
            found.append(Known(loaded, named, missing, spelled, unused))
    return max(found, key=lambda one: (not one.missing, len(one.columns) - 2 * len(one.missing)), default=None)


def _stands_in(name: str, text: str) -> bool:
    """Whether a mapping's text holds a name as more than a key of its own."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w|:)", text) is not None


def adapt(known: Known, sample: Sample) -> tuple[str, bool] | None:
    """Give the ready mapping's text for this file, and whether its key is mapped; None where it reads other files too.

    The source and the names of columns are written as the file has them, the lines of missing columns are commented
    out; all else, comments and examples too, stays as it is.
    """
    mapping = known.loaded.mapping
    text = known.loaded.path.read_text("utf-8")
    if mapping.include is not None or re.search(r"^\s*[^#\n]*\{\s*file:", text, re.MULTILINE):
        return None
    keyed = True
    if known.missing:
        text, keyed = without_columns(known.loaded, text, known.missing)
    if known.spelled:
        text = text.partition("\ntests:\n")[0].rstrip() + "\n"
    text = spell_as(text, {column: scalar(name) for column, name in known.spelled.items()})
    said, described = mapping.source, sample.described
    wanted = {
        "encoding": described.encoding if said.encoding not in (None, described.encoding) else None,
        "delimiter": described.delimiter if said.delimiter not in (None, described.delimiter) else None,
        "skip_lines": str(sample.skip_lines) if (said.skip_lines or 0) != sample.skip_lines else None,
    }
    for key, value in wanted.items():
        if value is not None:
            text = _with_source(text, key, "tab" if value == "\t" else value)
    return text, keyed


def _with_source(text: str, key: str, value: str) -> str:
    line = f'  {key}: "{value}"'
    block = re.search(r"^source:[^\n]*\n(?:[ \t]+[^\n]*\n|\n)*", text, re.MULTILINE)
    if block is None:
        return re.sub(r"^(?=contact:)", lambda _: f"source:\n{line}\n\n", text, count=1, flags=re.MULTILINE)
    old = block.group()
    there = re.compile(rf"^\s+{key}:[^\n]*$", re.MULTILINE)
    new = there.sub(line, old, count=1) if there.search(old) else old.replace("\n", f"\n{line}\n", 1)
    return text[: block.start()] + new + text[block.end() :]
