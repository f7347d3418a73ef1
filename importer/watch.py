"""Watching for signals while sending: the first ends the run cleanly, the second at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import InterruptedRunError
from importer.signals import wanted_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.errors import Exit


class Stop:
    """Set by the first signal; the second cancels the task that watches."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.event = asyncio.Event()
        self.exit_code: Exit | None = None

    def error(self) -> InterruptedRunError | None:
        """Give what to tell the caller, None where no signal came."""
        if self.exit_code is None:
            return None
        return InterruptedRunError("interrupted; the same command goes on from here", self.exit_code)


@contextmanager
def watch_signals() -> Iterator[Stop]:
    """Watch for signals in the running loop while the block runs; then whoever watched before does again.

    Raises InterruptedRunError when a second one cut the block off.
    """
    stop = Stop()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    codes = wanted_signals()

    def take(number: signal.Signals) -> None:
        if stop.event.is_set() and task is not None:
            task.cancel()
        stop.exit_code = stop.exit_code or codes[number]
        stop.event.set()

    before = {number: signal.getsignal(number) for number in codes}
    for number in codes:
        loop.add_signal_handler(number, take, number)
    try:
        yield stop
    except asyncio.CancelledError:
        if stop.exit_code is None:
            raise
        raise InterruptedRunError(
            "interrupted twice: what was in flight is in doubt; the same command goes on from here", stop.exit_code
        ) from None
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
