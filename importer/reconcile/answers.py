"""What the server last answered of some fields: by it is known whether an update that left a field out cleared it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.reconcile.compared import TAGS
from importer.reconcile.fields import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALWAYS_THERE = frozenset({"id", "persona_id", "email", "document_type", "document_number"})
"""Keys of every whole answer (the update page marks them so): in one that has them, a key that is absent is blank."""
BLANK: tuple[Any, ...] = (None, "", [], {})
MASK = "*"
TOLD = {"row": pl.UInt32, "group": pl.String, "blank": pl.Boolean, "answered": pl.String}


def read_answers(asked: Iterable[tuple[int, str]], answers: Mapping[int, str | None]) -> pl.DataFrame:
    """Give of each `row` and `group` (`city`, `tags.tier`, `addresses`) what the row's answer says of it.

    `answers` are JSON or None, by row. `blank` Boolean: whether the contact has none, null where the answer does
    not tell; `answered` String: the text of what it has, null for a list and where it is hidden.
    """
    documents: dict[int, dict[str, Any]] = {}
    told = []
    for row, group in asked:
        if row not in documents:
            documents[row] = _read(answers.get(row))
        told.append((row, group, *_tell(documents[row], group)))
    return pl.DataFrame(told, schema=TOLD, orient="row")


def _read(answer: str | None) -> dict[str, Any]:
    with suppress(ValueError):
        document = json.loads(answer or "{}", parse_int=str, parse_float=str)
        if isinstance(document, dict):
            return document
    return {}


def _tell(document: dict[str, Any], group: str) -> tuple[bool | None, str | None]:
    parent, dot, tag = group.partition(".")
    holder = document
    if dot and parent == TAGS and isinstance(document.get(TAGS), dict):
        # Tags that are told at all are told whole.
        return _say(document[TAGS].get(tag))
    name = parent if dot else group
    if name in holder:
        return _say(holder[name])
    return (True if document.keys() >= ALWAYS_THERE else None), None


def _say(value: object) -> tuple[bool | None, str | None]:
    if value in BLANK:
        return True, None
    if isinstance(value, list | dict):
        return False, None
    text = text_of(value)
    return (None, None) if MASK in text else (False, text)
