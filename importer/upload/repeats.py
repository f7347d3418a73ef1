"""What may be sent beyond one request a row: a tenth of what was answered, and the first few in advance."""

from __future__ import annotations

SHARE = 0.1
"""Extra requests that each answered one pays for (the share of Google's SRE book, "Handling Overload")."""
ADVANCE, MOST, LEAST = 20.0, 200.0, -10.0
"""Extra requests that may be made before any was paid for, that may be saved up, and the deepest debt."""
PROBE_SHARE = 1 / 8
"""What of the balance may be in flight together while nothing was answered since the last refusal."""


class RetryBudget:
    """The balance of extra requests. What was given in advance is paid back before anything is saved up."""

    def __init__(self) -> None:
        """Nothing was answered yet."""
        self._balance = ADVANCE
        self._owed = ADVANCE

    @property
    def in_debt(self) -> bool:
        """Whether more was sent again than was paid for."""
        return self._balance < 0

    @property
    def probes(self) -> int:
        """How many requests may be in flight to a server that has refused and not answered since."""
        return max(1, int(self._balance * PROBE_SHARE))

    def earn(self) -> None:
        """Note that a request was answered."""
        if self._balance >= 0 and self._owed > 0:
            self._owed -= SHARE
        else:
            self._balance = min(MOST, self._balance + SHARE)

    def charge(self) -> None:
        """Note that a request must be sent again, since it was refused unread."""
        self._balance = max(LEAST, self._balance - 1)

    def may_repeat(self) -> bool:
        """Take one repeat, if the balance holds one."""
        if self._balance < 1:
            return False
        self._balance -= 1
        return True
