"""Which rows go first."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.guard import choose_canary
from importer.guard.canary import share_out

NOTHING = pl.DataFrame(schema={"position": pl.UInt32, "settled": pl.Boolean})


@pytest.mark.parametrize(
    ("waiting", "rows", "shares"),
    [
        ({"create": 100, "update": 100}, 10, (5, 5)),
        ({"create": 990, "update": 10}, 10, (9, 1)),
        ({"create": 1, "update": 999}, 10, (1, 9)),
        ({"create": 0, "update": 999}, 10, (0, 10)),
        ({"create": 50, "update": 0}, 1, (1, 0)),
        ({"create": 3, "update": 2}, 50, (3, 2)),
        ({"create": 0, "update": 0}, 5, (0, 0)),
    ],
)
def test_rows_are_shared_out_over_creates_and_updates(
    waiting: dict[str, int], rows: int, shares: tuple[int, int]
) -> None:
    chosen = share_out(waiting, rows)
    assert (len(chosen["create"]), len(chosen["update"])) == shares


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 600))
def test_shares_add_up_are_distinct_and_spread(creates: int, updates: int, rows: int) -> None:
    waiting = {"create": creates, "update": updates}
    chosen = share_out(waiting, rows)
    assert sum(map(len, chosen.values())) == min(rows, creates + updates)
    for action, places in chosen.items():
        assert places == sorted(set(places))
        assert all(0 <= place < waiting[action] for place in places)
        gaps = [later - earlier for earlier, later in pairwise([*places, waiting[action]])]
        assert not gaps or max(gaps) - min(gaps) <= 1
    if rows > 1 and creates and updates:
        assert all(chosen.values())


def write(folder: Path, parts: list[str]) -> Path:
    """Write plan parts, a letter a row: c create, u update, = unchanged, x rejected."""
    words = {"c": "create", "u": "update", "=": "unchanged", "x": "rejected"}
    for number, letters in enumerate(parts):
        frame = pl.DataFrame({"action": [words[letter] for letter in letters]}, schema={"action": pl.String})
        frame.write_parquet(folder / f"{number:05}.parquet")
    return folder


def test_rows_are_found_over_all_parts_and_only_such_as_are_sent(tmp_path: Path) -> None:
    plans = write(tmp_path, ["=cx=c", "", "cucu", "xx=u", "cc"])
    chosen = choose_canary(plans, lambda _: NOTHING, 4)
    assert chosen is not None
    assert chosen.rows() == [(0, 1), (2, 0), (2, 1), (4, 0)]
    assert chosen.schema == {"part": pl.Int32, "position": pl.UInt32}


def test_rows_that_are_settled_are_not_chosen_again(tmp_path: Path) -> None:
    plans = write(tmp_path, ["cccc", "cccc"])
    done = pl.DataFrame({"position": [0, 1, 2], "settled": [True, False, True]}, schema=NOTHING.schema)
    chosen = choose_canary(plans, lambda part: NOTHING if part else done, 2)
    assert chosen is not None
    assert chosen.rows() == [(0, 1), (1, 1)]


def test_there_is_no_canary_where_nothing_could_follow(tmp_path: Path) -> None:
    plans = write(tmp_path, ["ccuu=", "x"])
    assert choose_canary(plans, lambda _: NOTHING, 4) is None
    assert choose_canary(plans, lambda _: NOTHING, 3) is not None
