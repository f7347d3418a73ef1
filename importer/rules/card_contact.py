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
_POWER_OF_TEN = re.compile(rb"[\[:,]\s*-?[0-9]+(?:\.[0-9]+)?[eE]")
_DIGITS_AND_E = bytes.maketrans(b"123456789E", b"000000000e")
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
    spared = contact_id if contact_id is not None and _UUID.fullmatch(contact_id) else ""
    text = contact.replace(spared.encode(), b"") if spared else contact
    if not may_have_card(text) and not _has_power_of_ten(text):
        return False
    # With each of two members of one name, and numbers written out: what is kept holds all of them.
    document = json.loads(contact, object_pairs_hook=_Members)
    if not has_card(json.dumps(document).replace(spared, "") if spared else json.dumps(document)):
        return False
    return has_card(json.dumps(_judged(document, key)))


def _has_power_of_ten(text: bytes) -> bool:
    # Nearly no text has a digit before an e, which is seen in a fraction of the time.
    return b"0e" in text.translate(_DIGITS_AND_E) and _POWER_OF_TEN.search(text) is not None


class _Members(list[tuple[str, Any]]):
    """The members of an object, of one name too."""


def _judged(part: Any, key: str | None) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(part, _Members):
        return [
            (name, value if name == PAYMENTS else _judged(value, key))
            for name, value in part
            if not (name in SPARED and isinstance(value, str)) and (key is None or value != key)
        ]
    if isinstance(part, list):
        return [_judged(item, key) for item in part]
    return part
