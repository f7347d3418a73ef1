from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import MappingError
from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.model import Mapping
from importer.value import Value


def compiled(contact: dict[str, Any], **more: Any) -> Compiled:  # noqa: ANN401  # what YAML can say
    return compile_mapping(Mapping.model_validate({"version": "1", "name": "test", "contact": contact, **more}))


def columns(frame: pl.DataFrame, found: Compiled) -> dict[str, list[Any]]:
    return (
        frame.lazy().select(value.expr.alias(value.place) for value in found.values).collect().to_dict(as_series=False)
    )


def test_values_come_in_the_order_of_the_contact_with_id_first() -> None:
    found = compiled(
        {
            "payments": [{"last_four": "L"}],
            "tags": {"b": "B", "a": "A"},
            "email": "E",
            "addresses": [{"city": "C1"}, {"country": "K", "street_1": "S"}],
            "id": "I",
        }
    )
    assert [value.place for value in found.values] == [
        "id", "email", "tags.b", "tags.a", "addresses[0].city", "addresses[1].street_1", "addresses[1].country",
        "payments[0].last_four",
    ]  # fmt: skip


def test_a_value_knows_its_cells_and_its_codes() -> None:
    found = compiled({"gender": {"columns": ["A", "B"], "match": "^(.)", "values": {"H": "MALE"}}})
    (value,) = found.values
    assert value.cells == ("A", "B")
    assert [failure.code for failure in value.failures] == ["gender|match", "gender|enum"]


@pytest.mark.parametrize(
    ("place", "steps", "key", "on_bad"),
    [
        ("email", {}, None, "reject"),
        ("email", {"on_bad": "drop"}, None, "drop"),
        ("phone", {}, None, "drop"),
        ("phone", {"on_bad": "reject"}, None, "reject"),
        ("document_number", {}, None, "drop"),
        ("document_number", {}, "document_number", "reject"),
        ("email", {"on_bad": "drop", "required": "true"}, None, "reject"),
        ("id", {"on_bad": "drop"}, None, "reject"),
    ],
)
def test_phones_and_documents_are_dropped_but_never_an_id_a_key_or_what_is_required(
    place: str, steps: dict[str, str], key: str | None, on_bad: str
) -> None:
    more = {"key": key} if key else {}
    (value,) = compiled({place: {"column": "A", **steps}}, **more).values
    assert value.on_bad == on_bad


def test_a_default_fills_an_item_only_where_a_cell_of_it_is_filled() -> None:
    item = {"alias": {"value": "home"}, "city": "C", "country": {"column": "K", "default": "CO"}}
    frame = pl.DataFrame({"C": ["Lima", "", ""], "K": ["", "", "PE"]})
    assert columns(frame, compiled({"addresses": [item]})) == {
        "addresses[0].alias": ["home"] * 3,
        "addresses[0].city": ["Lima", None, None],
        "addresses[0].country": ["CO", None, "PE"],
    }


def test_repeated_items_read_their_own_columns() -> None:
    found = compiled({"addresses": [{"repeat": "2", "city": "city{n}"}]})
    frame = pl.DataFrame({"city1": ["a", ""], "city2": ["", "b"]})
    assert columns(frame, found) == {"addresses[0].city": ["a", None], "addresses[1].city": [None, "b"]}


def test_the_blank_words_of_the_source_and_of_the_field_add_up() -> None:
    found = compiled({"city": {"column": "C", "blank": "-"}, "country": "C"}, source={"blank": ["NULL"]})
    frame = pl.DataFrame({"C": ["NULL", "-", "x"]})
    assert columns(frame, found) == {"city": [None, None, "x"], "country": [None, "-", "x"]}


def test_a_tag_with_a_blank_in_its_name_still_makes_one_code() -> None:
    found = compiled({"tags": {"my tag|x": {"column": "A", "number": "true"}}}, key="tags.my tag|x")
    assert [failure.code for failure in found.values[0].failures] == ["tags.my_tag_x|number"]
    assert found.key == ("tags.my_tag_x",)
    assert found.values[0].field.name == "my tag|x"


def test_tags_that_differ_only_in_blanks_are_refused() -> None:
    with pytest.raises(MappingError, match="differ only in blanks"):
        compiled({"tags": {"a b": "A", "a_b": "B"}})


def test_a_key_that_is_not_mapped_is_refused() -> None:
    with pytest.raises(MappingError, match="external_id is not mapped"):
        compiled({"email": "E"}, key=["external_id", "email"])


WILD = {
    "id": "A",
    "first_name": {"column": "A", "case": "title", "fold": "true", "strip": "x'"},
    "email": {"column": "A", "case": "lower"},
    "email_verified": "A",
    "dob": {"column": "A", "pivot": "1930", "date": ["%d/%m/%Y", "%Y%m%d", "%d %b %y", "%A, %d %B %Y", "%j %Y"]},
    "created_at": "A",
    "updated_at": {"column": "A", "pivot": "1970", "datetime": ["%d/%m/%Y %H:%M:%S%.f%z", "%FT%T%#z", "%D %I:%M %p"]},
    "gender": {"column": "A", "match": "(.)$", "values": {"H": "MALE", "": "FEMALE"}},
    "tags": {
        "n": {"column": "A", "number": {"decimal": ",", "add": "5"}},
        "d": {"column": "A", "date": "%m/%d/%y", "pivot": "1999"},
    },
    "payments": [{"expiry_month": "A", "expiry_year": {"columns": ["A", "A"], "join": "-", "number": "2000+"}}],
}
PIECES = st.sampled_from([*"0123456789/-:.,+TZ %'x ", "9" * 19, "2020", "Feb", "AM", "\x00", "\u0663", "\U0001f600"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text() | st.lists(PIECES, max_size=12).map("".join) | st.none(), max_size=8))
def test_no_cell_raises_and_a_value_is_null_wherever_a_failure_holds(cells: list[str | None]) -> None:
    found = compiled(WILD)
    frame = pl.DataFrame({"A": cells}, schema={"A": pl.String})
    for value in found.values:
        assert not wrong_and_filled(frame, value)


def wrong_and_filled(frame: pl.DataFrame, value: Value) -> bool:
    failed = pl.any_horizontal(pl.lit(value=False), *(failure.when for failure in value.failures))
    seen = frame.lazy().select(bad=failed.fill_null(value=False), value=value.expr).collect()
    return not seen.filter(pl.col("bad") & pl.col("value").is_not_null()).is_empty()
