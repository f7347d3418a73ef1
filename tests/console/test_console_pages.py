"""What a verb prints at its end fits a screen of 24 lines of 80 columns and ends with what to type next."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.commands.options import Typed
from importer.console import runs_table, summary_page
from importer.errors import Exit
from importer.outcome import State
from importer.summary import Summary

RUN = "20260105T090012-3f9a1c"
FOLDER = f"/home/ana/bakery/importer-state/runs/{RUN}"
TYPED = Typed("run", ("customers-of-may.csv",), "bakery", Path("importer-state"), sandbox=False)
WORST = Summary(
    run_id=RUN,
    exit_code=Exit.INCOMPLETE,
    read=2_800_000,
    states=dict.fromkeys(State, 400000),
    requests=2_000_000,
    reasons={f"addresses[{n}].street_1|required_with_a_long_name" * (1 + n // 9): 900_000 - n for n in range(30)},
    dropped={f"phones[{n}]|phone": 1_000 for n in range(30)},
    files={name: f"{FOLDER}/{name}.csv" for name in ("rejects", "results", "report", "run")},
    unknown_updates=10,
    continued=True,
    moved=5,
    absent=70_000,
    note="Files of run 20260104T090012-3f9a1c are missing or damaged: this is a new run; nothing is sent twice.",
)


def screen_lines(text: str) -> int:
    """Count the lines that a terminal of 80 columns shows, with that of the prompt."""
    return 1 + sum(max(1, -(-len(line) // 80)) for line in text.splitlines())


def last_lines(page: str) -> str:
    """Give the page from its headline on."""
    return page[page.rindex(f"\nRun {RUN}") :]


@pytest.mark.parametrize(
    "summary",
    [
        pytest.param(WORST, id="all"),
        pytest.param(replace(WORST, dropped={}, note=None), id="nothing left out"),
        pytest.param(replace(WORST, stopped="the daily budget of 2,000,000 requests is spent"), id="stopped"),
        pytest.param(
            replace(
                WORST,
                stopped=f"a guard rail holds it, and nothing was written: {'figures; ' * 20}",
                guards=[{"rail": "shrink", "told": "figures", "option": "--max-shrink 49%"}],
                states={**WORST.states, State.CREATED: 0, State.UPDATED: 0, State.FAILED: 0},
                unknown_updates=0,
            ),
            id="held",
        ),
    ],
)
def test_the_worst_of_runs_ends_on_one_screen_with_a_command(summary: Summary) -> None:
    page = summary_page(summary, TYPED)
    shown = last_lines(page)
    assert screen_lines(shown) <= 24
    assert page.splitlines()[-1].startswith("  importer ")
    for state, count in summary.states.items():
        assert re.search(rf"  {state.value} +{count:,}\b", shown)
    for told in (
        "  addresses[0].street_1|required_with_a_long_name",
        "70,000 contacts that are known here",
        "keys now stand for another",
    ):
        assert told in page


@given(
    st.lists(st.integers(0, 10**7), min_size=7, max_size=7),
    st.dictionaries(st.text("abc|[].0", min_size=1, max_size=70), st.integers(1, 10**7), max_size=12),
)
def test_no_line_of_the_states_is_wider_than_a_terminal(counts: list[int], reasons: Mapping[str, int]) -> None:
    states = dict(zip(State, counts, strict=True))
    page = summary_page(replace(WORST, read=sum(counts), states=states, reasons=reasons, dropped={}), TYPED)
    for state, count in states.items():
        (line,) = [line for line in page.splitlines() if re.search(f"  {state.value} +{count:,}( |$)", line)]
        assert len(line) <= 80


def test_a_short_run_names_each_file_by_its_whole_path_and_ends_when_nothing_is_left() -> None:
    states = {State.CREATED: 40}
    page = summary_page(
        Summary(run_id=RUN, exit_code=Exit.OK, read=40, states=states, requests=40, files=WORST.files), TYPED
    )
    assert f"  report    {FOLDER}/report.csv\n" in page
    assert page.endswith("\n\nNothing is left to do.\n")
    assert "\x1b" not in page


def test_refused_rows_are_told_with_the_command_that_tries_them_again() -> None:
    states = {State.CREATED: 30, State.FAILED: 10}
    page = summary_page(replace(WORST, read=40, states=states, unknown_updates=0, continued=False), TYPED)
    assert page.endswith("then\n  importer run customers-of-may.csv -m bakery\n")


def run_of(number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # a document
    counts = {"read": 9_999_999, "created": 4_000_000, "updated": 4_999_999, "unchanged": 900_000, "rejected": 50_000}
    rest = {"failed": 25_000, "unknown": 20_000, "unsent": 5_000}
    return (
        {"run_id": f"{number:08}T090012-3f9a1c", "ended": True, "verb": "apply", "exit_code": 143}
        | counts
        | rest
        | more
    )


def test_runs_of_millions_fit_a_terminal_and_their_figures_add_up() -> None:
    runs = [run_of(20260105), {"run_id": RUN, "ended": False, "verb": "run"}, run_of(20260103, exit_code=0)]
    lines = runs_table(runs, "importer-state").splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[:4]] == ["run", "20260105T090012-3f9a1c", RUN, "20260103T090012-3f9a1c"]
    cells = lines[1].split()
    read, *others = (int(cell.replace(",", "")) for cell in cells[3:])
    assert (cells[1:3], read, sum(others)) == (["apply", "143"], 9_999_999, 9_999_999)
    # Figures stand under their headings.
    assert {len(line) for line in (lines[0], lines[1], lines[3])} == {len(lines[0])}


def test_a_folder_without_runs_says_so() -> None:
    assert runs_table([], "s") == "There is no run in s yet.\n"
