"""How long the steps of a run take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Stopwatch:
    """Sums the seconds of named steps; `total` runs from its making."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Start the total. `monotonic` gives seconds that never jump."""
        self._monotonic = monotonic
        self._begun = monotonic()
        self._steps: dict[str, float] = {}

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Add the block's seconds to a step, whether it ends well or not."""
        begun = self._monotonic()
        try:
            yield
        finally:
            self._steps[step] = self._steps.get(step, 0.0) + self._monotonic() - begun

    def seconds(self) -> dict[str, float]:
        """Give the seconds of each step and of the whole so far."""
        return {**self._steps, "total": self._monotonic() - self._begun}
