"""How progress looks: one steady line on a terminal, or a line for each thing told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

BYTES = "{desc}: {percentage:3.0f}%, {n_fmt}/{total_fmt}B, {rate_fmt}, {remaining} left{postfix}"
ROWS = "{desc}: {percentage:3.0f}%, {n:,} of {total:,}{unit}, {rate_fmt}, {remaining} left{postfix}"
"""Of steps whose end is known."""


class TerminalProgress:
    """One steady line on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Draw on `stream`, which is a terminal."""
        self._stream = stream
        self._bar: tqdm[NoReturn] | None = None
        self._in_flight = self._why = ""

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Begin the line of a step."""
        self.finish()
        self._in_flight = self._why = ""
        self._bar = tqdm(
            total=total,
            desc=step,
            unit=unit if unit == "B" else f" {unit}",
            unit_scale=True,
            file=self._stream,
            leave=False,
            dynamic_ncols=True,
            bar_format=(BYTES if unit == "B" else ROWS) if total else None,
        )

    def advance(self, amount: int) -> None:
        """Move the line on."""
        if self._bar is not None:
            if self._why:
                # It moves again, so it waits no more.
                self._why = ""
                self._tell(refresh=False)
            self._bar.update(amount)

    def note(self, text: str) -> None:
        """Say on the line why it waits."""
        self._why = text
        self._tell(refresh=True)

    def pulse(self, in_flight: int) -> None:
        """Say on the line how many requests are in flight."""
        self._in_flight = f"{in_flight} in flight"
        self._tell(refresh=False)

    def detail(self, text: str) -> None:
        """Leave the line steady."""

    def finish(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _tell(self, *, refresh: bool) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(", ".join(filter(None, (self._in_flight, self._why))), refresh=refresh)


class LogProgress:
    """A line for each thing told, as `-v` wants it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Tell each by `say`."""
        self._say = say

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Tell that a step begins."""
        self._say(f"{step}: {'' if total is None else f'{total:,} '}{unit}")

    def advance(self, amount: int) -> None:
        """Tell no amount."""

    def note(self, text: str) -> None:
        """Tell why it waits."""
        self._say(text)

    def pulse(self, in_flight: int) -> None:
        """Tell no figure that changes each second."""

    def detail(self, text: str) -> None:
        """Tell it."""
        self._say(text)

    def finish(self) -> None:
        """Tell no end."""
