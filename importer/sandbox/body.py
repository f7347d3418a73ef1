"""Judges what a write carries: the JSON, the contact model, and the formats that the pages name beside the types."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from importer.contact import Contact, fields_of
from importer.field import Field, Kind
from importer.sandbox.refusal import Issue, RequestRefusedError

FIELDS = fields_of(Contact)
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s.\x00-\x1f]+(\.[^@\s.\x00-\x1f]+)+")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def read_contact(body: bytes, *, update: bool) -> dict[str, Any]:
    """Give the keys that a body carries, as they were given.

    Raises RequestRefusedError: 400 for what is not JSON, 422 with every issue for what is not a contact.
    """
    try:
        contact = Contact.model_validate_json(body, strict=True)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        if faults[0]["type"] == "json_invalid":
            raise RequestRefusedError(400, "the body is not valid JSON") from None
        raise RequestRefusedError(
            422, [Issue(".".join(map(str, fault["loc"])) or "body", fault["msg"]) for fault in faults]
        ) from None
    given: dict[str, Any] = json.loads(contact.model_dump_json(exclude_unset=True))
    issues = _find_issues(given, FIELDS, update=update)
    if issues:
        raise RequestRefusedError(422, issues)
    return given


def read_uuid(text: str, path: str) -> str:
    """Give a UUID in lower case. Raises RequestRefusedError 422, naming `path`, for anything else."""
    if not is_uuid(text):
        raise RequestRefusedError(422, [Issue(path, "expected a UUID")])
    return text.lower()


def is_uuid(text: str) -> bool:
    """Say whether a text is a UUID in its canonical form of 36 characters."""
    return CANONICAL_UUID.fullmatch(text) is not None and bool(UUID(text))


def is_email(text: str) -> bool:
    """Say whether a text has the plain form of an email address; a sandbox need not know more."""
    return EMAIL.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Say whether a text is a day that the calendar has, as YYYY-MM-DD."""
    return DATE.fullmatch(text) is not None and _parses(text, date)


def is_datetime(text: str) -> bool:
    """Say whether a text is a real date-time with a zone, as in RFC 3339."""
    return DATETIME.fullmatch(text) is not None and _parses(text[:19], datetime)


def _parses(text: str, kind: type[date]) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


FORMATS = {
    Kind.EMAIL: (is_email, "expected an email address"),
    Kind.DATE: (is_date, "expected a date, YYYY-MM-DD"),
    Kind.DATETIME: (is_datetime, "expected a date-time with a zone, as in RFC 3339"),
}


def _find_issues(given: Mapping[str, Any], fields: tuple[Field, ...], *, update: bool, place: str = "") -> list[Issue]:
    issues: list[Issue] = []
    for field in fields:
        value = given.get(field.name)
        path = f"{place}{field.name}"
        if field.update_only and not update and field.name in given:
            issues.append(Issue(path, "only an update may carry it"))
        elif field.kind in FORMATS and value is not None:
            passes, message = FORMATS[field.kind]
            if not passes(value):
                issues.append(Issue(path, message))
        elif field.kind is Kind.ITEMS:
            for index, item in enumerate(value or ()):
                issues += _find_issues(item, field.items, update=update, place=f"{path}.{index}.")
    return issues
