"""The target's two pages, typed by hand a second time: a field that the importer misreads can't hide here.

Imports nothing of the importer.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def is_text(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, str)


def is_flag(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, bool)


def is_number(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_email(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, str) and EMAIL.fullmatch(value) is not None


def is_gender(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return value in ("MALE", "FEMALE")


def is_object(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, dict)


def is_date(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, str) and DATE.fullmatch(value) is not None and is_real(value)


def is_moment(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    return isinstance(value, str) and DATETIME.fullmatch(value) is not None and is_real(value[:19])


def is_real(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_uuid(text: str) -> bool:
    return UUID.fullmatch(text) is not None


def list_of(item: dict[str, Check]) -> Check:
    def check(value: Any) -> bool:  # noqa: ANN401  # any JSON value
        return isinstance(value, list) and all(
            isinstance(entry, dict) and all(name in item and item[name](entry[name]) for name in entry)
            for entry in value
        )

    return check


ADDRESS: dict[str, Check] = {
    "street_1": is_text,
    "street_2": is_text,
    "street_number": is_text,
    "reference": is_text,
    "alias": is_text,
    "zip_code": is_text,
    "city": is_text,
    "state": is_text,
    "country": is_text,
}
BILLING: dict[str, Check] = {
    "document_number": is_text,
    "document_type": is_text,
    "legal_name": is_text,
    "alias": is_text,
    "street_1": is_text,
    "street_2": is_text,
    "street_number": is_text,
    "city": is_text,
    "state": is_text,
    "country": is_text,
    "zip_code": is_text,
    "phone": is_text,
    "email": is_text,
}
PAYMENT: dict[str, Check] = {
    "method": is_text,
    "last_four": is_text,
    "card_holder": is_text,
    "card_brand": is_text,
    "alias": is_text,
    "expiry_month": is_number,
    "expiry_year": is_number,
}
CREATE: dict[str, tuple[Check, bool]] = {
    "created_at": (is_moment, False),
    "updated_at": (is_moment, False),
    "deleted_at": (is_moment, True),
    "external_id": (is_text, True),
    "first_name": (is_text, True),
    "second_name": (is_text, True),
    "last_name": (is_text, True),
    "second_last_name": (is_text, True),
    "email": (is_email, False),
    "email_verified": (is_flag, False),
    "dob": (is_date, True),
    "gender": (is_gender, True),
    "country": (is_text, True),
    "city": (is_text, True),
    "phone": (is_text, True),
    "is_anonymous": (is_flag, False),
    "source": (is_text, True),
    "channel": (is_text, True),
    "phone_verified": (is_flag, False),
    "document_type": (is_text, True),
    "document_number": (is_text, True),
    "status": (is_text, False),
    "tags": (is_object, True),
    "addresses": (list_of(ADDRESS), True),
    "billing_info": (list_of(BILLING), True),
    "payments": (list_of(PAYMENT), True),
}
"""The 26 keys of a create: how each is checked, and whether the page says `| null`."""
UPDATE: dict[str, tuple[Check, bool]] = {**CREATE, "persona_id": (is_text, True)}
"""The 27 keys of an update."""
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(CREATE),
    "email_verified": False,
    "is_anonymous": False,
    "phone_verified": False,
    "status": "ACTIVE",
}


def find_faults(body: bytes, page: dict[str, tuple[Check, bool]]) -> list[str] | None:
    """Give the paths that break the page, `body` for a body that is no object of single keys; None for no JSON."""
    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=single, parse_constant=refuse_constant)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except RepeatedKeyError:
        return ["body"]
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return ["body"]
    return [name for name, value in parsed.items() if not fits(page, name, value)]


def fits(page: dict[str, tuple[Check, bool]], name: str, value: Any) -> bool:  # noqa: ANN401  # any JSON value
    if name not in page:
        return False
    check, nullable = page[name]
    return nullable if value is None else check(value)


class RepeatedKeyError(Exception):
    """A JSON object names a key twice."""


def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise RepeatedKeyError
    return dict(pairs)


def refuse_constant(name: str) -> None:
    raise ValueError(name)
