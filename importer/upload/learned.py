"""The rate that a server was seen to allow, learned from what it refuses, and kept just below.

Nothing is held until the first refusal (429). From the next request on they are spaced evenly. What was served from one
wait to the next is a stretch, and the refusal that ends it is a lesson:

* requests served among refused ones come from a bucket that fills: they tell its rate, two stretches tell it exactly;
* where none is, a window may have been used up: what was served is tried again, quickly. If it comes to the same, the
  server counts anew each second (see window), and no second gets more than that from then on;
* where that can't be told, what was served in the last second is what a second allows;
* what was served from one refusal to the next, the wait included, is a rate that the server surely allows.

Below the ceiling the rate is flat. It is tried in a cubic curve after `patience`: at once while the ceiling is a guess,
then after 10 s, 100 s, 600 s, since a try that fails costs a whole Retry-After. A server that serves twice the ceiling
has become faster: the ceiling is what it serves, and searched anew. A stretch in which nothing was served is an outage
and teaches nothing.

Some servers refuse a few requests at any rate: one of their nodes sheds load. There slowing down does not help, and
believing each refusal would slow down without end. Where many lessons in a row have brought the ceiling far down in
little time, they were not about the rate: it is forgotten, and no more is learned in this run.
"""

from __future__ import annotations

from collections import deque
from math import sqrt

from importer.upload.rate import SLACK, Second
from importer.upload.stretch import SECOND, Stretch
from importer.upload.window import Window

NEAR = 0.995
"""What of the ceiling is used."""
START = 0.01
"""How far below that a stretch begins."""
STEEP = 0.25
"""How far beyond it the rate is after twice the patience."""
FASTER = 2.0
GUESS, FIRM, CONFIRMED, LONGEST = 0.5, 10.0, 100.0, 600.0
"""Seconds of patience, by how surely the ceiling is known."""
RARER = 6.0
ALIKE = 1.3
"""Two lessons tell the same where what they tell differs by less."""
SHARP = 1.15
"""A rate reached beyond what was served by less than that tells the ceiling well enough not to search on at once."""
CUT, AGAIN = 0.9, 0.995
"""What stays of a ceiling that was refused soon, and of one that was refused after long."""
STILL, BARELY = 0.9, 0.985
"""What of a server's count was served in the second before a refusal where it was barely too much; what then stays."""
COUNTED = 200
"""Requests that must have been served in a stretch for its rate to be sure."""
MISCOUNT, MOST_MISCOUNT = 2.0, 0.015
"""Requests by which a count may be wrong, and the share that is taken off for it at most."""
TRICKLE = 0.9
"""What is believed of the rate of a few requests served among refused ones."""
BUCKET_LEAST, LIKELY_LEAST = 0.5, 0.85
"""What of the count a bucket's rate is at least where one was seen, and where it only may be one."""
ROUNDS = 20
"""Steps in which the rate and what is saved up come to fit each other; more change nothing."""
LESSONS, WITHIN, FAR = 32, 600.0, 0.4
"""So many lessons in so many seconds, and a ceiling below that part of the highest one, tell of no rate."""
EVERY = 0.1
"""Seconds after which it is looked again whether a server serves as much as the ceiling, where more is asked of it."""
LEAST = 0.5
"""Requests a second below which no ceiling is learned."""
LATE, LATE_SHARE = 0.02, 0.05
"""Seconds, or where that is less than a request, the share of its span, by which a late wake-up is caught up."""


class Learned:
    """A ceiling in requests a second; None while none is known. `now` is in seconds that never jump."""

    def __init__(self) -> None:
        """Nothing was refused yet."""
        self.ceiling: float | None = None
        self.told: float | None = None
        """The requests a second that the server tells that it allows."""
        self._next = 0.0
        self._patience = GUESS
        self._since = 0.0
        self._stretch: Stretch | None = None
        self._before: Stretch | None = None
        self._shortest: Stretch | None = None
        self._count = 0
        self._bucket = False
        self._lessons: deque[float] = deque(maxlen=LESSONS)
        """When each of the last lessons ended."""
        self._highest = 0.0
        """The highest ceiling that a lesson told."""
        self._misled = False
        """Whether refusals turned out not to be about the rate."""
        self._looked = 0.0
        self._window = Window()
        self._trial: float | None = None
        """Times the ceiling that is asked for, while the server's count is searched."""
        self._second: Second | None = None
        """Holds each second to the server's count, once that is known."""
        self._barely = False
        """Whether the newest refusal was believed to be of barely too many; two soon one after the other are not."""

    def rate(self, now: float) -> float | None:
        """Give the requests a second that may leave now; None for any."""
        if self.ceiling is None:
            return self.told
        rate = self.ceiling * NEAR * self._curve((now - self._since) / self._patience)
        return rate if self.told is None else min(rate, self.told)

    def _curve(self, part: float) -> float:
        """Give what to ask for, in parts of the ceiling, after some part of the patience."""
        if self._trial is not None:
            return self._trial + STEEP * max(0.0, part - 2) ** 3
        if part > 1:
            return 1 + STEEP * (part - 1) ** 3
        return 1 - START * (1 - part) ** 3 if self._second is None else 1.0

    def wait(self, now: float) -> float:
        """Give the seconds until one more may leave."""
        wait = max(0.0, self._next - now)
        if wait or self._second is None or self.ceiling is None or now - self._since > self._patience:
            return wait
        return self._second.wait(self.ceiling, now)

    def take(self, now: float) -> None:
        """Note that a request leaves."""
        if self._stretch is None or self._stretch.refused_at is not None:
            self._begin(now)
        if self._stretch is not None:
            self._stretch.last = now
        rate = self.rate(now)
        if rate is None:
            return
        beyond = self.ceiling is not None and rate >= NEAR * FASTER * self.ceiling
        if beyond and self._stretch is not None and now - self._looked >= EVERY and self._stretch.seconds >= SECOND:
            self._look(self._stretch.last_second, rate, now)
        late = LATE if LATE * rate > 1 else LATE_SHARE / rate
        if self._second is not None:
            self._second.take(now)
            late = SLACK
        self._next = max(self._next, now - late) + 1 / rate

    def _look(self, served: float, rate: float, now: float) -> None:
        """Search the ceiling anew at twice its height where the server does serve what the ceiling says."""
        self._looked = now
        if self.ceiling is not None and served >= CUT * self.ceiling:
            self.ceiling, self._patience, self._since = rate, GUESS, now
            self._trial = self._second = None

    def leave(self, now: float) -> None:
        """Note, once for each that was taken, that it leaves now, or that it will not."""
        if self._second is not None:
            self._second.leave(now)

    def served(self, left: float) -> None:
        """Note that a request which left then was served."""
        if self._stretch is not None and left >= self._stretch.begun:
            self._stretch.serve(left)

    def refused(self, left: float) -> bool:
        """Note that a request which left then was refused; whether that will be a lesson."""
        if self._misled or self._stretch is None or left < self._stretch.begun:
            return False
        self._stretch.refuse(left)
        return self._stretch.served > 0

    def _begin(self, now: float) -> None:
        if self._stretch is not None and self._stretch.served and not self._misled:
            self._learn(self._stretch, now - self._stretch.end)
            self._doubt(self._stretch.end)
        self._stretch = Stretch(now)
        self._since = self._next = now

    def _learn(self, stretch: Stretch, pause: float) -> None:
        """Set the ceiling by a stretch and the seconds that nothing left after it."""
        reached = self.rate(stretch.end)
        trickle = stretch.trickle()
        self._bucket = self._bucket or trickle is not None
        # A shorter pause fills no bucket: two that are emptied may be served the same by chance.
        if pause >= SECOND and not self._bucket and (reached is None or self._trial is not None):
            ceiling = self._search(stretch, reached)
        elif reached is None:
            ceiling = TRICKLE * trickle if trickle is not None else float(stretch.last_second)
        else:
            ceiling = self._judge(stretch, reached)
        if self._before is not None and self._trial is None and self._second is None:
            ceiling = max(ceiling, stretch.served / (stretch.end - self._before.end))
        self.ceiling = max(LEAST, ceiling)
        self._count = stretch.last_second
        self._before = stretch
        if self._shortest is None or stretch.seconds < self._shortest.seconds:
            self._shortest = stretch

    def _search(self, stretch: Stretch, reached: float | None) -> float:
        """Give the ceiling while it may be a server's count of each second."""
        self._window.note(stretch.served, stretch.seconds, stretch.peak)
        self._trial = None
        if (size := self._window.size) is not None:
            self._second, self._patience = Second(), CONFIRMED
            return size
        least = self._window.least
        if least is not None and (trial := self._window.trial) is not None:
            self._trial = trial
            return least
        if reached is None:
            return stretch.last_second
        return min(self._judge(stretch, reached), stretch.served if least is None else least)

    def _doubt(self, now: float) -> None:
        """Forget the ceiling where the last lessons can't have been about a rate."""
        if self.ceiling is None:
            return
        self._lessons.append(now)
        self._highest = max(self._highest, self.ceiling)
        soon = len(self._lessons) == LESSONS and now - self._lessons[0] < WITHIN
        if soon and self.ceiling < FAR * self._highest:
            self.ceiling, self._second, self._misled = None, None, True

    def _judge(self, stretch: Stretch, reached: float) -> float:
        """Give the ceiling after a stretch that reached a rate, and set how patient the next one is."""
        self._trial = None
        likely = min(reached, float(stretch.last_second))
        if self.ceiling is None or (self._patience > GUESS and stretch.seconds > FIRM):
            self._patience, self._barely = min(LONGEST, max(CONFIRMED, self._patience * RARER)), False
            return AGAIN * sqrt(reached * min(reached, self.ceiling or reached))
        if self._second is not None and not self._barely and stretch.last_second >= STILL * self.ceiling:
            self._patience, self._barely = CONFIRMED, True
            return BARELY * self.ceiling
        self._second = None
        alike = not self._bucket and 1 / ALIKE < likely / max(1, self._count) < ALIKE
        filling = None if alike else self._solve(stretch, reached, likely)
        if filling is not None:
            self._patience = CONFIRMED if stretch.served > COUNTED else FIRM
            return filling * (1 - min(MOST_MISCOUNT, MISCOUNT / stretch.served))
        if self._patience > GUESS:
            self._patience = FIRM
            return min(likely, CUT * self.ceiling)
        if alike:
            self._patience = CONFIRMED
            return min(likely, float(self._count))
        self._patience = FIRM if reached < SHARP * likely else GUESS
        return likely

    def _solve(self, stretch: Stretch, reached: float, likely: float) -> float | None:
        """Give the rate of the bucket that was empty at the ends of this stretch and of the one before; None for none.

        What it saves up follows from the rate and the shorter stretch, and the rate from that and the longer one.
        """
        if self._before is None or self._shortest is None:
            return None
        rate = reached
        for _ in range(ROUNDS):
            saved = max(self._before.saved(rate), self._shortest.saved(rate))
            saved = max(1.0, min(saved, rate * (stretch.begun - self._before.end)))
            rate = min(reached, stretch.rate(saved))
        least = BUCKET_LEAST if self._bucket else LIKELY_LEAST
        return rate if least * likely < rate < NEAR * reached else None
