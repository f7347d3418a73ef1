"""What the server makes of what it is given: the whole contact, as both pages show it in their answers. No effects."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

from importer.contact import Contact, fields_of
from importer.field import Field, Kind
from importer.sandbox.options import Put

FIELDS = fields_of(Contact)
PERSONAS = UUID("5b0f7f0e-6f0b-4c39-9f5e-0d9a3f1c2b64")
"""Namespace of persona ids: one email is one persona, in every sandbox."""


def _default(field: Field) -> Any:  # noqa: ANN401  # a JSON value
    if field.kind is Kind.BOOLEAN:
        return field.default == "true"
    return field.default if field.default is not None or field.nullable else ""


DEFAULTS = {field.name: _default(field) for field in FIELDS}
DOCUMENTED_DEFAULTS = {field.name: DEFAULTS[field.name] for field in FIELDS if field.default is not None}
"""The booleans and the status, which the update page lists with a default."""


def create_contact(given: Mapping[str, Any], contact_id: str, now: str) -> dict[str, Any]:
    """Give a new contact: every field of the pages, the ids, and times where none were given."""
    contact = {"id": contact_id, **DEFAULTS, "created_at": now, "updated_at": now, **given}
    contact["persona_id"] = given.get("persona_id") or _persona(contact["email"])
    return contact


def update_contact(old: Mapping[str, Any], given: Mapping[str, Any], put: Put, now: str) -> dict[str, Any]:
    """Give the contact as it stands after a PUT that means `put`.

    The id and `created_at` outlive a replacement; another email is another persona, unless one is given.
    """
    if put == "replace":
        kept: dict[str, Any] = {**DEFAULTS, "created_at": old["created_at"]}
    elif put == "defaults":
        kept = {**old, **DOCUMENTED_DEFAULTS}
    else:
        kept = dict(old)
    contact = {**kept, "updated_at": now, **given, "id": old["id"]}
    contact["persona_id"] = given.get("persona_id") or (
        old["persona_id"] if _fold(contact["email"]) == _fold(old["email"]) else _persona(contact["email"])
    )
    return {name: contact[name] for name in old}


def _persona(email: str) -> str:
    return str(uuid5(PERSONAS, _fold(email)) if email else uuid4())


def _fold(email: str) -> str:
    return email.strip().casefold()
