"""What the test server records of each request. Imports nothing of the importer."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Received:
    """One request as it came, and what became of it."""

    number: int
    time: float
    """When its head had come, by time.monotonic."""
    method: str
    path: str
    """As sent: percent-encoding kept, query included."""
    headers: dict[str, str]
    """Names in lower case."""
    connection: int = 0
    """On which it came, counted from 1 over the server's life."""
    body: bytes = b""
    committed: bool = False
    contact_id: str | None = None
    answered: bool = False
    """The whole answer was handed to the socket."""
    status: int | None = None
    """Of the answer, where there was one."""
    ended: float | None = None
    """When the answer or the cut was done."""

    @property
    def json(self) -> Any:  # noqa: ANN401  # any JSON value
        return json.loads(self.body)
