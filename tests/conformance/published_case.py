"""A published case, what its authors expect, and what ours makes of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One case; outcomes are compared as they are written."""

    name: str
    """Where it stands in its suite: a name or a number, never its input."""
    given: str
    """Its input, for finding out why; never written anywhere."""
    theirs: str
    ours: str


@dataclass(frozen=True)
class Suite:
    """What a suite came to."""

    name: str
    package: str
    cases: tuple[Case, ...]
    left_out: int = 0
    """Cases about what we have no like of: options, callbacks, other functions."""

    @property
    def disagreements(self) -> tuple[Case, ...]:
        """The cases in which we differ, in the suite's order."""
        return tuple(case for case in self.cases if case.theirs != case.ours)
