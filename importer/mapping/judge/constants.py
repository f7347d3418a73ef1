"""Whether the texts that a mapping itself puts in could ever be right: constants, defaults, and what a table gives."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.mapping.steps.kinds import constant
from importer.rules import FIELD_RULES, UNJUDGED, has_card
from importer.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.mapping.fault import Complaint
    from importer.mapping.places import Place


def judge_cards(place: Place, key: Collection[str]) -> Iterator[Complaint]:
    """Give each full card number that a constant, a default or a table writes where rows may hold none."""
    said, path = place.map, place.path
    if place.field.kind in UNJUDGED or place.place in key:  # spared in rows too
        return
    written = [(step, getattr(said, step)) for step in ("value", "default")]
    for step, text in (*written, *(("values", meaning) for meaning in (said.values or {}).values())):
        if text is not None and has_card(text):
            yield (*path, step), "a full card number, which rejects every row that takes it; take it out"


def rejected_by_rules(place: Place, text: str) -> str | None:
    """Say why the rules about the field's kind refuse a constant or default in every row, whatever the day.

    None where they do not, and where it is no value of the field at all.
    """
    try:
        column = constant(text, place.field, place.map, tag=place.path[1] == "tags")
    except MappingError:
        return None
    value = Value(place.place, place.field, column, failures=(), cells=(), reads=())
    for rule in FIELD_RULES:
        # A day that is still to come may be here when rows are read.
        wrong = rule.wrong(value, column, date.max)
        if wrong is not None and pl.select(wrong).item():
            return f"every row that takes it would be rejected: {rule.rule.cause} Write another value."
    return None
