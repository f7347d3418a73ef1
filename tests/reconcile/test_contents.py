"""Rows whose hashes are alike say the same, however the mappings of both sides put their items together."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.bodies import build_bodies
from importer.mapping.compile import compile_mapping
from importer.mapping.model import Mapping
from importer.prepare.compared import hash_contents
from importer.reconcile.compared import compare_mappings
from importer.rules import judge
from importer.value import given_column

COLUMNS = ["a", "b", "c"]
TIER: dict[str, Any] = {"tags": {"tier": "c"}}
SIDES: list[dict[str, Any]] = [
    {"addresses": [{"street_1": "a", "city": "b"}]},
    {"addresses": [{"street_1": "a"}, {"city": "b"}]},
    {"addresses": [{"city": "b"}, {"street_1": "a"}]},
    {"addresses": [{"alias": {"value": "x"}, "city": "b"}]},
    {"addresses": [{"alias": {"column": "a", "default": "x"}, "city": "b"}]},
    {"addresses": [{"alias": "a", "city": "b"}]},
    {"addresses": [{"city": "a"}, {"city": "b"}], "billing_info": [{"city": "c"}]},
    {"addresses": [{"city": "a"}], "billing_info": [{"city": "b"}, {"city": "c"}]},
    {"city": "a", **TIER},
    {"city": "a", "tags": {"city": "b", **TIER["tags"]}},
    {"first_name": "a", "tags": {"likes": {"column": "b", "split": ","}}},
    {"first_name": "a", "tags": {"likes": "b"}},
]
COMPILED = [
    compile_mapping(
        Mapping.model_validate({"version": "1", "name": "crm", "contact": {"external_id": "no", **contact}})
    )
    for contact in SIDES
]
CELLS = st.lists(st.sampled_from(["", "x", "y", '["x"]']), min_size=3, max_size=3)


def prepare(cells: list[str], side: int, other: int) -> tuple[int, str]:
    """Give a row's hash and its body, of what both sides compare."""
    both = compare_mappings(COMPILED[min(side, other)], COMPILED[max(side, other)])
    values = both.values[0 if side <= other else 1]
    row = pl.DataFrame([["1", *cells]], schema=dict.fromkeys(["no", *COLUMNS], pl.String), orient="row")
    judged = judge(row, COMPILED[side].values, today=date(2026, 1, 1)).values
    given_ = [given_column(value.place) for value in values if value.given is not None]
    found = judged.select(*(value.place for value in values), *given_)
    return hash_contents(found, values)[0], build_bodies(found, values)["body"][0]


@settings(max_examples=120, deadline=None)
@given(CELLS, CELLS, st.integers(0, len(SIDES) - 1), st.integers(0, len(SIDES) - 1))
def test_rows_of_one_hash_have_one_body(mine: list[str], theirs: list[str], side: int, other: int) -> None:
    first, second = prepare(mine, side, other), prepare(theirs, other, side)
    assert first[0] != second[0] or first[1] == second[1]


@pytest.mark.parametrize("side", range(len(SIDES)))
def test_a_row_has_the_hash_of_its_twin(side: int) -> None:
    assert prepare(["x", "", "y"], side, side) == prepare(["x", "", "y"], side, side)


def test_what_a_default_alone_would_say_of_an_item_counts_for_nothing() -> None:
    assert prepare(["", "", ""], 4, 4) != prepare(["x", "", ""], 4, 4)
