import json
from hashlib import blake2b
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.bodies import PLAIN, build_bodies, filled_bits
from importer.mapping.compile import compile_mapping
from importer.mapping.model import Mapping
from importer.value import Value

CONTACT: dict[str, Any] = {
    "id": "id",
    "external_id": "external_id",
    "persona_id": "persona_id",
    "first_name": "first_name",
    "email_verified": "email_verified",
    "status": {"value": "ACTIVE"},
    "tags": {
        'odd "tag"\n': "odd",
        "points": {"column": "points", "number": "true"},
        "vip": {"column": "vip", "boolean": {"yes": "y", "no": "n"}},
    },
    "addresses": [{"alias": {"value": "home"}, "city": "c1", "street_1": "s1"}, {"city": "c2"}],
    "billing_info": [{"alias": {"value": "office"}, "country": {"value": "CO"}}],
    "payments": [{"last_four": "l4", "expiry_month": "month"}],
}
VALUES = compile_mapping(Mapping.model_validate({"version": "1", "name": "test", "contact": CONTACT})).values
TYPES: dict[str, Any] = {
    "email_verified": pl.Boolean,
    "tags.vip": pl.Boolean,
    "tags.points": pl.Decimal(38, 10),
    "payments[0].expiry_month": pl.Int64,
}
CONSTANTS = {
    "status": "ACTIVE",
    "addresses[0].alias": "home",
    "billing_info[0].alias": "office",
    "billing_info[0].country": "CO",
}
SCHEMA = {value.place: TYPES.get(value.place, pl.String) for value in VALUES}


def built(*rows: dict[str, Any]) -> pl.DataFrame:
    whole = [{place: row.get(place, CONSTANTS.get(place)) for place in SCHEMA} for row in rows]
    return build_bodies(pl.DataFrame(whole, schema=SCHEMA), VALUES)


def oracle(row: dict[str, Any], *, update: bool) -> dict[str, Any]:
    """Make one body slowly: by hand, from the places' names."""
    body: dict[str, Any] = {}
    items: dict[str, dict[str, Any]] = {}
    filled = set()
    for value in VALUES:
        cell = row.get(value.place, CONSTANTS.get(value.place))
        if value.place == "id" or cell is None or (value.field.update_only and not update):
            continue
        top = value.place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
        if value.place.startswith("tags."):
            body.setdefault("tags", {})[value.field.name] = cell
        elif "]." in value.place:
            name = value.place.split(".", maxsplit=1)[0]
            body.setdefault(top, items)
            items.setdefault(name, {})[value.field.name] = cell
            if value.place not in CONSTANTS:
                filled.add(name)
        else:
            body[top] = cell
    for top in ("addresses", "billing_info", "payments"):
        mine = [item for name, item in items.items() if name.startswith(top) and name in filled]
        body.pop(top, None)
        if mine:
            body[top] = mine
    return body


def test_a_body_is_compact_json_in_model_order() -> None:
    found = built(
        {
            "id": "0f2c1a34-0000-4000-8000-00000000abcd",
            "external_id": "007",
            "persona_id": "p1",
            "first_name": 'Ana "Nana"',
            "email_verified": False,
            "tags.points": 12.5,
            "addresses[0].city": "Bogotá",
            "addresses[1].city": "Cali",
            "payments[0].expiry_month": 5,
        }
    ).row(0, named=True)
    start = '{"external_id":"007",'
    rest = (
        '"first_name":"Ana \\"Nana\\"","email_verified":false,"status":"ACTIVE","tags":{"points":12.5},'
        '"addresses":[{"alias":"home","city":"Bogotá"},{"city":"Cali"}],"payments":[{"expiry_month":5}]}'
    )
    assert found["body"] == start + rest
    assert found["update_body"] == start + '"persona_id":"p1",' + rest
    assert found["fingerprint"] == blake2b(found["update_body"].encode(), digest_size=16).digest()


def test_what_is_blank_is_absent_and_an_item_of_constants_is_empty() -> None:
    found = built({}).row(0, named=True)
    assert found["body"] == '{"status":"ACTIVE"}'
    assert found["update_body"] is None
    assert found["fingerprint"] == blake2b(b'{"status":"ACTIVE"}', digest_size=16).digest()


def test_numbers_have_one_form() -> None:
    cells = ["0", "10", "-0.5", "100.10", "123456789012345678.0000000001", "-7"]
    frame = pl.DataFrame({place: [CONSTANTS.get(place)] * len(cells) for place in SCHEMA}, schema=SCHEMA).with_columns(
        pl.Series("tags.points", cells).cast(pl.Decimal(38, 10))
    )
    bodies = build_bodies(frame, VALUES)["body"]
    numbers = [body.split('"points":')[1].split("}")[0] for body in bodies]
    assert numbers == ["0", "10", "-0.5", "100.1", "123456789012345678.0000000001", "-7"]


def test_no_fields_and_no_rows_make_no_trouble() -> None:
    (only_id,) = [value for value in VALUES if value.place == "id"]
    assert build_bodies(pl.DataFrame({"id": ["x", None]}), [only_id])["body"].to_list() == ["{}", "{}"]
    empty = build_bodies(pl.DataFrame(schema=SCHEMA), VALUES)
    assert empty.schema == {
        "body": pl.String,
        "update_body": pl.String,
        "fingerprint": pl.Binary,
        "carried": pl.Binary,
    }
    assert empty.height == 0


def test_two_thousand_tags_fit_in_a_body() -> None:
    tags = compile_mapping(
        Mapping.model_validate(
            {"version": "1", "name": "test", "contact": {"tags": {f"t{number}": "A" for number in range(2_000)}}}
        )
    ).values
    frame = pl.DataFrame({value.place: ["x"] for value in tags})
    assert json.loads(build_bodies(frame, tags)["body"][0]) == {"tags": {value.field.name: "x" for value in tags}}


TEXTS = (
    st.none()
    | st.text(min_size=1)
    | st.sampled_from(['"', "\\", "\\u0041", "\x00", "\x7f", "\u2028", "\U0001f600", '","x":1'])
)


def cells_of(value: Value) -> st.SearchStrategy[Any]:
    kind = SCHEMA[value.place]
    if value.place in CONSTANTS:
        return st.just(CONSTANTS[value.place])
    if kind == pl.Boolean:
        return st.none() | st.booleans()
    if kind == pl.Int64:
        return st.none() | st.integers(-(2**63), 2**63 - 1)
    return TEXTS if kind == pl.String else st.none() | st.integers(-(10**18), 10**18)


ROWS = st.fixed_dictionaries({value.place: cells_of(value) for value in VALUES})


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_bodies_equal_those_made_row_by_row(rows: list[dict[str, Any]]) -> None:
    for row, found in zip(rows, built(*rows).iter_rows(named=True), strict=True):
        assert list(json.loads(found["body"]).items()) == list(oracle(row, update=False).items())
        full = found["update_body"] or found["body"]
        assert json.loads(full) == oracle(row, update=True)
        assert (found["update_body"] is None) == (row["persona_id"] is None)
        assert found["fingerprint"] == blake2b(full.encode(), digest_size=16).digest()


@settings(max_examples=100, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_the_bits_of_filled_fields_are_the_texts_of_a_body(rows: list[dict[str, Any]]) -> None:
    whole = [{place: row.get(place, CONSTANTS.get(place)) for place in SCHEMA} for row in rows]
    frame = pl.DataFrame(whole, schema=SCHEMA)
    bodies = [json.loads(body) for body in build_bodies(frame, VALUES)["body"]]
    told = [{name for place, name in enumerate(PLAIN) if bits >> place & 1} for bits in filled_bits(frame, VALUES)]
    assert told == [{name for name, value in body.items() if isinstance(value, str)} for body in bodies]
