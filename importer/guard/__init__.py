"""Guard rails: what a run is held against before its first write, and the few rows that go first."""

from importer.guard.canary import choose_canary, send_canary_first
from importer.guard.figures import Before, Figures, gather
from importer.guard.judge import Limits, Tripped, judge, judge_kept, refusal

__all__ = [
    "Before",
    "Figures",
    "Limits",
    "Tripped",
    "choose_canary",
    "gather",
    "judge",
    "judge_kept",
    "refusal",
    "send_canary_first",
]
