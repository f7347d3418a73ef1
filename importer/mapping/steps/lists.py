"""Cells that hold more than one value: a list with marks between, or JSON. They fill tags, as JSON text."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder, dumps
from typing import TYPE_CHECKING

import polars as pl

from importer.mapping.steps.distinct import by_judge
from importer.mapping.steps.text import Worked, only

if TYPE_CHECKING:
    from collections.abc import Collection

_ESCAPED = {letter: dumps(letter)[1:-1] for letter in '\\"\t\n\r'}
"""Other control characters stay as they are, for the rules to find."""
_HIDDEN = r"(?i)\\u00(?:0[0-8bcef]|1[0-9a-f]|3[0-9]|7f)"
"""Control characters and digits written as escapes, which would hide them from the rules."""
_WHITE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder(parse_int=str, parse_float=str)
"""Numbers stay text: making an int of many digits is refused by Python."""


def list_value(worked: Worked, mark: str) -> Worked:
    """Give a text cut at each `mark` as a JSON list of texts; entries are trimmed, and blank ones left out."""
    entries = _entries(worked.value, mark)
    written = pl.concat_str(pl.lit('["'), _escaped(entries).list.join('","'), pl.lit('"]'))
    return worked.to(only(entries.list.len() > 0, written))


def tag_members(worked: Worked, mark: str, taken: Collection[str]) -> Worked:
    """Give each entry of a list as a tag that is true, `"a":true,"b":true`; those in `taken` are mapped themselves."""
    entries = _entries(worked.value, mark)
    free = entries.list.eval(pl.element().filter(~pl.element().is_in(list(taken)))) if taken else entries
    once = free.list.unique(maintain_order=True)
    written = pl.concat_str(pl.lit('"'), _escaped(once).list.join('":true,"'), pl.lit('":true'))
    return worked.to(only(once.list.len() > 0, written))


def json_value(worked: Worked) -> Worked:
    """Give a text that is a JSON object or list as it is; another breaks `json`. One without content is blank."""
    text = worked.value
    begins = text.str.contains(r"^\s*[\[{]")
    read = only(begins & ~text.str.contains(_HIDDEN), text).str.json_path_match("$")
    worked = worked.to_checked(text, "json", read.is_not_null())
    return worked.to(only(~read.is_in(["{}", "[]"]), text))


def json_members(worked: Worked, taken: Collection[str]) -> Worked:
    """Give the members of a text that is a JSON object as tags, each as it is written; those in `taken` are mapped.

    A list breaks `json`, and so does an object that says a name twice: which of the two counts can't be known.
    """
    whole = json_value(worked)
    text = whole.value
    members = by_judge(text, lambda one: _members(one, frozenset(taken)))
    return whole.to_checked(members, "json", members.is_not_null()).to(only(members != "", members))


def _members(text: str, taken: frozenset[str]) -> str | None:
    """Give `"a":1,"b":[2]` of an object, empty where nothing is left; None where it is no object or says a name twice.

    Python's reader finds where a value ends; what it makes of the value is not used, so that no digit is lost.
    """
    spans: dict[str, str] = {}
    at = _after_white(text, 0)
    if not text.startswith("{", at):
        return None
    while not text.startswith("}", at := _after_white(text, at)):
        try:
            name, end = _DECODER.raw_decode(text, _after_white(text, at + 1))
            start = _after_white(text, _after_white(text, end) + 1)
            _, at = _DECODER.raw_decode(text, start)
        except (JSONDecodeError, RecursionError):  # Polars reads more than Python, such as digits without end
            return None
        if not isinstance(name, str) or name in spans:
            return None
        spans[name] = text[start:at]
    return ",".join(f"{dumps(name, ensure_ascii=False)}:{value}" for name, value in spans.items() if name not in taken)


def _after_white(text: str, at: int) -> int:
    found = _WHITE.match(text, at)
    return found.end() if found else at


def _entries(text: pl.Expr, mark: str) -> pl.Expr:
    entry = pl.element().str.strip_chars()
    return text.str.split(mark).list.eval(entry.filter(entry != ""))


def _escaped(entries: pl.Expr) -> pl.Expr:
    return entries.list.eval(pl.element().str.replace_many(list(_ESCAPED), list(_ESCAPED.values())))
