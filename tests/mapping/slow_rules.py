"""The rules of docs/codes.md, done slowly and plainly for one row; nothing of importer is used."""

import json
import re
import unicodedata
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from email_validator import EmailNotValidError, validate_email
from slow_slots import Slot, as_list, is_yes

HIDDEN = {0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFFF9, 0xFFFC), 0xFFFD}
MASKED = re.compile(r"\[card \*{9,15}[0-9]{4}\]")


def broken_rules(slot: Slot, today: date) -> list[str]:
    value, said = slot.value, slot.said
    if value is None:
        return []
    broken = []
    if any(is_control(one) for text in leaves(value) for one in text):
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


def is_control(letter: str) -> bool:
    return letter not in "\t\n\r" and (unicodedata.category(letter) == "Cc" or ord(letter) in HIDDEN)


def leaves(value: Any) -> list[str]:  # noqa: ANN401  # what JSON can hold
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in leaves(one)]
    return [text for one in value for text in leaves(one)] if isinstance(value, list) else [str(value)]


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
            return [rule] if other.value is None and not failed[other.place] else []
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
        guilty = slot.place not in spared_slots and not (slot.columns and spared.issuperset(slot.columns))
        guilty = guilty and any(has_card(text) for text in texts_of(slot))
        for column in slot.columns:
            text = cells[column] or ""
            full = has_card(text) and column not in spared and slot.place not in spared_slots
            guilty = guilty or full or bool(MASKED.search(text))
        if guilty:
            slot.bad = ["card_number"]


def texts_of(slot: Slot) -> list[str]:
    """Give the texts in which card numbers are looked for: entries of a list lie side by side, unless each is a tag."""
    if slot.value is None:
        return []
    if slot.is_tag and slot.name == "*" and isinstance(slot.value, list):
        return list(slot.value)
    if isinstance(slot.value, list | dict):
        return [json.dumps(slot.value, ensure_ascii=False, default=str)]
    return [str(slot.value)]


NOT_SEEN = {"Cc", "Cf"}
DASHES_AND_BLANKS = {"Pd", "Zs"}
FORMS = {"4-4-4-4-3", "4-4-4-4", "4-4-4-3", "4-4-4-2", "4-6-5", "4-6-4", "4-4-5", "4-3-3-3"}
ISSUERS = {
    "4": {13, 16, 19},
    "5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720": {16},
    "3[47]": {15},
    "3[68]|30[0-5]": {14, 15, 16, 17, 18, 19},
    "35|62|6011|64[4-9]|65": {16, 17, 18, 19},
    "50|5[678]|6": {13, 14, 15, 16, 17, 18, 19},
}


def has_card(text: str) -> bool:
    """Try every stretch of digits, with what stands between them, as people write card numbers."""
    text = re.sub(r"\\(?:u[0-9a-fA-F]{4}|[tnrbf])", lambda escape: json.loads(f'"{escape.group()}"'), text)
    letters = [str(unicodedata.decimal(letter, letter)) for letter in text]
    digits = [at for at, letter in enumerate(letters) if letter in set("0123456789")]
    firsts = [place for place, at in enumerate(digits) if place == 0 or digits[place - 1] < at - 1]
    lasts = [place for place, at in enumerate(digits) if place == len(digits) - 1 or digits[place + 1] > at + 1]
    return any(
        is_card(
            [letters[digits[place]] for place in range(first, last + 1)],
            gaps_in(digits[first : last + 1], letters),
            [gap for at in (first - 1, last) if at >= 0 for _, gap in gaps_in(digits[at : at + 2], letters)],
        )
        for first in firsts
        for last in lasts
        if 13 <= last - first + 1 <= 19
    )


def gaps_in(digits: list[int], letters: list[str]) -> list[tuple[int, str]]:
    """Give what stands between digits, and after how many of them, without what is not seen."""
    return [
        (count, "".join(one for one in letters[left + 1 : right] if not is_unseen(one)))
        for count, (left, right) in enumerate(pairwise(digits), 1)
        if right > left + 1
    ]


def is_unseen(letter: str) -> bool:
    return letter not in "\t\n\v\f\r" and unicodedata.category(letter) in NOT_SEEN


def is_card(digits: list[str], gaps: list[tuple[int, str]], beyond: list[str]) -> bool:
    number = "".join(digits)
    close = all(
        not gap or (len(gap) == 1 and (gap == "\u2212" or unicodedata.category(gap) in DASHES_AND_BLANKS))
        for _, gap in gaps
    )
    ends = [0, *(count for count, _ in gaps), len(number)]
    form = "-".join(str(end - begin) for begin, end in pairwise(ends))
    marks = [gap for _, gap in gaps]
    apart = (
        form in FORMS
        and len({"".join(gap.split()) for gap in marks}) == 1
        and all(0 < len(gap) <= 5 and not any(one.isalnum() or one in "[]" for one in gap) for gap in marks)
    )
    threes = re.fullmatch("[123](-3){4,6}", form) and len(set(marks)) == 1 and marks[0] in {".", ",", "'", "\u2019"}
    threes = threes and marks[0] not in beyond
    issued = any(re.match(prefix, number) and len(number) in lengths for prefix, lengths in ISSUERS.items())
    return bool(close or apart or threes) and issued and luhn(number)


def luhn(digits: str) -> bool:
    doubled = [int(one) * (2 if at % 2 else 1) for at, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0
