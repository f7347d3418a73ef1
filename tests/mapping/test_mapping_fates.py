"""The same cause has the same fate wherever it stands: what a rule drops is gone like what a step drops."""

from typing import Any

import polars as pl
import pytest
from test_mapping_language import outcomes

from importer.rules.distinct import find_distinct


@pytest.mark.parametrize(
    "phone",
    [{"column": "P", "phone": "CO"}, {"column": "P", "pattern": "[0-9]{10}"}, {"column": "P", "length": {"min": "9"}}],
    ids=str,
)
@pytest.mark.parametrize("country", [None, {"column": "C", "default": "CO"}], ids=["no default", "default"])
def test_an_item_whose_one_cell_is_dropped_requires_nothing(
    phone: dict[str, str], country: dict[str, Any] | None
) -> None:
    item = {"legal_name": {"column": "L", "required": "true"}, "phone": phone}
    item |= {"country": country} if country else {}
    cells: dict[str, list[str | None]] = {
        "L": ["", "", "Gil", "", ""], "P": ["12", "3105554814", "12", "", "1\x002"], "C": [""] * 5,
    }  # fmt: skip
    found = outcomes({"billing_info": [item]}, cells)
    left, wanting, named, blank, hidden = found
    assert (left["reasons"], left["body"]) == (None, {})
    assert left["dropped"].startswith("billing_info[0].phone|")
    assert wanting["reasons"] == "billing_info[0].legal_name|required"
    assert named["body"]["billing_info"][0]["legal_name"] == "Gil"
    assert (blank["reasons"], blank["dropped"], blank["body"]) == (None, None, {})
    assert (hidden["reasons"], hidden["body"]) == (None, {})


def test_a_wrong_cell_that_rejects_the_row_still_counts_as_filled() -> None:
    item = {"legal_name": {"column": "L", "required": "true"}, "zip_code": {"column": "Z", "length": {"min": "5"}}}
    (found,) = outcomes({"billing_info": [item]}, {"L": [""], "Z": ["12"]})
    assert found["reasons"] == "billing_info[0].legal_name|required billing_info[0].zip_code|length"


def test_a_tag_that_a_cell_calls_by_a_star_is_a_tag_like_others() -> None:
    listed, told = {"column": "L", "split": ","}, {"column": "J", "parse": "json"}
    (found,) = outcomes({"tags": {"*": listed}}, {"L": ["*,new"]})
    assert found["body"] == {"tags": {"*": True, "new": True}}
    (found,) = outcomes({"tags": {"*": told, "vip": "V"}}, {"J": ['{"*": 1, "vip": 2}'], "V": [None]})
    assert found["body"] == {"tags": {"*": 1}}


@pytest.mark.parametrize("name", ["*", "^N.*$", "^.*$", "^$"])
def test_a_column_named_like_a_pattern_is_that_column(name: str) -> None:
    cells: dict[str, list[str | None]] = {name: ["Cali", None, " Lima "] * 700, "Nx": ["x"] * 2100}
    found = outcomes({"city": {"column": name}}, cells)
    assert [row["body"].get("city") for row in found] == ["Cali", None, "Lima"] * 700
    few = find_distinct(pl.DataFrame(cells), [name])[name]
    assert few.cells.gather(few.places).to_list() == cells[name]
