"""What a field is: the words in which the contact model, the mapping, the rules and the bodies speak of it."""

from dataclasses import dataclass
from enum import StrEnum

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb\ufffd]"
"""What no field may carry, as a pattern for Polars and Python alike: control characters (C0 and C1) but tab, line feed
and carriage return; what hides in a text or turns its order: zero-width space, word joiner, byte-order mark, direction
overrides; and U+FFFD, which stands for a letter that was lost before. Joiners of emoji and scripts are not of these."""


class Kind(StrEnum):
    """What a field holds, which decides its default type step and its rules."""

    TEXT = "text"
    EMAIL = "email"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ENUM = "enum"
    INTEGER = "integer"
    UUID = "uuid"
    PHONE = "phone"
    COUNTRY = "country"
    DOCUMENT = "document"
    LAST_FOUR = "last_four"
    MONTH = "month"
    YEAR = "year"
    OBJECT = "object"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the contact or of an item of it."""

    name: str
    kind: Kind
    about: str
    nullable: bool = True
    choices: tuple[str, ...] = ()
    default: str | None = None
    """What the server is documented to assume when the field is left out."""
    update_only: bool = False
    items: tuple["Field", ...] = ()
    """The fields of one item, where kind is ITEMS."""
