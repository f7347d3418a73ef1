"""Matching against a slow judge that compares every row with every other."""

from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_judge import Row, judge

from importer.matching import ORDER, Matched, match

# Few values, so that twins, swaps and rows that share an email or a phone are everywhere.
CELL = st.sampled_from([None, None, "a", "b", "c", "d"])
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(ORDER, CELL)), max_size=9)
ORDERS = st.permutations(ORDER).flatmap(lambda names: st.integers(1, len(ORDER)).map(lambda size: tuple(names[:size])))


def told(matched: Matched) -> tuple[set[Any], set[Any], set[Any]]:
    return set(matched.pairs.rows()), set(matched.doubts[0].rows()), set(matched.doubts[1].rows())


def frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(ORDER, pl.String))


@settings(max_examples=300, deadline=None)
@given(ROWS, ROWS, ORDERS)
def test_everybody_is_matched_as_a_judge_of_every_pair_says(
    here: list[Row], there: list[Row], order: tuple[str, ...]
) -> None:
    assert told(match(frame(here), frame(there), order)) == judge(here, there, order)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(here: list[Row], there: list[Row], chance: Random) -> None:
    places = list(range(len(there)))
    chance.shuffle(places)
    first = match(frame(here), frame(there), ORDER)
    second = match(frame(here), frame([there[place] for place in places]), ORDER)
    assert {(h, t) for h, t, _ in first.pairs.rows()} == {(h, places[t]) for h, t, _ in second.pairs.rows()}


def test_a_value_that_stands_ten_thousand_times_on_both_sides_joins_nobody_and_costs_little() -> None:
    shared = pl.DataFrame({"phone": ["0000000"] * 10_000})
    matched = match(shared, shared, ["phone"])
    assert matched.pairs.is_empty()
    assert [doubt.height for doubt in matched.doubts] == [10_000, 10_000]


def test_two_customers_with_keys_of_their_own_are_not_joined_by_an_email_they_share() -> None:
    here, there = pl.DataFrame({"key": ["1"], "email": ["a@x.co"]}), pl.DataFrame({"key": ["2"], "email": ["a@x.co"]})
    matched = match(here, there, ["key", "email"])
    assert matched.pairs.is_empty()
    assert all(doubt.is_empty() for doubt in matched.doubts)
    assert match(here, there, ["email", "key"]).pairs.rows() == [(0, 0, "email")]
