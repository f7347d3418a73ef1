"""A contact whose id, key, phone or document only reads as a card number is kept; one with a card is not."""

import json
from typing import Any

import pytest

from importer.rules import has_card
from importer.rules.card_contact import contact_has_card

CARD = "4111 1111 1111 1111"
READS_AS_CARD = "06fdd8b2-cdad-4209-9549-35238d3b30a5"
"""Made by chance in a run: 4209-9549-35238 begins as an issuer's, has a length it uses and the right check digit."""


@pytest.mark.parametrize(
    "contact",
    [
        {"id": READS_AS_CARD},
        {"id": "1", "persona_id": READS_AS_CARD},
        {"external_id": "4111111111111111"},
        {"phone": "4111111111111111", "document_number": "4111111111111111"},
        {"billing_info": [{"document_number": "4111111111111111", "phone": "4111111111111111"}]},
    ],
)
def test_where_long_digits_are_expected_they_are_no_card(contact: dict[str, Any]) -> None:
    text = json.dumps(contact).encode()
    assert has_card(text.decode())
    assert not contact_has_card(text, "4111111111111111")
    assert not contact_has_card(text, "4111111111111111", READS_AS_CARD)


@pytest.mark.parametrize(
    "contact",
    [
        {"id": READS_AS_CARD, "first_name": CARD},
        {"tags": {"note": CARD}},
        {"tags": {"seen": [CARD]}},
        {"addresses": [{"reference": CARD}]},
        {"payments": [{"alias": CARD}]},
        {"payments": [{"id": CARD, "phone": CARD}]},
        {"id": {"text": CARD}},
        {"external_id": CARD},
        {"loyalty": 4111111111111111},
    ],
)
def test_anywhere_else_a_card_is_found(contact: dict[str, Any]) -> None:
    assert contact_has_card(json.dumps(contact).encode(), "B0001")
    assert contact_has_card(json.dumps(contact).encode(), None)
    assert contact_has_card(json.dumps(contact).encode(), None, READS_AS_CARD)


@pytest.mark.parametrize(
    "contact",
    [
        b'{"id":"1","note":"4111111111111111","note":"ok"}',
        b'{"id":"1","n":41111111.11111111e8}',
        b'{"id":"1","n":411111111111111.1e1}',
        b'{"id":"1","n": 41111111111111110E-1}',
        b'{"id":"1","tags":[4111111111111.111e3]}',
    ],
)
def test_a_card_in_a_member_that_stands_twice_or_written_as_a_power_of_ten_is_found(contact: bytes) -> None:
    assert contact_has_card(contact, None)
    assert contact_has_card(contact, "B0001", READS_AS_CARD)


def test_numbers_and_members_without_a_card_are_none() -> None:
    assert not contact_has_card(b'{"id":"1","n":1.5e3,"n":-2E-7,"phone":"4111111111111111","phone":"1"}', None)
