"""Gives every field at most one line: several columns that mean the same are joined, ranked, or left to the user."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from importer.contact import ID, fields_of
from importer.suggest.claims import make_claims
from importer.suggest.draft import Claim, Column, Draft, Line, Steps
from importer.suggest.items import make_items
from importer.suggest.local import find_region
from importer.suggest.tables import state_country

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import polars as pl

MANY = frozenset(("phone", "email"))
"""Fields that take the first filled of several columns."""
ORDER = {name: place for place, name in enumerate([ID.name, *(field.name for field in fields_of())])}
NEARLY = 0.99
_PERSONAL = re.compile(r"(?<![a-z])(?:cpf|dni|curp|rut|run|c[eé]dula|nif|ssn)(?![a-z])")


def assign(columns: Sequence[Column], cells: pl.DataFrame, year: int) -> Draft:
    """Decide which column becomes which field. `cells` is the sample (all String), `year` is today's."""
    claims, unsure = make_claims(columns, year)
    own = [claim for claim in claims if not claim.kind]
    by_field: dict[str, list[Claim]] = defaultdict(list)
    for claim in own:
        by_field[claim.field].append(claim)
    chosen: dict[str, list[Claim]] = {}
    for name, some in by_field.items():
        picked = _pick_many(some) if name in MANY else _pick_one(some)
        chosen[name] = picked
        unsure = (*unsure, *_left(some, picked))
    country = chosen.get("country") or []
    lines = [_line(name, some) for name, some in chosen.items() if some and name != "phone"]
    if phones := chosen.get("phone"):
        lines.append(_phones(phones, country, _told_country(columns, claims), cells))
    items, loose = make_items([claim for claim in claims if claim.kind], {**chosen})
    unsure = (*unsure, *loose)
    lines += [line for line in unsure if "." not in line.field]
    used = {
        name for line in (*lines, *unsure, *(line for item in items for line in item.lines)) for name in names_of(line)
    }
    rest = tuple(column for column in columns if not _is_used(column, used))
    lines.sort(key=lambda line: (ORDER.get(line.field, len(ORDER)), not line.sure))
    return Draft(tuple(lines), items, tuple(line for line in unsure if "." in line.field), rest)


def names_of(line: Line) -> tuple[str, ...]:
    """Give the columns that a line reads, `{n}` still in them."""
    one, several = line.steps.get("column"), line.steps.get("columns")
    return (one,) if isinstance(one, str) else tuple(several or ())


def _is_used(column: Column, used: set[str]) -> bool:
    return column.name in used or column.heading.pattern in used


def _pick_many(claims: Sequence[Claim]) -> list[Claim]:
    """Give the columns of which the first filled one is taken, none where the first of all is not what it says."""
    fit = [claim for claim in claims if claim.reading.fits]
    own = sorted((claim for claim in claims if not claim.column.heading.context), key=_rank)
    if claims[0].field == "email":
        # A customer may be known by it: a second address in its place would make another customer of them.
        own = own[:1]
    elif not own:
        own = [claim for claim in claims if claim.column.heading.context == "shipping"]
    home = [claim for claim in fit if claim.column.heading.context == "home"]
    if own and not own[0].reading.fits:
        return []
    return [claim for claim in own if claim.reading.fits] or home[:1]


def _rank(claim: Claim) -> tuple[bool, bool, int, int]:
    heading = claim.column.heading
    return heading.alternate, heading.meaning == "phone", heading.number or 0, claim.column.position


def _pick_one(claims: Sequence[Claim]) -> list[Claim]:
    """Give the one column that surely is the field: the only fit one, or the one that stands out."""
    fit = [claim for claim in claims if claim.reading.fits]
    for stands_out in _STANDS_OUT:
        some = [claim for claim in fit if stands_out(claim)]
        if len(fit) > 1 and some:
            fit = some
    return fit if len(fit) == 1 else []


def _is_key_like(claim: Claim) -> bool:
    return claim.column.evidence.unique >= NEARLY and claim.column.evidence.fill >= NEARLY


def _is_personal(claim: Claim) -> bool:
    """Whether the header names the document that everybody has: CPF beside RG, DNI beside CUIT."""
    return _PERSONAL.search(claim.column.name.lower()) is not None and claim.column.evidence.fill >= NEARLY / 2


_STANDS_OUT: tuple[Callable[[Claim], bool], ...] = (
    lambda claim: not claim.column.heading.alternate,
    lambda claim: claim.column.evidence.filled > 0,
    lambda claim: claim.field != "external_id" or _is_key_like(claim),
    lambda claim: claim.field != "document_number" or _is_personal(claim),
    lambda claim: claim.column.heading.own,
)
"""What one of several columns of a field may have that the others have not, the weightiest first."""


def _left(claims: Sequence[Claim], picked: Sequence[Claim]) -> Iterable[Line]:
    for claim in claims:
        if claim in picked:
            continue
        if not claim.reading.fits:
            why = claim.reading.why
        elif picked:
            why = "another column is taken for it"
        else:
            why = "several columns could be this field; keep one"
        yield Line(claim.field, {"column": claim.column.name, **claim.reading.steps}, why, sure=False)
        if claim.reading.other is not None:
            why = "the same, read the other way"
            yield Line(claim.field, {"column": claim.column.name, **claim.reading.other}, why, sure=False)


def _line(name: str, claims: Sequence[Claim]) -> Line:
    steps: Steps = _origin(claims)
    for claim in claims:
        steps |= claim.reading.steps
    more = "" if len(claims) == 1 else ", the first filled one"
    return Line(name, steps, f"{claims[0].reading.why}{more}")


def _origin(claims: Sequence[Claim]) -> Steps:
    names = [claim.column.name for claim in claims]
    return {"column": names[0]} if len(names) == 1 else {"columns": names}


def _phones(claims: Sequence[Claim], country: Sequence[Claim], told: str | None, cells: pl.DataFrame) -> Line:
    line = _line("phone", claims)
    known = cells[country[0].column.name] if country else None
    filled = [claim.column for claim in claims if claim.column.evidence.filled]
    step, why = find_region(filled, known, told, cells) if filled else ({}, "")
    steps: Steps = {**line.steps, **step}
    return Line("phone", steps, f"{line.why}; {why}" if why else line.why)


def _told_country(columns: Sequence[Column], claims: Sequence[Claim]) -> str | None:
    """Give the country that states and checked documents speak for, where they agree."""
    states = {state_country(claim.column.evidence) for claim in claims if claim.field == "state" and claim.reading.fits}
    kinds = {str(claim.reading.steps["document"])[:2] for claim in claims if "document" in claim.reading.steps}
    told = (states | kinds) - {None}
    return told.pop() if len(told) == 1 and columns else None
