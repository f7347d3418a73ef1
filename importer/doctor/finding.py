"""What a look comes to: fine, to be looked at, or broken, with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.errors import Exit, ImporterError

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDER = (
    *(Exit.USAGE, Exit.SETTINGS, Exit.SOURCE, Exit.LOCKED, Exit.STATE, Exit.NO_INPUT, Exit.GUARD_RAIL),
    Exit.STOPPED,
)
"""Of several that are broken, the first of these is the exit: it is what a run would stop with."""


class Verdict(StrEnum):
    """How it stands."""

    OK = "ok"
    LOOK = "look"
    """It may be meant."""
    BROKEN = "broken"
    """A run would stop."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    """A word: settings, sign-in, account, state, ledger, mapping, source, guards."""
    verdict: Verdict
    told: str
    """What there is, and what to do about it; never a secret."""
    exit_code: Exit = Exit.OK

    def document(self) -> dict[str, Any]:
        """Give it as `--json` prints it."""
        return {"about": self.about, "verdict": self.verdict.value, "told": self.told, "exit_code": int(self.exit_code)}


def fine(about: str, told: str) -> Finding:
    """Give what is as it should be."""
    return Finding(about, Verdict.OK, told)


def odd(about: str, told: str) -> Finding:
    """Give what somebody should look at."""
    return Finding(about, Verdict.LOOK, told)


def broken(about: str, error: ImporterError) -> Finding:
    """Give what a run would stop with."""
    return Finding(about, Verdict.BROKEN, str(error), error.exit_code)


def exit_of(findings: Sequence[Finding]) -> Exit:
    """Give the exit of all of them: 0 unless one is broken."""
    codes = {finding.exit_code for finding in findings if finding.verdict is Verdict.BROKEN}
    return next((code for code in ORDER if code in codes), Exit.OK)
