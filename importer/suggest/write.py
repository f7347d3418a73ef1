"""Writes a draft as a mapping for people: how it was made, its name, source and key; its contact by `contact.py`.

No comment holds a cell of the file. The keys of tables (`values:`) and the words under `blank` do stand in cells, but
only words of closed sets that are known beforehand get there.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.suggest.contact import commented, write_contact
from importer.suggest.yaml import flow, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.suggest.draft import Draft
    from importer.suggest.key import Key
    from importer.suggest.sample import Sample

KEYS = ("external_id", "document_number", "email", "phone")


def write_mapping(path: str, name: str, sample: Sample, blanks: Sequence[str], key: Key, draft: Draft) -> str:
    """Give the text of a mapping (YAML) for the file of that path."""
    return "\n".join(
        [
            *_head(path, sample),
            "version: 1",
            "",
            *_name(name),
            "",
            *_source(sample, blanks),
            *_key(key, draft),
            "",
            "contact:",
            *write_contact(draft),
            "",
        ]
    )


def shown_path(path: str) -> str:
    """Give a path as it is typed in a shell, or a placeholder where it holds what no line can show."""
    if not path.isprintable():
        return "SOURCE"
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def _head(path: str, sample: Sample) -> Iterator[str]:
    yield f"# A first mapping for {shown_path(path)}, written by `importer suggest`, which looked at {sample.said}."
    yield "#"
    yield "# `sure` means that the header names the field and the cells looked at bear it out. What is"
    yield "# unsure is commented out: take the # away from the lines that are right. Look at the sure ones too."
    yield "# No comment holds a customer's data. Tables (values:) and blank: hold words that stand in the file, but"
    yield "# only such as are words for a sex, a status or nothing at all."
    yield "#"
    yield f"# Then:  importer check {shown_path(path)} -m THIS_FILE     and     importer run … --sandbox"


def _name(name: str) -> Iterator[str]:
    yield "# Whose customers these are. Keep it for every export of the same customers, and never put a date into it:"
    yield "# under another name all of them would be created again."
    yield f"name: {name}"


def _source(sample: Sample, blanks: Sequence[str]) -> Iterator[str]:
    described = sample.described
    lines: list[tuple[str, str]] = []
    if described.encoding:
        lines.append((f"  encoding: {scalar(described.encoding)}", "as its bytes show"))
    if described.delimiter:
        mark = "tab" if described.delimiter == "\t" else described.delimiter
        lines.append((f"  delimiter: {scalar(mark)}", "as its header shows"))
    if sample.skip_lines:
        lines.append((f"  skip_lines: {sample.skip_lines}", "lines above the header"))
    if blanks:
        lines.append((f"  blank: {flow(list(blanks))}", "words for nothing that stand in its cells"))
    if lines:
        yield "source:"
        yield from (commented(*line) for line in lines)
        yield ""


def _key(key: Key, draft: Draft) -> Iterator[str]:
    if key.fields:
        said = key.fields[0] if len(key.fields) == 1 else flow(list(key.fields))
        yield commented(f"key: {said}", f"sure: {key.why[0]}")
        return
    yield "# No key is proven: no mapped field is filled in nearly every row and different in each. Which field is a"
    yield "# customer known by? Name it below; without it the mapping does not run."
    yield from (f"#   {why}" for why in key.why)
    unsure = {line.field for line in draft.lines} - draft.sure.keys()
    for name in KEYS:
        if name in unsure:
            yield f"#   {name}: unsure; if customers are known by it, take the # from its line below, and name it here"
    mapped = [name for name in KEYS if name in draft.sure]
    yield from (f"# key: {name}" for name in mapped)
    if not mapped:
        yield f"# Map one of these first, then say it with `key:` {', '.join(KEYS)}."
