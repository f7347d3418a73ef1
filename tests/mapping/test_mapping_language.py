"""Each row: what a field says, and what becomes of cells (`!rule`: the rule it breaks), by steps and rules together."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import MappingError
from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.model import Mapping
from importer.mapping.steps.sql import sql_expression
from importer.prepare.batch import judge_batch, make_bodies
from importer.source import Batch, BatchRef

TODAY = date(2026, 11, 22)


def compiled_of(contact: dict[str, Any], **more: Any) -> Compiled:  # noqa: ANN401  # what YAML can say
    return compile_mapping(Mapping.model_validate({"version": "1", "name": "test", "contact": contact, **more}))


def rows_of(compiled: Compiled, cells: dict[str, list[str | None]]) -> list[dict[str, Any]]:
    """Give reasons, dropped, body and update of each row; every row has an id, so that no key is needed."""
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    meta = pl.DataFrame({"row": range(frame.height)}, schema={"row": pl.Int64}).with_columns(
        line="row", shape=pl.lit(None, pl.String), raw=pl.lit(None, pl.String)
    )
    part, bodies = make_bodies(
        judge_batch(Batch(BatchRef(0, 0, 0, 0, 1, 1, frame.height), frame, meta), compiled, TODAY), compiled
    )
    return [
        {
            "reasons": row["reasons"],
            "dropped": row["dropped"],
            "body": json.loads(row["body"] or "null"),
            "update": json.loads(row["update_body"] or row["body"] or "null"),
        }
        for row in part.select("reasons", "dropped").hstack(bodies).iter_rows(named=True)
    ]


def outcomes(contact: dict[str, Any], cells: dict[str, list[str | None]]) -> list[dict[str, Any]]:
    height = len(next(iter(cells.values())))
    ids: list[str | None] = ["0f2c1a34-0000-4000-8000-00000000abcd"] * height
    return rows_of(compiled_of({"id": "Id", **contact}), {"Id": ids, **cells})


STEPS: list[tuple[str, dict[str, Any], dict[str | None, Any]]] = [
    ("city", {"replace": {"Sta.": "Santa", "Bogota": "Bogotá"}}, {"Sta. Marta": "Santa Marta", "Bogota": "Bogotá"}),
    ("city", {"replace": {"a": "b", "b": "a"}}, {"ab": "ba"}),
    ("city", {"replace": {"ab": "1", "a": "2"}}, {"aab": "21"}),
    ("city", {"replace": {"a": "2", "ab": "1"}}, {"ab": "2b"}),
    ("city", {"replace": {".": "", "x": ""}}, {"1.2": "12", "x.": None}),
    ("city", {"fold": "true", "replace": {"a b": "c"}, "match": "^(c)"}, {"a  b": "c", "ab": "!match"}),
    ("city", {"pad": "4"}, {"42": "0042", "12345": "12345", "-1": "-1", "4x": "4x", "٤٢": "٤٢", "": None}),
    ("tags.t", {"split": "|"}, {"a|b| c |": ["a", "b", "c"], "|": None, 'q"\\|\n': ['q"\\'], "a|a": ["a", "a"]}),
    ("tags.t", {"split": ", "}, {"a, b,c": ["a", "b,c"]}),
    ("tags.t", {"split": "|"}, {"a\x00|b": "!control", "\u2028|é": ["é"]}),
    ("tags.*", {"split": ","}, {"vip,new,vip": {"vip": True, "new": True}, "": None, "t,": {"t": True}}),
    (
        "tags.t",
        {"parse": "json"},
        {
            '{"a": 1, "b": [1.50, null]}': {"a": 1, "b": [1.5, None]},
            '["12345678901234567890123"]': ["12345678901234567890123"],
            "[12345678901234567890123]": [12345678901234567890123],
            "[]": None,
            "{}": None,
            '"text"': "!json",
            "12": "!json",
            "null": "!json",
            '{"a": }': "!json",
            "[NaN]": "!json",
            '["\\u0034111"]': "!json",
            '["\\u0000"]': "!json",
            '["\\ud800"]': "!json",
            '["\\u00f1"]': ["ñ"],
            "[" * 300 + "]" * 300: "!json",
        },
    ),
    (
        "dob",
        {"date": ["%d.%m.%y", "%y%m%d"], "pivot": "1930"},
        {
            "01.02.30": "1930-02-01",
            "01.02.29": "!date_range",
            "01.02.26": "2026-02-01",
            "29.02.00": "2000-02-29",
            "29.02.99": "!date",
            "990201": "1999-02-01",
            "01.02.1999": "!date",
            "1.2.99": "1999-02-01",
        },
    ),
    ("dob", {"date": "%d/%m/%y", "pivot": "1900"}, {"29/02/00": "!date", "28/02/00": "1900-02-28"}),
    (
        "created_at",
        {"datetime": ["%d/%m/%Y %H:%M", "%FT%T%z"], "zone": "America/New_York"},
        {
            "31/01/2026 20:00": "2026-02-01T01:00:00Z",
            "02/11/2025 01:30": "!zone",
            "09/03/2025 02:30": "!zone",
            "02/11/2025 02:00": "2025-11-02T07:00:00Z",
            "2026-01-31T20:00:00-0300": "2026-01-31T23:00:00Z",
            "31/01/2026": "!datetime",
        },
    ),
    # The first format that fits decides, though the other would read a time that the zone's clocks did show once.
    (
        "created_at",
        {"datetime": ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"], "zone": "America/New_York"},
        {
            "11/02/2025 01:30": "!zone",
            "03/09/2025 02:30": "!zone",
            "13/02/2025 01:30": "2025-02-13T06:30:00Z",
            "02/11/2025 01:30": "2025-02-11T06:30:00Z",
        },
    ),
    ("city", {"pattern": "[A-Z][a-z]+"}, {"Cali": "Cali", "Cali2": "!pattern", "xCali": "!pattern", "Cali\n": "Cali"}),
    ("city", {"pattern": "a|b"}, {"a": "a", "ab": "!pattern"}),
    ("city", {"one_of": ["a", "b"], "case": "lower"}, {"A": "a", "c": "!one_of", "": None}),
    ("city", {"length": {"min": "2", "max": "3"}}, {"ñ": "!length", "ñá": "ñá", "abcd": "!length", "": None}),
    ("dob", {"range": {"min": "2000-01-01", "max": "today"}}, {"1999-12-31": "!range", "2000-01-01": "2000-01-01"}),
    (
        "created_at",
        {"range": {"max": "2020-12-31"}},
        {"2020-12-31T23:59:59Z": "2020-12-31T23:59:59Z", "2021-01-01T00:00:00Z": "!range"},
    ),
    ("tags.n", {"number": {"decimal": ","}, "range": {"min": "0.5"}}, {"0,4": "!range", "2,0": 2, "0,5": 0.5}),
    ("tags.d", {"date": "%d/%m/%Y", "range": {"min": "2020-01-01"}}, {"31/12/2019": "!range"}),
    ("city", {"sql": "coalesce(nullif(Cell, 'x'), 'none')"}, {"x": "none", "y": "y", "": None}),
    ("city", {"sql": "split_part(Cell, ',', 2)"}, {"a,b": "b", "a": None}),
]  # fmt: skip


@pytest.mark.parametrize(("place", "steps", "table"), STEPS)
def test_what_a_field_says_becomes_of_cells(place: str, steps: dict[str, Any], table: dict[str | None, Any]) -> None:
    steps = steps if "sql" in steps else {"column": "Cell", **steps}
    name = place.removeprefix("tags.")
    contact = {"tags": {name: steps}} if place.startswith("tags.") else {name: steps}
    for (cell, expected), found in zip(table.items(), outcomes(contact, {"Cell": list(table)}), strict=True):
        if isinstance(expected, str) and expected.startswith("!"):
            assert found["reasons"] == f"{place}|{expected[1:]}", cell
            continue
        assert found["reasons"] is None, cell
        body = found["body"].get("tags", {}) if place.startswith("tags.") else found["body"]
        assert (body or None if place == "tags.*" else body.get(name)) == expected, cell


def test_a_tag_that_is_mapped_itself_is_not_made_again_by_a_list_of_tags() -> None:
    tags = {"vip": {"value": "gold"}, "*": {"column": "L", "split": ","}}
    (found,) = outcomes({"tags": tags}, {"L": ["vip,new"]})
    assert found["body"] == {"tags": {"vip": "gold", "new": True}}


PAYMENT = {"expiry_month": "M", "expiry_year": "Y", "alias": {"value": "x"}}
PAIRS: list[tuple[dict[str, Any], dict[str, str], str | None, str | None]] = [
    ({"payments": [PAYMENT]}, {"M": "5", "Y": "2027"}, None, None),
    ({"payments": [PAYMENT]}, {"M": "", "Y": ""}, None, None),
    ({"payments": [PAYMENT]}, {"M": "5", "Y": ""}, "payments[0].expiry_month|expiry", None),
    ({"payments": [PAYMENT]}, {"M": "", "Y": "2027"}, "payments[0].expiry_year|expiry", None),
    ({"payments": [PAYMENT]}, {"M": "13", "Y": "2027"}, "payments[0].expiry_month|month", None),
    ({"payments": [PAYMENT]}, {"M": "x", "Y": "2027"}, "payments[0].expiry_month|number", None),
    (
        {
            "payments": [
                {name: {"column": name[7].upper(), "on_bad": "drop"} for name in ("expiry_month", "expiry_year")}
            ]
        },
        {"M": "13", "Y": "2027"},
        None,
        "payments[0].expiry_month|month payments[0].expiry_year|expiry",
    ),
    (
        {"billing_info": [{"document_number": "D", "document_type": "T", "city": "C"}]},
        {"D": "800", "T": "", "C": "Cali"},
        None,
        "billing_info[0].document_number|document_type",
    ),
    (
        {"billing_info": [{"document_number": {"column": "D", "on_bad": "reject"}, "document_type": "T"}]},
        {"D": "800", "T": ""},
        "billing_info[0].document_number|document_type",
        None,
    ),
    ({"billing_info": [{"document_number": "D", "document_type": "T"}]}, {"D": "", "T": "NIT"}, None, None),
]


@pytest.mark.parametrize(("contact", "cells", "reasons", "dropped"), PAIRS)
def test_two_fields_of_an_item_go_together(
    contact: dict[str, Any], cells: dict[str, str], reasons: str | None, dropped: str | None
) -> None:
    (found,) = outcomes(contact, {name: [cell] for name, cell in cells.items()})
    assert (found["reasons"], found["dropped"]) == (reasons, dropped)


def test_an_item_is_meant_only_when_its_condition_holds() -> None:
    item = {
        "when": {"column": "Medio{n}", "one_of": ["TC", "TD"]},
        "repeat": "2",
        "method": {"column": "Medio{n}", "required": "true"},
        "last_four": {"column": "Tarjeta{n}", "required": "true"},
    }
    cells: dict[str, list[str | None]] = {
        "Medio1": ["TC", "EFECTIVO", None],
        "Tarjeta1": ["0042", "x", "1"],
        "Medio2": [" TD ", "TC", ""],
        "Tarjeta2": ["0043", "", "y"],
    }
    first, second, third = outcomes({"payments": [item]}, cells)
    assert first["body"]["payments"] == [{"method": "TC", "last_four": "0042"}, {"method": "TD", "last_four": "0043"}]
    assert second["reasons"] == "payments[1].last_four|required"
    assert (third["reasons"], third["body"]) == (None, {})


def test_policies_change_updates_only() -> None:
    contact = {
        "city": {"column": "A", "on_blank": "clear"},
        "source": {"column": "B", "write": "create_only"},
        "channel": {"column": "B", "write": "if_blank"},
        "dob": {"column": "D", "on_blank": "clear", "on_bad": "drop"},
    }
    cells: dict[str, list[str | None]] = {"A": ["x", ""], "B": ["y", ""], "D": ["1990-01-01", "never"]}
    first, second = outcomes(contact, cells)
    assert first["body"] == {"city": "x", "source": "y", "channel": "y", "dob": "1990-01-01"}
    assert first["update"] == {"city": "x", "dob": "1990-01-01"}
    assert second["body"] == {}
    assert second["update"] == {"city": None}, "what was wrong is left out and never cleared"


def test_an_item_whose_own_cells_were_all_dropped_is_left_out_with_its_defaults_and_constants() -> None:
    item = {
        "city": {"column": "A", "one_of": ["Cali"], "on_bad": "drop"},
        "zip_code": {"column": "B", "length": {"min": "5"}, "on_bad": "drop"},
        "country": {"column": "C", "default": "CO"},
        "alias": {"value": "home"},
    }
    cells: dict[str, list[str | None]] = {
        "A": ["Cali", "Lima", "Lima", "", "Lima"],
        "B": ["", "", "08002", "", "1"],
        "C": ["", "", "", "", "PE"],
    }
    found = outcomes({"addresses": [item]}, cells)
    assert [row["body"].get("addresses") for row in found] == [
        [{"alias": "home", "city": "Cali", "country": "CO"}],
        None,
        [{"alias": "home", "zip_code": "08002", "country": "CO"}],
        None,
        [{"alias": "home", "country": "PE"}],
    ]
    assert found[1]["dropped"] == "addresses[0].city|one_of"
    # The same where each distinct cell is worked out once.
    many: dict[str, list[str | None]] = {name: column * 40 for name, column in cells.items()}
    assert [row["body"] for row in outcomes({"addresses": [item]}, many)] == [row["body"] for row in found] * 40


def test_a_range_counts_days_in_utc() -> None:
    contact = {"created_at": {"column": "A", "range": {"min": "2026-01-02", "max": "today"}}}
    cells: dict[str, list[str | None]] = {
        "2026-01-01T23:00:00-05:00": [None], "2026-01-02T01:00:00+05:00": ["created_at|range"],
        "2026-01-02T00:00:00Z": [None], "2026-11-23T01:00:00+14:00": [None],
        "2026-11-22T23:00:00-05:00": ["created_at|range"],
    }  # fmt: skip
    found = outcomes(contact, {"A": list(cells)})
    assert [row["reasons"] for row in found] == [reason for (reason,) in cells.values()]


def test_members_of_a_json_object_become_tags() -> None:
    contact = {"tags": {"vip": "V", "*": {"column": "A", "parse": "json"}}}
    table: dict[str | None, Any] = {
        '{"a": 1.50, "b": [null, {"c": "d"}]}': {"a": 1.5, "b": [None, {"c": "d"}]},
        '{"vip": 2, "a" :\n"x"}': {"a": "x"},
        '{"vip": 2}': {},
        '{"n": 12345678901234567890123}': {"n": 12345678901234567890123},
        '{"\\"q\\\\\\n": true}': {'"q\\\n': True},
        "{}": {}, None: {}, "[1]": "!", '{"a": 1, "a": 2}': "!", '{"a": 1} x': "!", '{"a" 1}': "!", "x": "!",
    }  # fmt: skip
    found = outcomes(contact, {"A": list(table), "V": [None] * len(table)})
    told = ["!" if row["reasons"] == "tags.*|json" else row["body"].get("tags", {}) for row in found]
    assert told == list(table.values())
    deep = "[" * 100_000 + "]" * 100_000
    (row,) = outcomes(contact, {"A": [f'{{"a": {deep}}}'], "V": [None]})
    assert row["reasons"] == "tags.*|json"


def test_a_document_is_judged_by_the_kind_that_another_column_says() -> None:
    document = {"column": "N", "document": {"column": "T", "kinds": {"C.C.": "CO CC", "NIT": "CO NIT"}}}
    rows = {
        ("C.C.", "800.197.268-5"): "8001972685", (" NIT ", "800.197.268-4"): "8001972684",
        ("NIT", "800.197.268-5"): None,
        ("Otro", "123456"): None, ("", "123456"): None, ("NIT", ""): None,
    }  # fmt: skip
    cells = {"T": [kind for kind, _ in rows], "N": [number for _, number in rows]}
    found = outcomes({"document_number": document}, cells)  # type: ignore[arg-type]  # list is invariant
    assert [row["body"].get("document_number") for row in found] == list(rows.values())
    assert [row["dropped"] for row in found] == [None, None, *["document_number|document"] * 3, None]


def test_a_phones_country_may_be_blank_in_the_words_of_the_source() -> None:
    said = {"phone": {"column": "P", "phone": {"country": "C", "region": "CO"}}}
    compiled = compiled_of({"id": "Id", **said}, source={"blank": ["N/D"]})
    ids: list[str | None] = ["0f2c1a34-0000-4000-8000-00000000abcd"] * 3
    found = rows_of(compiled, {"Id": ids, "P": ["310 5554814"] * 3, "C": [" N/D ", "", "México"]})
    assert [row["body"].get("phone") for row in found] == ["+573105554814", "+573105554814", None]


def test_the_fingerprint_is_of_what_is_mapped_whatever_the_policies() -> None:
    cells: dict[str, list[str | None]] = {"A": ["x", ""], "B": ["y", "z"], "Id": ["", ""]}
    prints = []
    for policies in ({}, {"write": "create_only"}, {"write": "if_blank"}, {"on_blank": "clear"}):
        contact = {"city": {"column": "A"}, "channel": {"column": "B", **policies}}
        compiled = compiled_of({"id": "Id", **contact})
        frame = pl.DataFrame(cells)
        meta = pl.DataFrame({"row": [1, 2]}).with_columns(
            line="row", shape=pl.lit(None, pl.String), raw=pl.lit(None, pl.String)
        )
        judged = judge_batch(Batch(BatchRef(0, 0, 0, 0, 1, 1, 2), frame, meta), compiled, TODAY)
        judged = type(judged)(judged.batch, judged.rows.with_columns(reasons=pl.lit(None, pl.String)), judged.values)
        prints.append(make_bodies(judged, compiled)[0]["fingerprint"].to_list())
    assert prints == [prints[0]] * 4


REFUSED_SQL = [
    ("CAST(a AS INT)", "a CAST, which raises"),
    ("a::varchar", "a CAST, which raises"),
    ("CASE WHEN a::boolean THEN a END", "a CAST, which raises"),
    ("TRY_CAST(a AS DATE)", "dates have the steps date and datetime"),
    ("TRY_CAST(TRY_CAST(a AS INT) * 2 AS VARCHAR)", "arithmetic"),
    ("date(a)", "'Strptime'"),
    ("strptime(a, '%Y')", "'Strptime'"),
    ("MAX(a)", "no function of one row"),
    ("lag(a) over (order by b)", "no function of one row"),
    ("(SELECT 1)", "no function of one row"),
    ("CASE WHEN regexp_like(a, b) THEN a END", "not written out"),
    ("CASE WHEN regexp_like(a, '(') THEN a END", "regex error"),
    ("replace(a, b, 'x')", "not written out"),
    ("replace(a, 'x', b)", "not written out"),
    ("lpad(a, 4, '0')", "'PadStart'"),
    ("random()", "not understood"),
    ("a; drop table b", "not understood"),
    ("'x'", "names no column"),
    ("now()", "neither text nor a number"),
    ("coalesce(a, now())", "neither text nor a number"),
    ("coalesce(a, CURRENT_DATE)", "neither text nor a number (Date)"),
    ("coalesce(a, TRY_CAST(CURRENT_TIMESTAMP AS VARCHAR))", "neither text nor a number"),
    ("coalesce(a, TRY_CAST(LOCALTIME AS VARCHAR))", "neither text nor a number (Time)"),
    ("coalesce(a, DATE '2026-01-31')", "neither text nor a number (Date)"),
    ("a || TRY_CAST(RANDOM() AS VARCHAR)", "unsupported function 'random'"),
    ("TRY_CAST(ABS(TRY_CAST(a AS INT)) AS VARCHAR)", "'Abs', which can raise"),
    ("upper(a) OVER ()", "OVER, which is not about this row's cells alone"),
    ("upper(a) FILTER (WHERE b = 'x')", "'Filter'"),
    ("coalesce(a, (SELECT 'x'))", "no function of one row"),
    ("coalesce(a, 'x') -- or not", "a comment"),
    ("coalesce(a /* b */, 'x')", "a comment"),
    ("left(a, TRY_CAST(b AS INT))", "can raise"),
    ('"*"', "'Selector'"),
    ('"^a.*$"', "'Selector'"),
    ("length(a)", "gives UInt32, not text"),
    ("a LIKE 'x%'", "gives Boolean, not text"),
    ("a = 1", "does not work on text"),
    ("||".join(["a"] * 400), "nested too deep"),
    ("a || " * 900 + "a", "longer than 2,000 characters"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED_SQL)
def test_sql_that_can_raise_or_looks_beyond_its_row_is_refused(text: str, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        sql_expression(text)
    assert said in str(refused.value)


ALLOWED_SQL = [
    "coalesce(a, b, 'x')", "a || '-' || b", "concat_ws('-', a, b)", "CASE a WHEN 'x' THEN b ELSE left(a, 2) END",
    "CASE WHEN a IN ('x', 'y') AND NOT b LIKE 'z%' THEN upper(a) ELSE trim(b) END", "substr(a, 2, 3)", "right(a, -2)",
    "CASE WHEN TRY_CAST(a AS DOUBLE) > 3.5 THEN 'big' WHEN TRY_CAST(b AS INT) = 0 THEN 'none' END", "reverse(a)",
    "coalesce(a, 'OVER (SELECT now()) -- x')", "coalesce(\"a\", 'it''s')",
    "CASE WHEN (a = 'x') AND (b IS NULL) THEN ('y') END",
    "CASE WHEN strpos(a, 'x') > 1 OR length(b) > 3 THEN initcap(a) END", "regexp_replace(a, '(x)', '[$1]')",
    "CASE WHEN a ~ '^[0-9]+$' THEN nullif(a, '0') END", "split_part(a, b, 2)", "replace(a, 'x', '')", "greatest(a, b)",
]  # fmt: skip


@pytest.mark.parametrize("text", ALLOWED_SQL)
@settings(max_examples=15, deadline=None)
@given(cells=st.lists(st.tuples(st.none() | st.text(), st.none() | st.text()), max_size=4))
def test_sql_that_is_allowed_never_raises_and_looks_at_its_row_only(
    text: str, cells: list[tuple[str | None, str | None]]
) -> None:
    frame = pl.DataFrame(cells, schema={"a": pl.String, "b": pl.String}, orient="row")
    whole = frame.lazy().select(v=sql_expression(text)).collect(engine="in-memory")
    assert whole.schema == {"v": pl.String}
    alone = [frame[at : at + 1].select(v=sql_expression(text)).item() for at in range(frame.height)]
    assert whole["v"].to_list() == alone
