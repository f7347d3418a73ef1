"""What a field is: the words in which the contact model, the mapping, the rules and the bodies speak of it."""

from dataclasses import dataclass
from enum import StrEnum


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
