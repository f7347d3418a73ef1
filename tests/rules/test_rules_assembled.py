"""Card numbers that no cell holds whole: joined columns, replacements, tables, SQL and constants make them."""

from typing import Any

import pytest
from test_rules_judge import MASKED, VISA, judged

ASSEMBLING: list[dict[str, Any]] = [
    {"city": {"columns": ["A", "B"], "join": ""}},
    {"city": {"columns": ["A", "B"], "join": " ", "on_bad": "drop"}},
    {"city": {"sql": "A || B"}},
    {"tags": {"t": {"columns": ["A", "B"], "join": ""}}},
    {"payments": [{"alias": {"columns": ["A", "B"], "join": ""}}]},
]


@pytest.mark.parametrize("contact", ASSEMBLING)
def test_a_number_that_steps_put_together_is_never_sent_and_its_pieces_are_masked(contact: dict[str, Any]) -> None:
    found = judged(contact, {"A": ["41111111", "x", None], "B": ["11111111", "y", "1"]})
    (place,) = found.values.columns
    assert found.reasons.to_list() == [f"{place}|card_number", None, None]
    assert found.values[place].to_list()[0] is None
    assert {name: part.to_list() for name, part in found.parts.items()} == {name: [MASKED, None, None] for name in "AB"}


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        ({"column": "A", "replace": {"I": "1"}}, "411I 1111 1111 1111"),
        ({"column": "A", "replace": {"x": ""}}, "4111x1111x1111x1111"),
        ({"column": "A", "fold": "true"}, "4111 1111\t 1111 \t 1111"),
        ({"column": "A", "match": "^(.{16})"}, "41111111111111112222"),
        ({"column": "A", "values": {"7": "4111111111111111"}}, "7"),
        ({"column": "A", "default": "4111111111111111"}, None),
        ({"value": "4111 1111 1111 1111"}, "x"),
        ({"column": "A", "number": {"decimal": ","}}, "4.111.111.111.111.111"),
    ],
)
def test_a_number_that_no_cell_holds_whole_is_found_in_what_steps_make(said: dict[str, Any], cell: str | None) -> None:
    for contact, place in (({"city": said}, "city"), ({"tags": {"t": said}}, "tags.t")):
        found = judged(contact, {"A": [cell, "7"]})
        assert found.reasons[0] == f"{place}|card_number"
        assert found.values[place][0] is None


def test_columns_without_any_value_are_judged_whatever_their_types() -> None:
    tags = {"a": "A", "b": {"column": "B", "number": "true"}, "c": {"column": "C", "boolean": {"yes": "S", "no": "N"}}}
    cells: dict[str, list[str | None]] = {name: [None] * 50 for name in "ABC"}
    assert judged({"tags": tags}, cells).reasons.null_count() == 50


def test_only_the_cells_that_make_a_number_are_masked() -> None:
    contact = {"city": {"columns": ["A", "B", "C", "D"], "join": " "}}
    cells: dict[str, list[str | None]] = {
        "A": ["Calle 12", "4111"], "B": ["4111 1111", "1111"], "C": ["1111 1111", "11111111"], "D": ["Lima", VISA],
    }  # fmt: skip  # by column
    found = judged(contact, cells)
    assert found.reasons.to_list() == ["city|card_number"] * 2
    parts = {name: part.to_list() for name, part in found.parts.items()}
    assert parts == {"B": [MASKED, None], "C": [MASKED, None]}


def test_what_is_taken_only_from_spared_columns_is_not_judged_after_its_steps_either() -> None:
    contact: dict[str, Any] = {"external_id": "K", "phone": "P", "city": {"columns": ["K", "P"], "join": ""}}
    contact["source"] = {"columns": ["K", "A"], "join": ""}
    cells: dict[str, list[str | None]] = {"K": ["41111111"], "P": ["11111111"], "A": ["11111111"]}
    found = judged(contact, cells, key="external_id")
    assert found.reasons.to_list() == ["source|card_number"]
    assert list(found.parts) == ["A"]
