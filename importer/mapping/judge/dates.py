"""Whether a field's date formats, its pivot and its zone make sense."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.mapping.steps.moments import AUTO, check_format, check_zone, has_offset, has_short_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.fault import Complaint
    from importer.mapping.places import Place


def judge_dates(place: Place) -> Iterator[Complaint]:
    """Give all that makes no sense about a field's formats, pivot and zone."""
    said, path = place.map, place.path
    if said.date is not None and AUTO in said.date:
        yield from _proven(place)
        return
    for step in ("date", "datetime"):
        for position, form in enumerate(getattr(said, step) or ()):
            if why := _format(form, step, said.pivot):
                yield (*path, step, position), why
    forms = (*(said.date or ()), *(said.datetime or ()))
    if said.pivot is not None and forms and not any(map(_is_short, forms)):
        yield (*path, "pivot"), "no format of the field has a year of two digits (%y); take the pivot out"
    elif said.pivot is not None and not forms and said.value is None:
        yield (*path, "pivot"), "a pivot goes with date or datetime, and a %y in its format"
    if said.zone is not None:
        yield from _zone(place, said.zone)


def _zone(place: Place, zone: str) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if said.datetime is None and said.value is None:
        yield (*path, "zone"), "a zone goes with datetime; a date has no time, and other date-times say their offset"
    elif said.datetime is not None and all(map(_is_zoned, said.datetime)):
        yield (*path, "zone"), "each format reads its offset from the cell; take the zone out"
    elif why := zone_fault(zone):
        yield (*path, "zone"), why


def _proven(place: Place) -> Iterator[Complaint]:
    said, path = place.map, place.path
    if said.date != (AUTO,):
        yield (*path, "date"), "auto stands alone: it finds the format; or write formats only"
    if said.zone is not None:
        yield (*path, "zone"), "a zone goes with datetime; a date has no time"


def _is_short(form: str) -> bool:
    try:
        return has_short_year(form)
    except MappingError:  # the format has its own fault
        return True


def _is_zoned(form: str) -> bool:
    try:
        return has_offset(form)
    except MappingError:  # the format has its own fault
        return False


@lru_cache
def zone_fault(zone: str) -> str | None:
    """Say what is wrong with the name of a time zone; None when nothing is."""
    try:
        check_zone(zone)
    except MappingError as error:
        return str(error)
    return None


@lru_cache
def _format(form: str, step: str, pivot: int | None) -> str | None:
    if "%f" in form:
        return "%f counts billionths; write the fraction of a second as %.f, which brings its own dot"
    try:
        check_format(form, step, pivot)
    except MappingError as error:
        return str(error)
    except pl.exceptions.PolarsError:
        return "the format contradicts itself; an hour needs %H and %M, or %I, %M and %p"
    return None
