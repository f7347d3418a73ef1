"""A ready mapping for an export that lacks some of its columns, or writes their names in other letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.mapping.places import columns_at, columns_of, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.mapping.load import Loaded

_BEFORE, _AFTER = r"(?<=[\[,:(] )(?<!\w )|(?<=[\[(\"'])", r"(?=\s*(?:[,\]})\"']|$|\s#))"


def spell_as(text: str, spelled: Mapping[str, str]) -> str:
    """Give a mapping's text with some of its columns, the keys, written as the file writes them."""
    for column, own in spelled.items():
        name, literal = re.escape(column), own.replace("\\", r"\\")
        text = re.sub(rf"(?:{_BEFORE}){name}{_AFTER}", literal, text, flags=re.MULTILINE)
        # A column in SQL stands between blanks and brackets.
        for said in re.findall(r"\{sql: [^\n]*", text):
            text = text.replace(said, re.sub(rf"\b{name}\b", literal, said))
    return text


def without_columns(loaded: Loaded, text: str, missing: Iterable[str]) -> tuple[str, bool]:
    """Give a mapping's text with the lines of missing columns commented out, and whether its key is still mapped.

    A field that takes the first filled of several columns keeps the others. Its tests, which are of the whole export,
    are left out. `text` has the lines of the file that was loaded.
    """
    gone = frozenset(missing)
    lines = text.splitlines()
    out: set[int] = set()
    for place in places(loaded.mapping):
        at = loaded.positions.key(place.path)[0] - 1
        if at in out or not gone & {*columns_at(place)}:
            continue
        kept = [column for column in columns_of(place.map) if column not in gone]
        if kept and place.map.columns is not None and gone & {*columns_at(place)} <= {*columns_of(place.map)}:
            lines[at] = _with_columns(lines[at], place.map.columns, kept)
        else:
            out.add(at)
    end = next((number for number, line in enumerate(lines) if line.startswith("tests:")), len(lines))
    out |= _emptied(lines[:end], out)
    keyed = {name for name in loaded.mapping.key or () if _line_of(loaded, name) not in out}
    whole = bool(keyed) and len(keyed) == len(loaded.mapping.key or ())
    if not whole:
        out |= {number for number, line in enumerate(lines) if line.startswith("key:")}
    return "\n".join(_commented(lines[:end], out)).rstrip() + "\n", whole


def _line_of(loaded: Loaded, field: str) -> int:
    return loaded.positions.key(("contact", field))[0] - 1


def _with_columns(line: str, old: tuple[str, ...], kept: list[str]) -> str:
    """Put the columns that are left into a field's list."""
    found = re.search(r"columns: \[([^\]]*)\]", line)
    if found is None:
        return line
    parts = [part.strip() for part in found.group(1).split(",")]
    left = [part for part, column in zip(parts, old, strict=True) if column in kept]
    return line[: found.start(1)] + ", ".join(left) + line[found.end(1) :]


def _emptied(lines: list[str], out: set[int]) -> set[int]:
    """Give the lines of entries that hold nothing but constants now, and of parts that hold nothing."""
    more: set[int] = set()
    for first, last in _blocks(lines, 4, "- "):
        body = [number for number in range(first, last) if _says(lines[number])]
        if not [number for number in body if number not in out and not _constant(lines[number])]:
            more |= {*body}
    for first, last in _blocks(lines, 2, ""):
        body = [number for number in range(first + 1, last) if _says(lines[number])]
        if body and all(number in out | more for number in body):
            more.add(first)
    return more


def _blocks(lines: list[str], depth: int, mark: str) -> list[tuple[int, int]]:
    """Give the first line of each block of that depth and the line behind its last."""
    starts = [number for number, line in enumerate(lines) if re.match(rf" {{{depth}}}{mark}[^ #-]", line)]
    found = []
    for first in starts:
        deeper = re.compile(rf" {{{depth + 1},}}|\s*(?:#|$)")
        last = next((n for n in range(first + 1, len(lines)) if not deeper.match(lines[n])), len(lines))
        found.append((first, last))
    return found


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _constant(line: str) -> bool:
    return "{value:" in line or re.match(r"\s*-? *(?:repeat|when):", line) is not None


def _commented(lines: list[str], out: set[int]) -> list[str]:
    """Comment lines out; the next line of an entry takes over its dash."""
    made: list[str] = []
    owed = False
    for number, line in enumerate(lines):
        entry = re.match(r"(    )- (?=\S)", line)
        if number in out:
            indent = len(line) - len(line.lstrip())
            owed = entry is not None or (owed and indent > 4)  # noqa: PLR2004  # the depth of entries
            body = f"{line[:4]}  {line[6:]}" if entry is not None and not _all_out(number, lines, out) else line
            indent = len(body) - len(body.lstrip())
            made.append(f"{body[:indent]}# {body[indent:]}")
        elif owed and line.startswith("      ") and _says(line):
            made.append(f"    - {line[6:]}")
            owed = False
        else:
            owed = owed and not _says(line)
            made.append(line)
    return made


def _all_out(first: int, lines: list[str], out: set[int]) -> bool:
    last = next(end for start, end in _blocks(lines, 4, "- ") if start == first)
    return all(number in out for number in range(first, last) if _says(lines[number]))
