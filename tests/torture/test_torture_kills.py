"""Kills, cuts, bursts and storms, resumed until done: nothing twice, nothing lost, and every request accounted for."""

from pathlib import Path

import pytest
from figures import keep
from seeded import Program, torture

SHORT = [Program(1, 300, 3, months=2)]
LONG = [Program(seed, 5_000, 40) for seed in range(101, 106)]
GENTLE = [Program(seed, 400, 0, cuts=False, months=2) for seed in (3,)]
LONG_GENTLE = [Program(seed, 5_000, 0, cuts=False) for seed in range(201, 204)]


def with_long(short: list[Program], long: list[Program]) -> list[object]:
    marks = (pytest.mark.torture, pytest.mark.timeout(900))
    return [*short, *(pytest.param(program, marks=marks) for program in long)]


def name(program: Program) -> str:
    return f"seed{program.seed}"


@pytest.mark.parametrize("program", with_long(SHORT, LONG), ids=name)
def test_killed_at_random_points_it_ends_with_nothing_twice_and_nothing_lost(program: Program, tmp_path: Path) -> None:
    figures = torture(program, tmp_path)
    keep(figures)
    assert figures.kills >= program.kills
    assert figures.in_flight * 2 >= figures.kills
    assert figures.creates > 0 < figures.updates


@pytest.mark.parametrize("program", with_long(GENTLE, LONG_GENTLE), ids=name)
def test_where_nothing_is_killed_or_cut_the_attempts_are_the_requests(program: Program, tmp_path: Path) -> None:
    figures = torture(program, tmp_path)
    keep(figures)
    assert figures.creates > 0 < figures.updates
