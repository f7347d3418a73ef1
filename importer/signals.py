"""Which signals end a run, and what they do while nothing is under way yet and while it prepares.

Imports next to nothing: it is there before all that takes time to load. `importer.watch` takes over while sending.
"""

from __future__ import annotations

import os
import signal

from importer.errors import Exit, InterruptedRunError

CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED, signal.SIGHUP: Exit.TERMINATED}
"""A terminal that is closed ends a run as SIGTERM does."""
STDERR = 2


def wanted_signals() -> dict[signal.Signals, Exit]:
    """Give the signals that end a run, but those that whoever started us has us ignore, as `nohup` does."""
    return {number: code for number, code in CODES.items() if signal.getsignal(number) is not signal.SIG_IGN}


def leave_on_signals() -> None:
    """Let a signal end the process on the spot, with its exit code: for as long as nothing is begun.

    An exception would go through libraries that are just being loaded, and some of them swallow it.
    """
    codes = wanted_signals()

    def leave(number: int, _frame: object) -> None:
        try:
            os.write(STDERR, b"importer: stopped before anything was begun\n")
        finally:
            os._exit(codes[signal.Signals(number)])

    for one in codes:
        signal.signal(one, leave)


def raise_on_signals() -> None:
    """Let a signal raise InterruptedRunError, so that what is open is closed and what is half made goes away."""
    codes = wanted_signals()

    def stop(number: int, _frame: object) -> None:
        raise InterruptedRunError("stopped; the same command goes on from here", codes[signal.Signals(number)])

    for one in codes:
        signal.signal(one, stop)


def ignore_signals() -> None:
    """Let no signal change the exit code any more: all is done and told, and only the interpreter's end is left.

    What is ignored stays so to the very end; a handler of ours would be taken away while the interpreter goes down, and
    the signal would kill.
    """
    while True:
        try:
            for one in CODES:
                signal.signal(one, signal.SIG_IGN)
        except InterruptedRunError:  # one came in this very moment, after all was told
            continue
        return
