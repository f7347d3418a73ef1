"""Which fields two mappings both tell of a customer, in an order that is the same on both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from operator import or_
from typing import TYPE_CHECKING

import polars as pl

from importer.mapping.identity import key_expression
from importer.mapping.places import EVERY_TAG
from importer.matching import ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.mapping.compile import Compiled
    from importer.value import Value

TAGS = "tags"
NUMBERED = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of the bodies that are compared."""

    plain: tuple[str, ...]
    """Fields that hold one value."""
    tags: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    """By `addresses`, `billing_info`, `payments`: the fields of an item."""
    nested: bool = False
    """Whether a tag may hold lists or objects, or be named by the cell."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared, and by what customers are matched."""

    shape: Shape
    values: tuple[tuple[Value, ...], tuple[Value, ...]]
    """Of each side, what its bodies are made of; no write policy counts."""
    texts: tuple[Mapping[str, pl.Expr], Mapping[str, pl.Expr]]
    """Of each side, over its mapped values: the text of each identifier but `id` and `key`."""
    order: tuple[str, ...]
    """The identifiers that both sides have, in the order in which they are tried."""
    spared: frozenset[str] = frozenset()
    """Fields that an update may leave out though they are filled (`write: create_only`, `if_blank`)."""
    create_only: frozenset[str] = frozenset()
    """Of these, those that no update carries at all."""
    kept: frozenset[str] = frozenset()
    """Fields that an update leaves out where they are blank (`on_blank: keep`)."""
    by_key: bool = True
    """Whether both sides know customers by the same key."""
    linked: bool = False
    """Whether ids are matched too that only the ledger knows, for the key of a row."""
    left_out: tuple[str, ...] = ()
    """Fields that only one side tells."""


def compare_mappings(
    here: Compiled, there: Compiled | None, *, order: Sequence[str] = ORDER, by_key: bool = True, linked: bool = False
) -> Compared:
    """Give what two mappings have in common; without `there`, what one of them tells and the ledger knows.

    The ledger knows customers by id and key alone. `by_key`: both sides know customers by the same key. `linked`: a
    ledger knows these customers, so that who gives an id can be matched with who gives a key.
    """
    other = here if there is None else there
    mine, theirs = _names(here.values), _names(other.values)
    both = [name for name in mine if name in theirs]
    nested = any(value.form != "text" for value in (*here.values, *other.values) if _is_tag(value))
    if any(f"{TAGS}.{EVERY_TAG}" in names for names in (mine, theirs)):
        both += [name for name in (*mine, *theirs) if name.startswith(f"{TAGS}.") and name not in both]
    place = {name: number for number, name in enumerate(both)}
    values = tuple(_ordered(side.values, place) for side in (here, other))
    known = _identifiers(here, other)
    with_id = [bool(_places(side) & {"id"}) for side in (here, other)]
    with_key = [bool(here.key), bool(here.key) and by_key]
    linked = linked and there is not None and any(with_id) and all(map(or_, with_id, with_key))
    by_identity = {"id": there is None or all(with_id) or linked, "key": all(with_key) or (linked and bool(here.key))}
    tried = [name for name in order if by_identity.get(name, there is not None and name in known)]
    texts = {name: expression for name, expression in known.items() if name in tried}
    return Compared(
        shape=_shape(both, nested=nested),
        values=(values[0], values[1]),
        texts=(texts, texts),
        order=tuple(tried),
        spared=frozenset(_general(value) for value in here.values if value.write != "always"),
        create_only=frozenset(_general(value) for value in here.values if value.write == "create_only"),
        kept=frozenset(_general(value) for value in here.values if value.on_blank == "keep"),
        by_key=by_key,
        linked=linked and "id" in tried,
        left_out=tuple(name for name in dict.fromkeys((*mine, *theirs)) if name not in place),
    )


def _places(side: Compiled) -> set[str]:
    return {value.place for value in side.values}


def _general(value: Value) -> str:
    """Give a value's name without the number of its item, as the body has it."""
    # In its place a tag's blanks are written otherwise.
    return f"{TAGS}.{value.field.name}" if _is_tag(value) else NUMBERED.sub("", value.place)


def _is_tag(value: Value) -> bool:
    return value.place.startswith(f"{TAGS}.")


def _names(values: Sequence[Value]) -> list[str]:
    told = (value for value in values if value.place != "id" and not value.field.update_only)
    return list(dict.fromkeys(_general(value) for value in told))


def _ordered(values: Sequence[Value], place: Mapping[str, int]) -> tuple[Value, ...]:
    """Keep fields and items in their own order, which is the model's, and put tags into that of the first side."""
    wanted = [replace(one, on_blank="keep", write="always") for one in values if _general(one) in place]
    tags = iter(sorted(filter(_is_tag, wanted), key=lambda one: place[_general(one)]))
    return tuple(next(tags) if _is_tag(one) else one for one in wanted)


def _identifiers(here: Compiled, there: Compiled) -> dict[str, pl.Expr]:
    both = _places(here) & _places(there)
    known: dict[str, pl.Expr] = {name: pl.col(name) for name in ("email", "phone") if name in both}
    if "document_number" in both:
        # A number of one kind is another person's of another kind.
        fields = [name for name in ("document_type", "document_number") if name in both]
        known["document"] = key_expression(fields)
    return known


def _shape(names: Sequence[str], *, nested: bool) -> Shape:
    items: dict[str, list[str]] = {}
    for name in names:
        parent, dot, field = name.partition(".")
        if dot and parent != TAGS:
            items.setdefault(parent, []).append(field)
    return Shape(
        plain=tuple(name for name in names if "." not in name),
        tags=tuple(name.removeprefix(f"{TAGS}.") for name in names if name.startswith(f"{TAGS}.")),
        lists={parent: tuple(fields) for parent, fields in items.items()},
        nested=nested,
    )
