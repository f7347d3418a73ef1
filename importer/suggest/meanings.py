"""Which field a column is, where its header could mean several: told by its cells and by the columns beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.suggest.headers import normal_form
from importer.suggest.tables import state_share, status_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.suggest.draft import Column

MOSTLY = 0.9
HALF = 0.5
ONE_WORD = 0.3
"""The share of cells with two words up to which a name is a first name alone."""
ENOUGH = 20
"""Filled cells from which on being all different says something."""
NEAR = 2
_WHOLE = re.compile("comple|full|apellido|sobrenome|surname|last")
NUMERO = re.compile("^ *n(?:[uo°º]|ro|um|umero)?[.°º]? *$|^ *(?:numero|number|#) *$")
ADDRESS = frozenset(("street_1", "street_2", "street_number", "city", "state", "zip_code", "country", "estado"))
SAID = "the header says so"
NONE = "none"
"""The meaning of headers that are known to be no field."""
FOREIGN = "it is about somebody or something else"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is taken for."""

    field: str | None
    """None where it is no field, or which one can't be told."""
    why: str
    candidates: tuple[str, ...] = ()
    """The fields that it could be, where it can't be told."""
    steps: tuple[tuple[str, str], ...] = ()
    """Two fields in one column: `first_name` and its match, `last_name` and its."""


def settle_meaning(column: Column, columns: Sequence[Column]) -> Meaning:
    """Say which field a column is."""
    heading = column.heading
    meaning = heading.meaning
    if heading.foreign:
        return Meaning(None, FOREIGN)
    if meaning == NONE:
        return Meaning(None, FOREIGN)
    if meaning is None:
        return _by_cells(column, columns)
    if meaning == "street_1" and column.evidence.share("good_email") >= MOSTLY:
        return Meaning("email", "the header says address, and its cells are email addresses")
    settle = _AMBIGUOUS.get(meaning)
    if settle is not None:
        return settle(column, columns)
    return Meaning({"mobile": "phone"}.get(meaning, meaning), SAID)


def _by_cells(column: Column, columns: Sequence[Column]) -> Meaning:
    """Claim a header of unknown words only by cells that can be nothing else, and only once in a file."""
    if column.evidence.share("email") < MOSTLY:
        return _by_hints(column)
    emails = [other for other in columns if other.evidence.share("email") >= MOSTLY and not other.heading.foreign]
    if emails == [column] and column.evidence.share("good_email") >= MOSTLY:
        return Meaning("email", "no other column holds email addresses")
    return _by_hints(column)


def _by_hints(column: Column) -> Meaning:
    hints = tuple({"mobile": "phone", "name": "first_name"}.get(hint, hint) for hint in column.heading.hints)
    known = tuple(hint for hint in dict.fromkeys(hints) if hint not in _AMBIGUOUS)
    return Meaning(None, "part of the header says so, but not the whole" if known else "", known)


def _name(column: Column, columns: Sequence[Column]) -> Meaning:
    evidence = column.evidence
    others = {other.heading.meaning for other in columns if not other.heading.context and not other.heading.foreign}
    if column.heading.context:
        return Meaning(None, "a name, but not surely the customer's", ("first_name",))
    if "last_name" in others and "first_name" not in others:
        return Meaning("first_name", "the last name has a column of its own")
    if "last_name" in others:
        return Meaning(None, "first and last name have columns of their own", ("full_name",))
    if evidence.filled >= ENOUGH and evidence.share("two_words") < ONE_WORD and evidence.share("any_digit") < ONE_WORD:
        return Meaning("first_name", "most of its cells are one word")
    return _full_name(column, columns)


def _first_name(column: Column, columns: Sequence[Column]) -> Meaning:
    """`Nombres` without a column of last names holds whole names more often than not."""
    whole = column.evidence.share("two_words") >= MOSTLY
    if whole and not any(other.heading.meaning == "last_name" for other in columns):
        return _full_name(column, columns)
    return Meaning("first_name", SAID)


def _full_name(column: Column, columns: Sequence[Column]) -> Meaning:
    own = {other.heading.meaning for other in columns if other is not column}
    if {"first_name", "last_name"} <= own or {"name", "last_name"} <= own:
        return Meaning(None, "first and last name have columns of their own")
    if "last_name" in own and not own & {"first_name", "name"} and not _WHOLE.search(normal_form(column.name)):
        return Meaning("first_name", "the last name has a column of its own")
    if column.evidence.share("comma_name") >= MOSTLY and not column.heading.context:
        parts = (("first_name", ",\\s*(.+)$"), ("last_name", "^([^,]+),"))
        return Meaning(None, "a comma parts the last name from the first", (), parts)
    return Meaning(None, "a whole name; where the first name ends only people know", ("full_name",))


def _code(column: Column, columns: Sequence[Column]) -> Meaning:
    evidence = column.evidence
    before = next((other for other in columns if other.position == column.position - 1), None)
    if before is not None and before.heading.meaning == "street_1" and NUMERO.search(normal_form(column.name)):
        return Meaning("street_number", "it stands behind the street")
    own = any(other.heading.meaning == "external_id" and other.evidence.fill >= HALF for other in columns)
    near = _near_address(column, columns)
    if evidence.counting:
        return Meaning("external_id", SAID)
    unique = evidence.filled >= ENOUGH and evidence.unique >= 0.99 and evidence.fill >= MOSTLY  # noqa: PLR2004  # all but slips
    if unique and not own and not (near and evidence.share("plain_zip") >= MOSTLY):
        return Meaning("external_id", "every row has one and they all differ")
    if near and evidence.share("plain_zip") >= MOSTLY and evidence.unique < HALF:
        return Meaning("zip_code", "it stands beside the address, and its cells repeat")
    return Meaning(None, "a code of what?", ("external_id", "zip_code"))


def _estado(column: Column, _columns: Sequence[Column]) -> Meaning:
    if status_share(column.evidence) >= MOSTLY:
        return Meaning("status", SAID)
    if state_share(column.evidence) >= HALF or column.heading.context or column.heading.number is not None:
        return Meaning("state", SAID)
    return Meaning(None, "a state of the country, or of the customer?", ("state", "status"))


def _document(column: Column, _columns: Sequence[Column]) -> Meaning:
    evidence = column.evidence
    if evidence.share("any_digit") >= MOSTLY:
        return Meaning("document_number", SAID)
    if evidence.values and evidence.share("any_digit") < 1 - MOSTLY:
        return Meaning("document_type", SAID)
    return Meaning(None, "the number or the type of a document?", ("document_number", "document_type"))


def _near_address(column: Column, columns: Sequence[Column]) -> bool:
    return any(
        other.heading.meaning in ADDRESS and 0 < abs(other.position - column.position) <= NEAR for other in columns
    )


def _quarter(_column: Column, columns: Sequence[Column]) -> Meaning:
    """Take a quarter of a city for the second line of the street where nothing else is that."""
    if any(other.heading.meaning == "street_2" for other in columns):
        return Meaning(None, "a quarter of the city, and the second line of the street is taken", ("reference",))
    return Meaning("street_2", SAID)


def _company(column: Column, columns: Sequence[Column]) -> Meaning:
    billed = column.heading.context == "billing" or any(other.heading.context == "billing" for other in columns)
    if billed:
        return Meaning("legal_name", "the company that is billed")
    return Meaning(None, "the company that is billed, or only where the contact works?", ("legal_name",))


_AMBIGUOUS = {
    "quarter": _quarter,
    "company": _company,
    "name": _name,
    "first_name": _first_name,
    "full_name": _full_name,
    "code": _code,
    "estado": _estado,
    "document": _document,
}
