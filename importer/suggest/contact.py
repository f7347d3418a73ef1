"""Writes a draft's contact: fields, items and tags, each with how sure it is and why.

Whatever is commented out is right when its `# ` is taken away: a line alone, an entry of items with its `- `, or the
group whose every line is commented.
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
    from collections.abc import Iterable, Iterator, Sequence

    from importer.suggest.draft import Column, Draft, Item, Line, Steps

DATES = 0.9
WIDTH = 76
"""Where comments behind lines begin, when the line leaves room."""


def write_contact(draft: Draft) -> Iterator[str]:
    """Give the lines below `contact:`."""
    yield from (_field(line) for line in draft.lines)
    for kind in dict.fromkeys([item.kind for item in draft.items] + [_parent(line) for line in draft.unsure]):
        items = [item for item in draft.items if item.kind == kind]
        loose = [line for line in draft.unsure if _parent(line) == kind]
        yield ""
        if not items:
            yield f"  # {kind}:"
            yield from _entries(loose, "  #   ")
            continue
        yield f"  {kind}:"
        for item in items:
            yield from _item(item)
        there = {line.field for line in items[0].lines}
        if len(items) == 1:
            near = {_own(line): line for line in reversed(loose) if _own(line) not in there}
            yield from (commented(f"      # {_text(line)}", _doubt(line)) for line in near.values())
            loose = [line for line in loose if line not in near.values()]
        yield from _entries(loose, "    # ")
    if draft.rest:
        yield ""
        yield "  # No field of the contact as far as can be told; as tags they are sent under any name you like:"
        yield "  # tags:"
        yield from _tags(draft.rest)


def commented(text: str, why: str) -> str:
    """Give a line with a comment behind it."""
    return f"{text:<{WIDTH}}  # {why}" if why else text


def _field(line: Line) -> str:
    text = f"{line.field}: {_said(line.steps)}"
    return commented(f"  {text}", f"sure: {line.why}") if line.sure else commented(f"  # {text}", _doubt(line))


def _item(item: Item) -> Iterator[str]:
    lines = []
    if item.repeat is not None:
        lines.append((f"repeat: {item.repeat}", "{n} is 1, 2, …: one entry for each, empty ones are left out"))
    if item.alias and not any(line.field == "alias" for line in item.lines):
        lines.append((f"alias: {{value: {item.alias}}}", "a name for it, from its headers; it alone makes no entry"))
    lines += [(f"{line.field}: {_said(line.steps)}", f"sure: {line.why}") for line in item.lines]
    for place, (text, why) in enumerate(lines):
        yield commented(f"    {'  ' if place else '- '}{text}", why)


def _entries(lines: Iterable[Line], mark: str) -> Iterator[str]:
    """Give unsure lines as entries of their own; a field that comes again begins the next one."""
    taken: set[str] = set()
    for line in lines:
        begins = not taken or _own(line) in taken
        taken = {_own(line)} if begins else taken | {_own(line)}
        yield commented(f"{mark}{'- ' if begins else '  '}{_text(line)}", _doubt(line))


def _tags(columns: Sequence[Column]) -> Iterator[str]:
    taken: set[str] = set()
    for column in columns:
        tag = re.sub("[^a-z0-9]+", "_", normal_form(column.name)).strip("_") or f"column_{column.position + 1}"
        tag = tag if tag not in taken else f"{tag}_{column.position + 1}"
        taken.add(tag)
        steps, why = _tag_steps(column)
        yield commented(f"  #   {scalar(tag)}: {_said({'column': column.name, **steps})}", why)


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


def _text(line: Line) -> str:
    return f"{_own(line)}: {_said(line.steps)}"


def _said(steps: Steps) -> str:
    if list(steps) == ["column"]:
        return flow(steps["column"])
    return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in steps.items()) + "}"


def _doubt(line: Line) -> str:
    return f"unsure: {line.why}"


def _parent(line: Line) -> str:
    return line.field.split(".")[0]


def _own(line: Line) -> str:
    return line.field.split(".")[1]
