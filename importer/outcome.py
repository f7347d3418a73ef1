"""The words for what happens to a row. Every row ends in exactly one state; the seven add up to the rows read."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a row ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


class Action(StrEnum):
    """What the plan wants done with a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    HELD = "held"
    """Its key's create is unknown, so it ends `unknown` (`create|pending`) and nothing is sent."""
    REJECTED = "rejected"


class Method(StrEnum):
    """The two calls of the target."""

    CREATE = "POST"
    UPDATE = "PUT"


LANDED = frozenset({State.CREATED, State.UPDATED})
"""The states in which the server holds what the row says."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one row's sending came to, as the ledger keeps it.

    `code` is stable and for machines (`http|422`); `message` is the server's words, cut and cleaned, for results.csv
    only.
    """

    state: State
    contact_id: str | None = None
    http_status: int | None = None
    code: str | None = None
    message: str | None = None
    answer: bytes | None = None
    """The server's last stored form of the contact (a JSON object), when it gave one."""
