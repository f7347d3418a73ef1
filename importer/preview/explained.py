"""The page of one row: what came, what each step made of it, what was sent, and what came of that."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from importer.preview.text import cut, mask, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.explain.explain import Explained
    from importer.explain.steps import FieldWay

NARROWEST = 40
PLAIN = ("row", "line", "action", "state", "contact_id", "http_status", "code", "attempts", "finished_at")
"""What of a result is no customer's word."""


def explained_page(told: Explained, *, width: int, unmasked: bool) -> str:
    """Give a row's whole way as text, its lines cut to `width` columns; masked unless `unmasked`.

    Masked, texts of the customer and of the server keep only their form; full card numbers are masked always.
    """
    page = _Page(max(width, NARROWEST), unmasked=unmasked)
    return "\n".join(page.lines(told)) + "\n"


def explained_document(told: Explained, *, unmasked: bool) -> dict[str, Any]:
    """Give the same as one JSON document."""
    show = _shown(unmasked=unmasked)
    return {
        "run_id": told.run_id,
        "verb": told.verb,
        "source": told.source,
        **{name: value if name in PLAIN else _inside(value, show) for name, value in told.result.items()},
        "dropped": list(told.dropped),
        "why": list(told.why),
        "request": told.request,
        "body": None if told.body is None else _inside(_parsed(told.body), show),
        "answer": None if told.answer is None else _inside(_parsed(told.answer), show),
        "fields": [
            {
                "place": way.place,
                "cells": {column: _inside(cell, show) for column, cell in way.cells},
                "steps": [
                    {"step": step.name, "result": step.result if way.constant else _inside(step.result, show)}
                    for step in way.steps
                ],
                "broken": list(way.broken),
            }
            for way in told.fields
        ],
        "notes": list(told.notes),
    }


class _Page:
    def __init__(self, width: int, *, unmasked: bool) -> None:
        self._width = width
        self._unmasked = unmasked
        self._show = _shown(unmasked=unmasked)

    def lines(self, told: Explained) -> Iterator[str]:
        result = told.result
        masked = "" if self._unmasked else ", masked (letters x, digits #; --unmasked shows all)"
        yield from textwrap.wrap(
            f"Run {told.run_id}, {visible(told.source)}, row {result['row']:,} (line {result['line']:,}){masked}:",
            self._width,
        )
        yield ""
        for name, value in result.items():
            if name not in ("row", "line") and value is not None:
                yield self._line(name, str(value) if name in PLAIN else self._show(str(value)))
        for code in told.dropped:
            yield self._line("left out", code)
        for sentence in told.why:
            yield from textwrap.wrap(visible(sentence), self._width, initial_indent="  ! ", subsequent_indent="    ")
        for way in told.fields:
            yield from self._way(way)
        if told.request is not None:
            yield from ("", self._cut(told.request))
            yield from self._object(told.body)
        if told.answer is not None:
            yield from ("", "What the server stored then:")
            yield from self._object(told.answer)
        for note in told.notes:
            yield from ("", *textwrap.wrap(visible(note), self._width))

    def _way(self, way: FieldWay) -> Iterator[str]:
        if not way.broken and all(cell in (None, "") for _, cell in way.cells) and not way.constant:
            return
        yield from ("", self._cut(visible(way.place)))
        for column, cell in way.cells:
            yield self._line(column, self._show(cell or ""))
        for step in way.steps:
            text = "" if step.result is None else step.result
            yield self._line(f"-> {step.name}", text if way.constant else self._show(text))
        for code in way.broken:
            yield self._line("!", code)

    def _object(self, text: str | None) -> Iterator[str]:
        for name, value in (_parsed(text) if text else {}).items():
            inner = json.dumps(_inside(value, self._show), ensure_ascii=False)
            yield self._line(name, inner)

    def _line(self, name: str, text: str) -> str:
        return self._cut(f"  {visible(name):<24} {visible(text)}".rstrip())

    def _cut(self, text: str) -> str:
        return cut(text, self._width)


def _shown(*, unmasked: bool) -> Callable[[str], str]:
    return (lambda text: text) if unmasked else mask


def _parsed(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text, parse_int=str, parse_float=str)
    return found


def _inside(value: Any, show: Callable[[str], str]) -> Any:  # noqa: ANN401  # JSON can be anything
    """Mask the texts inside of a JSON value; names, true, false and null stay."""
    if isinstance(value, dict):
        return {name: _inside(inner, show) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inside(inner, show) for inner in value]
    return show(value) if isinstance(value, str) else value
