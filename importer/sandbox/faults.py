"""How the sandbox misbehaves on demand. One draw per write, all from one random source: a seed repeats them."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from importer.sandbox.options import SandboxOptions


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one write besides being served."""

    status: int | None = None
    """Answered instead of the contact."""
    committed: bool = True
    """Whether the contact is stored all the same."""
    cut: Literal["close", "reset"] | None = None
    """The connection ends after the commit, without an answer."""
    delay_ms: float = 0


FAILURES = (
    Fault(status=429, committed=False),
    Fault(status=503, committed=False),
    Fault(status=500, committed=False),
    Fault(status=502, committed=True),
)
CUTS = (Fault(cut="close"), Fault(cut="reset"))


def draw_fault(options: SandboxOptions, random: Random) -> Fault:
    """Give the next write's fault; with no shares set only the latency remains."""
    drawn = random.random()
    if drawn < options.fail_share:
        return random.choice(FAILURES)
    drawn -= options.fail_share
    if drawn < options.cut_share:
        return random.choice(CUTS)
    drawn -= options.cut_share
    slow = options.slow_ms if drawn < options.slow_share else 0
    return Fault(delay_ms=options.latency_ms + slow)
