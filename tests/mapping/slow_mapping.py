"""What docs/mapping.md says, done slowly and plainly for one row; nothing of importer is used.

A mapping comes as the plain text, lists and tables that YAML has; cells are a dict of columns.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from slow_rules import broken_rules, is_dropped, judge_cards, pair_rules
from slow_slots import BrokenError, Slot, Yaml, as_list, is_yes, slots_of
from slow_steps import constant, is_meant, origin_text, typed


@dataclass
class Outcome:
    """What becomes of a row; the bodies mean nothing where there are reasons."""

    reasons: list[str]
    dropped: list[str]
    body: Any
    update: Any
    unique: dict[str, str | None]
    """The texts that no two rows may share; they mean nothing where there are reasons."""


def work(mapping: dict[str, Any], cells: dict[str, str | None], today: date) -> Outcome:
    """Do all that a mapping says with one row."""
    slots = slots_of(mapping)
    blanks = {"", *as_list(mapping.get("source", {}).get("blank", []))}
    for slot in slots:
        if slot.when is not None and not is_meant(slot, cells, blanks):
            continue
        try:
            slot.value = typed(slot, origin_text(slot, cells, blanks), mapping, cells)
        except BrokenError as bad:
            slot.bad.append(str(bad))
    raw = {slot.place: slot.value for slot in slots}
    for slot in slots:
        mates = [other for other in slots if other.item == slot.item and "value" not in other.said]
        filled = slot.item is None or any(raw[other.place] is not None for other in mates)
        if slot.value is None and not slot.bad and "default" in slot.said and "value" not in slot.said and filled:
            slot.value = constant(slot, slot.said["default"])
            slot.is_default = True
    steps_failed = {slot.place: bool(slot.bad) for slot in slots}
    rules = {slot.place: broken_rules(slot, today) for slot in slots}
    for slot in slots:
        mates = [other for other in slots if other.item == slot.item and "value" not in other.said]
        stay = [
            other
            for other in mates
            if other.value is not None
            and not other.is_default
            and not (is_dropped(other, mapping) and rules[other.place])
        ]
        if slot.value is None and not slot.bad and is_yes(slot.said, "required") and (slot.item is None or stay):
            slot.bad.append("required")
    for slot in slots:
        slot.bad += rules[slot.place] + pair_rules(slot, slots, rules, steps_failed, mapping)
    judge_cards(slots, cells, mapping)
    return outcome(slots, mapping)


def outcome(slots: list[Slot], mapping: dict[str, Any]) -> Outcome:
    reasons: list[str] = []
    dropped: list[str] = []
    for slot in slots:
        for rule in slot.bad:
            drops = is_dropped(slot, mapping) and rule != "card_number"
            (dropped if drops else reasons).append(f"{slot.place}|{rule}")
    by_place = {slot.place: slot for slot in slots}
    known = [by_place[name] for name in (*as_list(mapping.get("key", [])), "id") if name in by_place]
    keys = [slot for slot in known if slot.place != "id"]
    has_key = bool(keys) and all(slot.value is not None and not slot.bad for slot in keys)
    has_id = any(slot.place == "id" and slot.value is not None and not slot.bad for slot in known)
    if not has_key and not has_id and not any(slot.bad for slot in known):
        reasons.append("key|required")
    unique = {slot.place: slot.value for slot in slots if is_yes(slot.said, "unique")}
    return Outcome(sorted(reasons), sorted(dropped), body_of(slots, update=False), body_of(slots, update=True), unique)


def body_of(slots: list[Slot], *, update: bool) -> Yaml:
    body: dict[str, Any] = {}
    items: dict[str, dict[str, Any]] = {}
    filled = {
        slot.item
        for slot in slots
        if "value" not in slot.said and not slot.is_default and slot.value is not None and not slot.bad
    }
    for slot in slots:
        value = None if slot.bad else slot.value
        if slot.place == "id" or (update and slot.said.get("write", "always") != "always"):
            continue
        if slot.item is not None:
            if slot.item in filled and value is not None:
                items.setdefault(slot.item, {})[slot.name] = value
        elif slot.is_tag:
            body["tags"] = {**body.get("tags", {}), **tags_of(slot, slots, value)}
        elif value is not None:
            if slot.name != "persona_id" or update:
                body[slot.name] = value
        elif update and slot.said.get("on_blank") == "clear" and not slot.bad:
            body[slot.name] = None
    for name, item in items.items():
        body.setdefault(name.split("[")[0], []).append(item)
    return {key: value for key, value in body.items() if value != {}}


def tags_of(slot: Slot, slots: list[Slot], value: Yaml) -> dict[str, Any]:
    if value is None:
        return {}
    named = {other.name for other in slots if other.is_tag and other.name != "*"}
    if slot.name != "*":
        return {slot.name: value}
    members = value if isinstance(value, dict) else dict.fromkeys(value, True)
    return {entry: meant for entry, meant in members.items() if entry not in named}
