"""The fields of a mapping one by one, as the slow reading of the docs sees them; nothing of importer is used."""

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Yaml: TypeAlias = Any
"""Text, or lists and tables of it, or null."""
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
KINDS = {
    "id": "uuid", "email": "email", "dob": "date", "created_at": "datetime", "updated_at": "datetime",
    "deleted_at": "datetime", "gender": "enum", "email_verified": "boolean", "phone_verified": "boolean",
    "is_anonymous": "boolean", "phone": "phone", "document_number": "document", "last_four": "last_four",
    "expiry_month": "month", "expiry_year": "year",
}  # fmt: skip
TOP = [
    "created_at",
    "updated_at",
    "deleted_at",
    "external_id",
    "persona_id",
    "first_name",
    "second_name",
    "last_name",
    "second_last_name",
    "email",
    "email_verified",
    "dob",
    "gender",
    "country",
    "city",
    "phone",
    "is_anonymous",
    "source",
    "channel",
    "phone_verified",
    "document_type",
    "document_number",
    "status",
]
ITEMS = {
    "addresses": [
        "street_1",
        "street_2",
        "street_number",
        "reference",
        "alias",
        "zip_code",
        "city",
        "state",
        "country",
    ],
    "billing_info": [
        "document_number",
        "document_type",
        "legal_name",
        "alias",
        "street_1",
        "street_2",
        "street_number",
        "city",
        "state",
        "country",
        "zip_code",
        "phone",
        "email",
    ],
    "payments": ["method", "last_four", "card_holder", "card_brand", "alias", "expiry_month", "expiry_year"],
}
SQL: dict[str, Any] = {
    "coalesce(A, 'none')": lambda cells: cells["A"] if cells["A"] is not None else "none",
    "upper(B) || '-' || A": lambda cells: (
        None if None in (cells["A"], cells["B"]) else cells["B"].upper() + "-" + cells["A"]
    ),
    "CASE WHEN C = 'x' THEN D ELSE left(A, 2) END": lambda cells: (
        cells["D"] if cells["C"] == "x" else None if cells["A"] is None else cells["A"][:2]
    ),
}
SQL_COLUMNS = {text: [name for name in "ABCD" if re.search(rf"\b{name}\b", text)] for text in SQL}


@dataclass
class Slot:
    """One field under way."""

    place: str
    name: str
    kind: str
    said: dict[str, Any]
    item: str | None = None
    when: dict[str, Any] | None = None
    number: int = 0
    value: Any = None
    is_default: bool = False
    bad: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        if "sql" in self.said:
            return SQL_COLUMNS[self.said["sql"]]
        found = [self.said["column"]] if "column" in self.said else as_list(self.said.get("columns", []))
        return [name.replace("{n}", str(self.number)) for name in found]

    @property
    def is_tag(self) -> bool:
        return self.place.startswith("tags.")


class BrokenError(Exception):
    """A step that fails, by the name of its rule."""


def as_list(said: Yaml) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def is_yes(said: dict[str, Any], key: str, usual: str = "false") -> bool:
    return bool(said.get(key, usual) == "true")


def steps_of(said: Yaml) -> dict[str, Any]:
    return {"column": said} if isinstance(said, str) else said


def slots_of(mapping: dict[str, Any]) -> list[Slot]:
    contact = mapping["contact"]
    mapped = [name for name in ("id", *TOP) if name in contact]
    found = [Slot(name, name, KINDS.get(name, "text"), steps_of(contact[name])) for name in mapped]
    for tag, said in contact.get("tags", {}).items():
        found.append(Slot(f"tags.{tag}", tag, "text", steps_of(said)))
    for kind, names in ITEMS.items():
        count = 0
        for item in contact.get(kind, []):
            for number in range(1, int(item.get("repeat", "0")) + 1) if "repeat" in item else [0]:
                when = item.get("when")
                when = {"column": when} if isinstance(when, str) else when
                place = f"{kind}[{count}]"
                found += [
                    Slot(f"{place}.{name}", name, KINDS.get(name, "text"), steps_of(item[name]), place, when, number)
                    for name in names
                    if name in item
                ]
                count += 1
    return found
