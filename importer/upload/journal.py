"""What sending writes down: intents and outcomes, counted and told only when they are durable."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from importer.outcome import Outcome, State
from importer.task import Task, Tick

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.progress import Progress
    from importer.task import Recorder
    from importer.upload.pace import Pace

TICK_EVERY = 1.0
# An enum's member costs a call each time it is looked up on its class.
UNSENT = State.UNSENT

Held = list[tuple[Task, Outcome]]
"""Outcomes of one worker that are not durable yet: they go with its next intent, which costs one wait."""


class Spending:
    """Counts requests for the day's budget, with the recorder and the pace."""

    def __init__(self, recorder: Recorder, pace: Pace) -> None:
        """Nothing is counted yet."""
        self._recorder = recorder
        self._pace = pace

    def count(self, number: int) -> None:
        """Count requests; a negative number takes back what never left. Durable with the recorder's next commit."""
        self._recorder.count_requests(number)
        self._pace.spend(number)

    async def keep(self) -> None:
        """Return when what was counted is durable. Raises StateError when it can't be made so."""
        await self._recorder.commit([], [])


class Journal:
    """Writes to the recorder. `counts` are the settled rows that are durable."""

    def __init__(self, recorder: Recorder, pace: Pace, monotonic: Callable[[], float], progress: Progress) -> None:
        self._recorder = recorder
        self._pace = pace
        self._monotonic = monotonic
        self._progress = progress
        self._spending = Spending(recorder, pace)
        self._ticked = monotonic()
        self.counts: Counter[State] = Counter()

    def detail(self, text: str) -> None:
        """Tell whoever wants details."""
        self._progress.detail(text)

    def count(self, number: int) -> None:
        """Count requests for the day's budget; a negative number takes back what never left."""
        self._spending.count(number)

    async def commit(self, held: Held, intents: list[Task]) -> None:
        """Make outcomes and intents durable together, empty `held`, and tell of the rows settled."""
        if not held and not intents:
            return
        self._tick()
        await self._recorder.commit(held, intents)
        settled = 0
        for _, outcome in held:
            if outcome.state is not UNSENT:
                self.counts[outcome.state] += 1
                settled += 1
        held.clear()
        if settled:
            self._progress.advance(settled)

    def _tick(self) -> None:
        now = self._monotonic()
        if now - self._ticked < TICK_EVERY:
            return
        self._ticked = now
        pace = self._pace
        self._progress.pulse(pace.in_flight)
        self._recorder.tick(
            Tick(self.counts.total(), pace.in_flight, pace.limit, pace.latency * 1000 or None, pace.waiting)
        )
