"""How long work tells that it moves on, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Told of a step's beginning, its advance and its end."""

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Begin a step of `total` `unit`s; None when it is not known how many."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more units are done."""

    def note(self, text: str) -> None:
        """Say something that explains a wait."""

    def pulse(self, in_flight: int) -> None:
        """Say how many requests are in flight, about once a second while there are any."""

    def detail(self, text: str) -> None:
        """Say something that only who asks for details wants to read: numbers of rows and codes, never a cell."""

    def finish(self) -> None:
        """End the step."""


class Silent:
    """A progress that tells nobody."""

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Nobody listens."""

    def advance(self, amount: int) -> None:
        """Nobody listens."""

    def note(self, text: str) -> None:
        """Nobody listens."""

    def pulse(self, in_flight: int) -> None:
        """Nobody listens."""

    def detail(self, text: str) -> None:
        """Nobody listens."""

    def finish(self) -> None:
        """Nobody listens."""
