"""Writes a draft as a mapping for people: each line with how sure it is and why, what is unsure commented out.

No comment holds a cell of the file. The keys of tables (`values:`) and the words under `blank` do stand in cells, but
only words of closed sets that are known beforehand get there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.columns import Sign
from importer.suggest.draft import percent
from importer.suggest.headers import normal_form
from importer.suggest.tables import read_yes_no
from importer.suggest.yaml import flow, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.suggest.draft import Column, Draft, Item, Line, Steps
    from importer.suggest.key import Key
    from importer.suggest.sample import Sample

DATES = 0.9
WIDTH = 76
"""Where comments behind lines begin, when the line leaves room."""


def write_mapping(file: str, name: str, sample: Sample, blanks: Sequence[str], key: Key, draft: Draft) -> str:
    """Give the text of a mapping (YAML) for the file of that name."""
    return "\n".join(
        [
            *_head(file, sample),
            "version: 1",
            "",
            *_name(name),
            "",
            *_source(sample, blanks),
            *_key(key),
            "",
            "contact:",
            *_contact(draft),
            "",
        ]
    )


def _head(file: str, sample: Sample) -> Iterator[str]:
    yield f"# A first mapping for {scalar(file)}, written by `importer suggest`, which looked at {sample.said}."
    yield "#"
    yield "# `sure` means that the header names the field and the cells looked at bear it out. What is"
    yield "# unsure is commented out: take the # away from the lines that are right. Look at the sure ones too."
    yield "# No comment holds a customer's data. Tables (values:) and blank: hold words that stand in the file, but"
    yield "# only such as are words for a sex, a status or nothing at all."
    yield "#"
    yield f"# Then:  importer check {scalar(file)} -m THIS_FILE     and     importer run … --sandbox"


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
        yield from (_commented(*line) for line in lines)
        yield ""


def _key(key: Key) -> Iterator[str]:
    if key.fields:
        said = key.fields[0] if len(key.fields) == 1 else flow(list(key.fields))
        yield _commented(f"key: {said}", f"sure: {key.why[0]}")
        return
    yield "# No key is proven: no mapped field is filled in nearly every row and different in each. Which field is a"
    yield "# customer known by? Name it below; without it the mapping does not run."
    yield from (f"#   {why}" for why in key.why)
    yield "# key: external_id"


def _contact(draft: Draft) -> Iterator[str]:
    yield from (_field(line, "  ") for line in draft.lines)
    for kind in dict.fromkeys([item.kind for item in draft.items] + [_parent(line) for line in draft.unsure]):
        items = [item for item in draft.items if item.kind == kind]
        yield ""
        yield f"  {kind}:" if items else f"  # {kind}:"
        for item in items:
            yield from _item(item)
        yield from (
            _commented(f"    #   {_own(line)}: {_said(line.steps)}", f"unsure: {line.why}")
            for line in draft.unsure
            if _parent(line) == kind
        )
    if draft.rest:
        yield ""
        yield "  # No field of the contact as far as can be told; as tags they are sent under any name you like:"
        yield "  # tags:"
        yield from _tags(draft.rest)


def _field(line: Line, indent: str) -> str:
    text = f"{line.field}: {_said(line.steps)}"
    if line.sure:
        return _commented(f"{indent}{text}", f"sure: {line.why}")
    return _commented(f"{indent}# {text}", f"unsure: {line.why}")


def _item(item: Item) -> Iterator[str]:
    lines = []
    if item.repeat is not None:
        lines.append((f"repeat: {item.repeat}", "{n} is 1, 2, …: one entry for each, empty ones are left out"))
    if item.alias and not any(line.field == "alias" for line in item.lines):
        lines.append((f"alias: {{value: {item.alias}}}", "a name for it, from its headers; it alone makes no entry"))
    lines += [(f"{line.field}: {_said(line.steps)}", f"sure: {line.why}") for line in item.lines]
    for place, (text, why) in enumerate(lines):
        yield _commented(f"    {'  ' if place else '- '}{text}", why)


def _tags(columns: Sequence[Column]) -> Iterator[str]:
    taken: set[str] = set()
    for column in columns:
        tag = re.sub("[^a-z0-9]+", "_", normal_form(column.name)).strip("_") or f"column_{column.position + 1}"
        tag = tag if tag not in taken else f"{tag}_{column.position + 1}"
        taken.add(tag)
        steps, why = _tag_steps(column)
        yield _commented(f"  #   {scalar(tag)}: {_said({'column': column.name, **steps})}", why)


def _tag_steps(column: Column) -> tuple[Steps, str]:
    evidence = column.evidence
    if evidence.share("card") > 0:
        return {}, "some cells hold full card numbers; a row with one would be rejected"
    if not evidence.filled:
        return {}, "no cell of the sample is filled"
    yes_no = read_yes_no(evidence)
    if yes_no.fits:
        return yes_no.steps, yes_no.why
    if evidence.share("whole") >= DATES and not evidence.look.count(Sign.LED_BY_ZERO):
        return {"number": "true"}, f"{percent(evidence.share('whole'))} of its cells are whole numbers"
    return {}, ""


def _said(steps: Steps) -> str:
    if list(steps) == ["column"]:
        return flow(steps["column"])
    return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in steps.items()) + "}"


def _commented(text: str, why: str) -> str:
    return f"{text:<{WIDTH}}  # {why}" if why else text


def _parent(line: Line) -> str:
    return line.field.split(".")[0]


def _own(line: Line) -> str:
    return line.field.split(".")[1]
