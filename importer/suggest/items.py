"""Wide columns become entries of addresses, billing_info and payments; numbered ones a `repeat`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from importer.contact import fields_of
from importer.mapping.places import NUMBER
from importer.suggest.draft import Claim, Item, Line, Reading, Steps, unfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CORE: Final = {
    "addresses": frozenset(("street_1", "city", "zip_code")),
    "billing_info": frozenset(("legal_name", "document_number", "street_1", "city", "zip_code", "email", "phone")),
    "payments": frozenset(("last_four",)),
}
"""Fields of which an item needs one: the others alone say too little to be sent."""
SHARED = ("city", "country")
"""Fields of the contact itself that its own address has too."""
ORDER: Final = {kind.name: [one.name for one in kind.items] for kind in fields_of() if kind.items}
Part = tuple[str, str, int | None]
MAIN: Final[Part] = ("addresses", "", None)
"""The contact's own address."""


def make_items(
    claims: Sequence[Claim], own: Mapping[str, Sequence[Claim]]
) -> tuple[tuple[Item, ...], tuple[Line, ...]]:
    """Give the sure items and the unsure lines. `own` are the claims taken for the contact itself, by field."""
    parts: dict[Part, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in _with_second_lines(claims):
        parts[claim.part][claim.field].append(claim)
    loose: list[Line] = []
    sure: dict[Part, dict[str, Claim]] = {}
    for part, fields in parts.items():
        kept: dict[str, Claim] = {}
        for field, some in fields.items():
            fit = [claim for claim in some if claim.reading.fits]
            if len(fit) == 1:
                kept[field] = fit[0]
            loose += [_unsure(claim, len(fit)) for claim in some if claim not in kept.values()]
        if ("expiry_month" in kept) != ("expiry_year" in kept):
            half = kept.pop("expiry_month", None) or kept.pop("expiry_year")
            loose.append(_unsure(half, 1, "month and year of expiry go together"))
        placed = part == MAIN and "state" in kept and own.get("city")
        if CORE[part[0]] & kept.keys() or placed:
            sure[part] = kept
        else:
            why = f"without {' or '.join(sorted(CORE[part[0]]))} it makes no entry of {part[0]}"
            loose += [_unsure(claim, 1, why) for claim in kept.values()]
    _share(sure, own)
    return _items(sure), tuple(loose)


def _with_second_lines(claims: Sequence[Claim]) -> list[Claim]:
    """`Address 1` and `Address 2` are lines of one street, unless other columns are numbered too."""
    numbered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in claims:
        if claim.number is not None:
            numbered[claim.kind, claim.alias].add(claim.field)
    turned = []
    for claim in claims:
        if claim.number is not None and numbered[claim.kind, claim.alias] == {"street_1"}:
            turned.append(_second_line(claim))
        elif claim.kind == "payments":
            turned.append(Claim(claim.column, claim.field, claim.reading, claim.kind))
        else:
            turned.append(claim)
    return turned


def _second_line(claim: Claim) -> Claim:
    lines = {1: "street_1", 2: "street_2"}
    reading = claim.reading
    if claim.number == 2:  # noqa: PLR2004  # a second line may hold no letter
        reading = Reading(claim.column.evidence.share("email") == 0, "the second line of the street")
    elif claim.number not in lines:
        reading = unfit("an address has two lines for its street")
    return Claim(claim.column, lines.get(claim.number or 1, "reference"), reading, claim.kind, claim.alias)


def _unsure(claim: Claim, fit: int, why: str = "") -> Line:
    told = why or (claim.reading.why if not claim.reading.fits else "")
    told = told or ("several columns could be this field; keep one" if fit > 1 else "another column is taken for it")
    return Line(f"{claim.kind}.{claim.field}", {"column": claim.column.name, **claim.reading.steps}, told, sure=False)


def _share(sure: dict[Part, dict[str, Claim]], own: Mapping[str, Sequence[Claim]]) -> None:
    """Give the contact's own address its city and country too."""
    main = sure.get(MAIN)
    if main is None:
        return
    for field in SHARED:
        if field not in main and len(own.get(field, ())) == 1:
            main[field] = own[field][0]


def _items(sure: Mapping[Part, Mapping[str, Claim]]) -> tuple[Item, ...]:
    items: list[Item] = []
    done: set[Part] = set()
    for part, claims in sure.items():
        kind, alias, number = part
        if part in done:
            continue
        series = _series(sure, part) if number == 1 else ()
        if series:
            done.update(series)
            items.append(_repeated(kind, alias, [sure[one] for one in series]))
        else:
            lines = tuple(_line(field, claims[field]) for field in ORDER[kind] if field in claims)
            items.append(Item(kind, lines, alias))
    places = list(ORDER)
    return tuple(sorted(items, key=lambda item: places.index(item.kind)))


def _series(sure: Mapping[Part, Mapping[str, Claim]], first: Part) -> tuple[Part, ...]:
    """Give the parts numbered from 1 without a gap whose columns differ in the number alone; nothing else."""
    kind, alias, _ = first
    numbers = sorted(number for k, a, number in sure if (k, a) == (kind, alias) and number is not None)
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) == 1:
        return ()
    parts: tuple[Part, ...] = tuple((kind, alias, number) for number in numbers)
    forms = [{field: claim.column.heading.pattern for field, claim in sure[part].items()} for part in parts]
    plain = all(_counts_on(claim) for part in parts for claim in sure[part].values())
    return parts if plain and all(form == forms[0] for form in forms) else ()


def _counts_on(claim: Claim) -> bool:
    """Whether the mapping's own counting gives the column's name: `addr01_city` is not `addr{n}_city`."""
    pattern = claim.column.heading.pattern or ""
    return pattern.replace(NUMBER, str(claim.number)) == claim.column.name


def _repeated(kind: str, alias: str, parts: Sequence[Mapping[str, Claim]]) -> Item:
    lines = []
    for field in ORDER[kind]:
        if field not in parts[0]:
            continue
        steps: Steps = {"column": parts[0][field].column.heading.pattern or ""}
        for part in parts:
            steps |= part[field].reading.steps
        lines.append(Line(field, steps, parts[0][field].reading.why))
    return Item(kind, tuple(lines), alias, len(parts))


def _line(field: str, claim: Claim) -> Line:
    return Line(field, {"column": claim.column.name, **claim.reading.steps}, claim.reading.why)
