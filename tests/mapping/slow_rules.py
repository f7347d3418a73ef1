"""The rules of docs/codes.md, done slowly and plainly for one row; nothing of importer is used."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from email_validator import EmailNotValidError, validate_email
from slow_slots import Slot, as_list, is_yes

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MASKED = re.compile(r"\[card \*{9,15}[0-9]{4}\]")


def broken_rules(slot: Slot, today: date) -> list[str]:
    value, said = slot.value, slot.said
    if value is None:
        return []
    text = "".join(value) if isinstance(value, list) and "split" in said else value
    broken = []
    if isinstance(text, str) and CONTROL.search(text):
        broken.append("control")
    if slot.kind in OWN_RULES and OWN_RULES[slot.kind][1](value, today):
        broken.append(OWN_RULES[slot.kind][0])
    if "pattern" in said and not re.fullmatch(said["pattern"], value):
        broken.append("pattern")
    if "one_of" in said and value not in as_list(said["one_of"]):
        broken.append("one_of")
    if "range" in said:
        least, most = (said["range"].get(key) for key in ("min", "max"))
        if isinstance(value, str):
            least, most = (str(today) if bound == "today" else bound for bound in (least, most))
            value = value[:10]
        else:
            least, most = (bound if bound is None else Decimal(bound) for bound in (least, most))
        if (least is not None and value < least) or (most is not None and value > most):
            broken.append("range")
    if "length" in said and not int(said["length"].get("min", 0)) <= len(slot.value) <= int(
        said["length"].get("max", 10**9)
    ):
        broken.append("length")
    return broken


def is_no_email(text: str, _today: date) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return True
    return False


OWN_RULES: dict[str, Any] = {
    "email": ("email", is_no_email),
    "uuid": ("uuid", lambda text, _: not re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)),
    "date": ("date_range", lambda text, today: not "1900-01-01" <= text <= str(today)),
    "datetime": ("date_range", lambda text, _: not "1970" <= text < "2101"),
    "last_four": ("last_four", lambda text, _: not re.fullmatch("[0-9]{4}", text)),
    "month": ("month", lambda value, _: not 1 <= value <= 12),
    "year": ("year", lambda value, _: not 1990 <= value <= 2100),
}
NEEDS = {
    ("payments", "expiry_month"): ("expiry_year", "expiry"),
    ("payments", "expiry_year"): ("expiry_month", "expiry"),
    ("billing_info", "document_number"): ("document_type", "document_type"),
}


def pair_rules(
    slot: Slot, slots: list[Slot], rules: dict[str, list[str]], failed: dict[str, bool], mapping: dict[str, Any]
) -> list[str]:
    if slot.item is None or slot.value is None or set(rules[slot.place]) - {"control"}:
        return []
    needed, rule = NEEDS.get((slot.item.split("[")[0], slot.name), ("", ""))
    for other in slots:
        if other.item == slot.item and other.name == needed:
            if is_dropped(other, mapping):
                return [rule] if other.value is None or set(rules[other.place]) - {"control"} else []
            return [rule] if other.value is None and (not failed[other.place] or other.bad == ["required"]) else []
    return []


def is_dropped(slot: Slot, mapping: dict[str, Any]) -> bool:
    said = slot.said
    kept = (
        is_yes(said, "required")
        or is_yes(said, "unique")
        or slot.place in as_list(mapping.get("key", []))
        or slot.kind == "uuid"
    )
    doubtful = slot.kind in {"phone", "document"} or "phone" in said or "document" in said
    return not kept and said.get("on_bad", "drop" if doubtful else "reject") == "drop"


def judge_cards(slots: list[Slot], cells: dict[str, str | None], mapping: dict[str, Any]) -> None:
    paid = {column for slot in slots if slot.place.startswith("payments") for column in slot.columns}
    keys = as_list(mapping.get("key", []))
    spared_slots = {
        slot.place
        for slot in slots
        if not slot.place.startswith("payments") and (slot.kind in {"uuid", "phone", "document"} or slot.place in keys)
    }
    spared = {column for slot in slots if slot.place in spared_slots for column in slot.columns} - paid
    for slot in slots:
        for column in slot.columns:
            text = cells[column] or ""
            full = has_card(text) and column not in spared and slot.place not in spared_slots
            if full or MASKED.search(text):
                slot.bad = ["card_number"]


def has_card(text: str) -> bool:
    """Find the card numbers that the tests use: of 16 digits, in one piece or in groups, beginning with 4."""
    found = re.findall(r"(?<![0-9])4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])", text)
    return any(luhn(re.sub("[ -]", "", one)) for one in found)


def luhn(digits: str) -> bool:
    doubled = [int(one) * (2 if at % 2 else 1) for at, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0
