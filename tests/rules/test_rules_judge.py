from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.model import Mapping
from importer.rules import REGISTRY, Judged, judge

TODAY = date(2026, 11, 22)
VISA = "4111 1111 1111 1111"
MASKED = "[card ************1111]"


def compiled_of(contact: dict[str, Any], **more: Any) -> Compiled:  # noqa: ANN401  # what YAML can say
    return compile_mapping(Mapping.model_validate({"version": "1", "name": "test", "contact": contact, **more}))


def judged(contact: dict[str, Any], cells: dict[str, list[str | None]], **more: Any) -> Judged:  # noqa: ANN401  # what YAML can say
    return judged_by(compiled_of(contact, **more), cells)


def judged_by(compiled: Compiled, cells: dict[str, list[str | None]]) -> Judged:
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    return judge(frame, compiled.values, today=TODAY, key=compiled.key)


RULES: list[tuple[dict[str, Any], dict[str, str | None]]] = [
    ({"email": "A"}, {"ana@example.com": None, "ana@": "email|email", "": None, "a@b.test": "email|email"}),
    (
        {"dob": "A"},
        {
            "1900-01-01": None,
            "1899-12-31": "dob|date_range",
            "2026-11-22": None,
            "2026-11-23": "dob|date_range",
            "31/12/1999": "dob|date",
        },
    ),
    (
        {"created_at": "A"},
        {
            "1970-01-01T00:00:00Z": None,
            "1969-12-31T23:59:59Z": "created_at|date_range",
            "2100-12-31T23:59:59Z": None,
            "2101-01-01T00:00:00Z": "created_at|date_range",
        },
    ),
    (
        {"id": "A"},
        {
            "0F2C1A34-0000-4000-8000-00000000ABCD": None,
            "0f2c1a340000400080000000000abcde": "id|uuid",
            "7": "id|uuid",
            "../admin": "id|uuid",
            "": None,
        },
    ),
    (
        {"payments": [{"last_four": "A"}]},
        {
            "0042": None,
            "42": "payments[0].last_four|last_four",
            "42.0": "payments[0].last_four|last_four",
            "12345": "payments[0].last_four|last_four",
            "\u0664\u0662\u0664\u0662": "payments[0].last_four|last_four",
            "****4242": "payments[0].last_four|last_four",
            VISA: "payments[0].last_four|card_number",
            MASKED: "payments[0].last_four|card_number",
        },
    ),
    (
        {"payments": [{"expiry_month": "A"}]},
        {"1": None, "12": None, "0": "payments[0].expiry_month|month", "13": "payments[0].expiry_month|month"},
    ),
    (
        {"payments": [{"expiry_year": "A"}]},
        {"1990": None, "2100": None, "27": "payments[0].expiry_year|year", "2101": "payments[0].expiry_year|year"},
    ),
    (
        {"city": "A"},
        {
            "Li\x00ma": "city|control",
            "a\x7f": "city|control",
            "a\tb\r\nc": None,
            "\x1b[31m": "city|control",
            "Li\x85ma": "city|control",
            "Li\u200bma": "city|control",
            "\ufeffLima": "city|control",
            "\u202eamiL": "city|control",
            "a\u2066b\u2069": "city|control",
            "a\u2060b": "city|control",
            "Mu\ufffdoz": "city|control",  # a letter that another program lost
            "\U0001f469\u200d\U0001f4bb": None,
            "\u0645\u06cc\u200c\u062e": None,
            "co\u00adop": None,
        },
    ),
    ({"city": "A"}, {f"see {VISA}": "city|card_number", "4111111111111112": None, MASKED: "city|card_number"}),
    (
        {"tags": {"t": {"column": "A", "parse": "json"}}},
        {
            '["\\u200B"]': "tags.t|control",
            '["\\u202e"]': "tags.t|control",
            '["\\uFFFD"]': "tags.t|control",
            '["\\u0085"]': "tags.t|control",
            '["\u2066"]': "tags.t|control",
            '["\\u200d"]': None,
            '["\\u00e9"]': None,
            **{f'["4111{mark}1111{mark}1111{mark}1111"]': "tags.t|card_number" for mark in ("\\u0020", "\\u002d", ".")},
            '[4111, "1111", 1111, 1111]': None,
        },
    ),
    ({"city": {"column": "A", "required": "true"}}, {"": "city|required", " ": "city|required", "x": None}),
]


@pytest.mark.parametrize(("contact", "table"), RULES)
def test_each_rule_speaks_where_it_should(contact: dict[str, Any], table: dict[str, str | None]) -> None:
    found = judged(contact, {"A": list(table)})
    assert found.reasons.to_list() == list(table.values())
    assert found.dropped.null_count() == len(table)
    for column in found.values:
        assert not (column.is_not_null() & found.reasons.is_not_null()).any()


def test_all_reasons_of_a_row_come_in_model_order() -> None:
    contact = {
        "payments": [{"expiry_month": "M"}],
        "email": {"column": "E", "required": "true"},
        "gender": "G",
        "tags": {"n": {"column": "N", "number": "true"}},
    }
    cells: dict[str, list[str | None]] = {"M": ["13", "12"], "E": ["", "a@b.co"], "G": ["X", "MALE"], "N": ["n", "1"]}
    found = judged(contact, cells)
    assert found.reasons.to_list() == [
        "email|required gender|enum tags.n|number payments[0].expiry_month|month",
        None,
    ]


def test_a_bad_field_may_be_dropped_and_the_row_goes_on() -> None:
    contact = {"email": {"column": "E", "on_bad": "drop"}, "dob": {"column": "D", "on_bad": "drop"}, "city": "C"}
    found = judged(contact, {"E": ["x", "a@b.co"], "D": ["1800-01-01", "31/12/1999"], "C": ["Lima", "Lima"]})
    assert found.reasons.to_list() == [None, None]
    assert found.dropped.to_list() == ["email|email dob|date_range", "dob|date"]
    assert found.values.to_dicts() == [
        {"email": None, "dob": None, "city": "Lima"},
        {"email": "a@b.co", "dob": None, "city": "Lima"},
    ]


def test_a_card_number_is_never_only_dropped() -> None:
    found = judged({"email": {"column": "E", "on_bad": "drop"}}, {"E": [VISA, f"{MASKED}@b.co"]})
    assert found.reasons.to_list() == ["email|card_number"] * 2
    assert found.dropped.to_list() == [None, None]


def test_a_payments_cell_is_judged_before_its_steps() -> None:
    payment = {"last_four": {"column": "P", "match": "([0-9]{4})$"}, "alias": {"columns": ["B", "P"]}}
    found = judged({"payments": [payment]}, {"P": [VISA, "x1111"], "B": ["mine", "mine"]})
    assert found.reasons.to_list() == ["payments[0].last_four|card_number payments[0].alias|card_number", None]


def test_long_digits_of_ids_keys_phones_and_documents_are_no_cards() -> None:
    contact = {
        "id": {"column": "I"},
        "external_id": "K",
        "phone": "P",
        "document_number": "D",
        "billing_info": [{"document_number": "D"}],
    }
    cells: dict[str, list[str | None]] = {name: ["4111111111111111", MASKED] for name in "KPD"}
    cells["I"] = ["41111111-1111-1111-8000-000000000000", ""]
    found = judged(contact, cells, key="external_id")
    assert found.reasons[0] is None
    assert found.reasons[1].split(" ") == [
        "external_id|card_number",
        "phone|card_number",
        "document_number|card_number",
        "billing_info[0].document_number|card_number",
    ]


def test_a_spared_column_is_judged_when_a_payment_uses_it_too() -> None:
    contact: dict[str, Any] = {"external_id": "K", "first_name": "K"}
    cells: dict[str, list[str | None]] = {"K": ["4111111111111111"]}
    assert judged(contact, cells, key="external_id").reasons.to_list() == [None]
    contact["payments"] = [{"alias": "K"}]
    reasons = judged(contact, cells, key="external_id").reasons.to_list()
    assert reasons == ["first_name|card_number payments[0].alias|card_number"]


def test_what_an_item_requires_is_required_only_where_the_item_is_filled() -> None:
    item = {"alias": {"value": "home"}, "city": {"column": "C", "required": "true"}, "street_1": "S"}
    found = judged({"addresses": [item]}, {"C": ["", "", "Lima"], "S": ["", "Calle 1", ""]})
    assert found.reasons.to_list() == [None, "addresses[0].city|required", None]


def test_a_wrong_value_is_not_also_missing() -> None:
    found = judged({"dob": {"column": "D", "required": "true"}}, {"D": ["x", "", "1800-01-01"]})
    assert found.reasons.to_list() == ["dob|date", "dob|required", "dob|date_range"]


def test_a_batch_of_constants_or_of_no_rows_is_judged_too() -> None:
    found = judged({"city": {"value": "Lima"}}, {"A": ["x", "y"]})
    assert found.values.to_dicts() == [{"city": "Lima"}] * 2
    empty = judged({"city": "A", "email": "A", "payments": [{"last_four": "A"}]}, {"A": []})
    assert (empty.values.height, empty.reasons.len(), empty.dropped.len()) == (0, 0, 0)
    assert empty.reasons.dtype == empty.dropped.dtype == pl.String


WILD = {
    "id": "A",
    "external_id": "A",
    "email": {"column": "A", "on_bad": "drop"},
    "dob": {"column": "A", "required": "true"},
    "phone": "A",
    "tags": {"n": {"column": "A", "number": "true"}},
    "addresses": [{"city": {"column": "B", "required": "true"}, "country": {"column": "A", "default": "CO"}}],
    "payments": [{"last_four": "B", "expiry_year": {"column": "A", "match": "([0-9]{2})$", "number": "2000+"}}],
}
COMPILED = compiled_of(WILD, key="external_id")
CELLS = st.none() | st.text() | st.sampled_from([VISA, MASKED, "a@b.co", "2000-01-01", "1234", "\x00", "a" * 100])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=3))
def test_no_cell_raises_and_no_row_depends_on_its_neighbours(rows: list[tuple[str | None, str | None]]) -> None:
    found = judged_by(COMPILED, {"A": [a for a, _ in rows], "B": [b for _, b in rows]})
    assert found.values.height == found.reasons.len() == found.dropped.len() == len(rows)
    alone = [judged_by(COMPILED, {"A": [a], "B": [b]}) for a, b in rows]
    assert found.reasons.to_list() == [one.reasons[0] for one in alone]
    assert found.dropped.to_list() == [one.dropped[0] for one in alone]
    for text in [*found.reasons.drop_nulls(), *found.dropped.drop_nulls()]:
        for code in text.split(" "):
            place, rule = code.rsplit("|", 1)
            assert place in found.values.columns
            assert rule in REGISTRY


def test_a_huge_cell_is_judged_like_any_other() -> None:
    big = "n" * 10_000_000 + "4111 1111 1111 1112 " * 20_000
    found = judged({"email": "A", "city": "A"}, {"A": [big, big + VISA]})
    assert found.reasons.to_list() == ["email|email", "email|card_number city|card_number"]
