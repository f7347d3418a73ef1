"""The page of `importer runs`: one run a line, as wide as a terminal of 80 columns as long as no run is huge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.outcome import LANDED, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

NUMBERS = {
    "read": None,
    "landed": tuple(LANDED),
    "unchanged": (State.UNCHANGED,),
    "wrong": (State.REJECTED, State.FAILED, State.UNKNOWN),
    "unsent": (State.UNSENT,),
}
"""Headings, and the states that stand under each: together all seven, which add up to `read`."""
NEVER_ENDED = "no numbers: stopped, or still under way"
LEGEND = (
    "landed: created or updated; wrong: rejected, failed or unknown. The four add up",
    "to read. A name begins with the run's time in UTC. More: importer show RUN",
)
WIDE, RUN_WIDTH, VERB_WIDTH = 80, 22, 5


def runs_table(runs: Sequence[Mapping[str, Any]], state_dir: str) -> str:
    """Give the runs as a table, one a line, in the order given.

    Each is a document of `Summary` with `verb` and `ended`; one that has not ended has its `run_id` and `verb` only.
    """
    if not runs:
        return f"There is no run in {state_dir} yet.\n"
    lines: list[tuple[str, ...]] = [("run", "verb", "exit", *NUMBERS)]
    for run in runs:
        ended = (str(run["exit_code"]), *_numbers(run)) if run["ended"] else ("-", NEVER_ENDED)
        lines.append((run["run_id"], run["verb"], *ended))
    whole = [line for line in lines if line[-1] is not NEVER_ENDED]
    widths = [max(len(line[index]) for line in whole) for index in range(3, len(lines[0]))]
    gap = "  " if sum((RUN_WIDTH, VERB_WIDTH, 4, *widths)) + 2 * (len(widths) + 2) <= WIDE else " "
    return "\n".join([*(_line(line, widths, gap) for line in lines), "", *LEGEND]) + "\n"


def _line(line: Sequence[str], widths: Sequence[int], gap: str) -> str:
    run, verb, exit_code, *rest = line
    head = [f"{run:<{RUN_WIDTH}}", f"{verb:<{VERB_WIDTH}}", f"{exit_code:>4}"]
    cells = rest if rest == [NEVER_ENDED] else [f"{cell:>{width}}" for cell, width in zip(rest, widths, strict=True)]
    return gap.join([*head, *cells])


def _numbers(run: Mapping[str, Any]) -> list[str]:
    sums = {name: sum(run[state.value] for state in states) for name, states in NUMBERS.items() if states}
    return [f"{sums.get(name, run['read']):,}" for name in NUMBERS]
