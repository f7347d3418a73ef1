"""What a mapping says that is allowed and yet probably not meant."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from importer.contact import fields_of
from importer.field import Kind
from importer.mapping.fault import Complaint, Fault, listed, spell
from importer.mapping.places import places
from importer.mapping.steps.moments import AUTO, are_rivals, has_offset

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.mapping.load import Loaded
    from importer.mapping.model import Mapping
    from importer.mapping.places import Place


def warnings(loaded: Loaded) -> tuple[Fault, ...]:
    """Give what looks unused or unmeant in a mapping that is right, in the order of the file."""
    found = {
        Fault(loaded.positions.value(steps), spell(steps), what)
        for steps, what in _warnings(loaded.mapping, places(loaded.mapping))
    }
    return tuple(sorted(found, key=lambda fault: (fault.at[2:], fault.at, fault.place)))


def _warnings(mapping: Mapping, found: tuple[Place, ...]) -> Iterator[Complaint]:
    if told := default_warning(mapping):
        yield ("contact",), told
    if mapping.zone is not None and not any(_is_local(place) for place in found):
        yield ("zone",), "no field has a date-time without an offset, so the zone is not used"
    for place in found:
        yield from _unused(place, mapping.source.blank)
        yield from _rivals(place)
        yield from _alone(place, found)
    if not mapping.tests:
        yield (), "it has no tests; a few examples under `tests:` keep it right for years"


def default_warning(mapping: Mapping) -> str | None:
    """Name what the update page gives a default and no update carries: the target may set it back. None: nothing."""
    if mapping.update == "full":
        return None
    unmapped = [
        field.name
        for field in fields_of()
        if (field.kind is Kind.BOOLEAN or field.default is not None) and getattr(mapping.contact, field.name) is None
    ]
    if not unmapped:
        return None
    return (
        f"{listed(unmapped)}: not mapped, and the target may set them back to their defaults with each update; map "
        "them, or let `update: full` carry what is known of them"
    )


def _is_local(place: Place) -> bool:
    return place.map.zone is None and not all(has_offset(form) for form in place.map.datetime or ("%z",))


def _unused(place: Place, blank: Collection[str]) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if said.required and said.default is not None:
        yield (*path, "required"), "a default leaves no blank to reject, so required does nothing"
    if said.values is not None and said.case in {"lower", "upper"}:
        unreachable = [cell for cell in said.values if getattr(cell, said.case)() != cell]
        if unreachable:
            what = f"case: {said.case} comes before the table, so {len(unreachable)} of its entries never fit"
            yield (*path, "values"), what
    yield from _table(place, blank)
    for step in ("split", "parse"):
        if getattr(said, step) is not None and said.case is not None:
            yield (*path, "case"), f"case changes the whole cell before {step}"


def _table(place: Place, blank: Collection[str]) -> Iterator[Complaint]:
    """Tell of entries that no cell comes to: their cell is blank, or cut at its ends, before the table is asked."""
    said, path = place.map, (*place.path, "values")
    table = said.values or {}
    nothing = {"", *blank, *said.blank}
    dead = [cell for cell in table if cell in nothing or (said.trim and cell != cell.strip())]
    if dead:
        what = "never fit: their cell is a word for nothing, or has blanks at its ends, which are cut before"
        yield path, f"{len(dead)} of its entries {what}"
    meant = {meaning for meaning in table.values() if meaning}
    if said.one_of is not None and (outside := meant.difference(said.one_of)):
        yield path, f"one_of does not list {len(outside)} of the {len(meant)} values that the table gives"


def _rivals(place: Place) -> Iterator[Complaint]:
    said = place.map
    for step in ("date", "datetime"):
        formats = getattr(said, step) or ()
        if AUTO not in formats and any(are_rivals(*two, step, said.pivot) for two in combinations(formats, 2)):
            what = "two of its formats read the same text as different times, and the first listed counts"
            yield (*place.path, step), f"{what}; list the usual one first"


def _alone(place: Place, found: tuple[Place, ...]) -> Iterator[Complaint]:
    kind, dot, name = place.place.rpartition(".")
    if dot and name == "document_number" and not any(other.place == f"{kind}.document_type" for other in found):
        yield place.path, "a billing document without document_type says little; map its type too"
