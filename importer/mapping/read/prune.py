"""Cuts out of a mapping what has the wrong shape, so that the rest is judged in the same go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.contact import fields_of
from importer.field import Kind
from importer.mapping.read.shape import try_shape, value_at

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from importer.mapping.fault import Steps
    from importer.mapping.model import Mapping
    from importer.mapping.read.document import Data

_ROUNDS = 4
_ITEMS = {("contact", field.name) for field in fields_of() if field.kind is Kind.ITEMS}
_FILLERS: dict[str, Data] = {"version": "1", "name": "pruned", "contact": {}}


def prune(data: Data, errors: list[ErrorDetails]) -> Mapping | None:
    """Give the mapping that is left without the parts the errors name; None when that doesn't come to an end.

    List entries keep their numbers, so that positions stay true. The data are changed.
    """
    for _ in range(_ROUNDS):
        if not isinstance(data, dict):
            return None
        for error in errors:
            _cut(data, error["loc"])
        mapping, errors = try_shape(data)
        if mapping is not None:
            return mapping
    return None


def _cut(data: dict[str, Data], steps: Steps) -> None:
    trail: list[Any] = [data]
    for step in steps:
        inner = value_at(trail[-1], (step,))
        if inner is None:
            break
        trail.append(inner)
    for depth in range(len(trail) - 2, -1, -1):
        holder: Any = trail[depth]
        step = steps[depth]
        if isinstance(holder, dict):
            del holder[str(step)]
            break
        if steps[:depth] in _ITEMS:
            holder[step] = {}
            break
    for key, filler in _FILLERS.items():
        data.setdefault(key, filler)
