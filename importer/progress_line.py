"""How progress looks: one steady line on a terminal, and now and then a line in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

BYTES = "{desc}: {percentage:3.0f}%, {n_fmt}/{total_fmt}B, {rate_fmt}, {remaining} left{postfix}"
ROWS = "{desc}: {percentage:3.0f}%, {n:,} of {total:,}{unit}, {rate_fmt}, {remaining} left{postfix}"
"""Of steps whose end is known."""
LEAST_APART, MOST_APART = 30.0, 600.0
"""Seconds from one line of a log to the next: at least a tenth of what the step has lasted, within these."""


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
    """A line now and then, for a log that is read later; with `details` one for each thing told, as `-v` wants it.

    A step tells nothing in its first half minute, then a line each half minute, and less often the longer it lasts.
    """

    def __init__(self, say: Callable[[str], None], monotonic: Callable[[], float], *, details: bool = False) -> None:
        """Tell each by `say`; `monotonic` gives seconds."""
        self._say = say
        self._monotonic = monotonic
        self._details = details
        self._total: int | None = None
        self._step = self._unit = self._in_flight = self._why = ""
        self._done = 0
        self._begun = self._told = 0.0

    def start(self, step: str, total: int | None, unit: str) -> None:
        """Begin a step."""
        self.finish()
        self._step, self._total, self._unit = step, total, unit
        self._begun = self._told = self._monotonic()
        if self._details:
            self._say(f"{step}: {'' if total is None else f'{total:,} '}{unit}")

    def advance(self, amount: int) -> None:
        """Move on."""
        self._done += amount
        self._tell_in_time()

    def note(self, text: str) -> None:
        """Tell why it waits: each cause at once, and again with the next line."""
        # The same cause may come and go each second.
        cause, known = (one.partition(":")[0] for one in (text, self._why))
        self._why = text
        if self._details or cause != known:
            self._say(text)

    def pulse(self, in_flight: int) -> None:
        """Keep how many requests are in flight for the next line."""
        self._in_flight = f", {in_flight} in flight"
        self._tell_in_time()

    def detail(self, text: str) -> None:
        """Tell it to who wants details."""
        if self._details:
            self._say(text)

    def finish(self) -> None:
        """Tell the end of a step that has told a line before."""
        if self._step and self._told > self._begun:
            took = tqdm.format_interval(self._monotonic() - self._begun)
            self._say(f"{self._step}: {self._moved()} in {took}")
        self._step = self._in_flight = self._why = ""
        self._done = 0

    def _tell_in_time(self) -> None:
        now = self._monotonic()
        lasted = now - self._begun
        if not self._step or now - self._told < min(max(LEAST_APART, lasted / 10), MOST_APART):
            return
        self._told = now
        rate = self._done / lasted
        left = (self._total or 0) - self._done
        until = f", {tqdm.format_interval(left / rate)} left" if rate and left > 0 else ""
        why = f"; waited: {self._why}" if self._why else ""
        speed = f"{tqdm.format_sizeof(rate)}B" if self._unit == "B" else f"{rate:,.1f} {self._unit}"
        self._say(f"{self._step}: {self._moved()}, {speed} a second{self._in_flight}{until}{why}")
        self._why = ""

    def _moved(self) -> str:
        """Give how far it is."""
        share = f"{100 * self._done / self._total:.0f}%, " if self._total else ""
        if self._unit == "B":
            return f"{share}{tqdm.format_sizeof(self._done)}B"
        whole = f" of {self._total:,}" if self._total else ""
        return f"{share}{self._done:,}{whole} {self._unit}"
