"""What is sent for a row, and what the sender needs of whoever records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from importer.outcome import Action, Outcome


@dataclass(frozen=True, slots=True)
class Task:
    """One row to be sent. `part` and `position` say where in the parts it lies, `source` and `row` which it is."""

    part: int
    position: int
    source: int
    row: int
    action: Literal[Action.CREATE, Action.UPDATE]
    key: str | None
    """None for a row that is known by its id alone; a create always has one."""
    contact_id: str | None
    """Whom an update goes to; None for a create."""
    body: bytes
    fingerprint: bytes | None
    """Of the mapped contact; None where a create can't carry all of it, so that the next run sends the rest."""
    attempts: int = 0
    """Intents of this row that this run had committed before, when it goes on after a stop."""
    carried: bytes | None = None
    """Hash of what an update carries under the mapping's write policies; None for a create, which carries all."""


@dataclass(frozen=True, slots=True)
class Tick:
    """How sending went at one moment of a run."""

    done: int
    """Rows that have an outcome since this sending began."""
    in_flight: int
    limit: int
    """Requests allowed in flight."""
    latency_ms: float | None = None
    waiting: str | None = None
    """Why nothing is sent just now, in words; None when it is."""


class Recorder(Protocol):
    """Makes intents durable before requests leave, and outcomes before they are told.

    The order for one row: `commit` its intent, send, `commit` its outcome (best with the intent of the worker's next
    row, which costs one wait). Then:

    * **Tried again, and the last request may have left** (429, 401, or a PUT after 5xx or silence): `commit` the intent
      once more, no outcome. Each such commit adds one to the row's attempts.
    * **Tried again, and no byte left**: nothing is committed. The intent still stands and still counts once.
    * **Given up, certainly not acted on**: an outcome with `State.UNSENT`. The row is free to be sent later, by this
      run or another. With an `http_status` the last attempt stays counted; without one no byte of it left, so it is
      taken back.

    Every other outcome (created, updated, failed, unknown) settles the row for its run.
    """

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Return when all of it is durable, and all that was counted before.

        Raises StateError when it can't be made so, and at every later call.
        """

    def count_requests(self, number: int) -> None:
        """Count requests, sign-in and retries included, for the day's budget; durable with the next commit."""

    def tick(self, tick: Tick) -> None:
        """Keep a moment of the run's time series; durable with the next commit."""
