"""Full card numbers in a contact as the server answers it; ids, keys, phones and documents are not judged either."""

from __future__ import annotations

import json
import re
from typing import Any

from importer.contact import fields_of
from importer.rules.card_hints import may_have_card
from importer.rules.card_text import has_card
from importer.rules.cards import UNJUDGED

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAYMENTS = "payments"
SPARED = frozenset(
    {"id", "persona_id"}
    | {one.name for field in fields_of() for one in (field, *field.items) if one.kind in UNJUDGED}
)  # fmt: skip  # one set
"""Members in which long digits are expected, but in payments. One UUID in fifteen hundred reads as a card number."""


def contact_has_card(contact: bytes, key: str | None, contact_id: str | None = None) -> bool:
    """Tell whether a contact (one JSON object in UTF-8) holds a full card number where none is expected.

    `key` is the customer's: a text that is equal to it is not judged. `contact_id` is the contact's own.
    """
    # An id is not judged, and the digits of a UUID would have every second contact looked at closely.
    spared = contact_id.encode() if contact_id is not None and _UUID.fullmatch(contact_id) else None
    text = contact if spared is None else contact.replace(spared, b"")
    if not may_have_card(text) or not has_card(text.decode()):
        return False
    return has_card(json.dumps(_judged(json.loads(contact), key)))


def _judged(part: Any, key: str | None) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(part, list):
        return [_judged(item, key) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: value if name == PAYMENTS else _judged(value, key)
        for name, value in part.items()
        if not (name in SPARED and isinstance(value, str)) and (key is None or value != key)
    }
