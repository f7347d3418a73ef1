"""JSON taken apart as text says what a parser says, and what can't be read whole is not read at all."""

import json
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.plan.compose import Policies, compose
from importer.plan.members import leaves, plain_text, take_apart

TEXTS = st.text(max_size=6) | st.sampled_from(['"', "\\", "\\u00e1", "}", "],[", "{", "\U0001f600", "\x1f", ":", ","])
SCALARS = TEXTS | st.booleans() | st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def read(texts: list[str | None]) -> list[dict[str, Any]]:
    members = take_apart(pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).with_row_index("row"))
    found: list[dict[str, Any]] = [{} for _ in texts]
    for row, key, value in members.iter_rows():
        found[row][json.loads(f'"{key}"')] = json.loads(value)
    return found


@settings(max_examples=150, deadline=None)
@given(
    objects=st.lists(OBJECTS, min_size=1, max_size=3),
    ascii_only=st.booleans(),
    separators=st.sampled_from([None, (", ", ": "), (",", ":")]),
)
def test_an_object_taken_apart_is_what_a_parser_reads(
    objects: list[dict[str, Any]], *, ascii_only: bool, separators: tuple[str, str] | None
) -> None:
    texts = [json.dumps(one, ensure_ascii=ascii_only, separators=separators) for one in objects]
    assert read(list(texts)) == objects
    assert [json.loads(text) for text in plain_text(pl.Series(texts))] == objects


def test_what_is_too_deep_or_no_object_gives_nothing() -> None:
    deep = json.dumps({"a": json.loads("[" * 20 + "]" * 20), "b": 1})
    assert read([deep, "[1]", "no json", '{"a":1,}x', None, "{}"]) == [{}] * 6


def test_places_are_named_as_mappings_name_them() -> None:
    body = {"city": "Cali", "tags": {"vip": True}, "addresses": [{"city": "A"}, {"city": "B"}], "payments": []}
    found = leaves(pl.Series([json.dumps(body)]))
    assert sorted(found["place"]) == ["addresses[0].city", "addresses[1].city", "city", "tags.vip"]


WHOLE = {"id": "1", "persona_id": "p", "email": "a@x.com", "document_type": None, "document_number": None}


def composed(
    update: str,
    answer: dict[str, Any] | None,
    spare: str | None = None,
    landed: str | None = None,
    *,
    full: bool = False,
) -> Any:  # noqa: ANN401  # JSON
    told = None if answer is None else json.dumps(answer, separators=(",", ":"))
    rows = pl.DataFrame(
        {"update": [update], "if_blank": [spare], "answer": [told], "landed": [landed]},
        schema=dict.fromkeys(("update", "if_blank", "answer", "landed"), pl.String),
    )
    (row,) = compose(rows, Policies(full=full, if_blank=True)).to_dicts()
    return (json.loads(row["composed"]) if row["composed"] else None, row["fills"], row["bare"])


def test_a_blank_is_filled_only_where_an_answer_shows_it() -> None:
    for blank in ({"city": None}, {"city": ""}, {}):
        assert composed("{}", WHOLE | blank, '{"city":"Cali"}') == ({"city": "Cali"}, True, False)
    assert composed("{}", WHOLE | {"city": "C***"}, '{"city":"Cali"}') == (None, False, False)
    assert composed("{}", {"id": "1"}, '{"city":"Cali"}') == (None, False, False)
    assert composed("{}", None, '{"city":"Cali"}') == (None, False, False)


def test_what_the_target_refused_to_keep_is_no_reason_for_another_update() -> None:
    told = composed('{"a":1}', WHOLE | {"city": None}, '{"city":"Cali"}', '{"city":"Cali"}')
    assert told == ({"a": 1, "city": "Cali"}, False, False)


def test_a_full_update_carries_what_is_known_and_nothing_of_the_servers_own() -> None:
    known = WHOLE | {"created_at": "2020-01-01T00:00:00Z", "deleted_at": "2020-01-01T00:00:00Z", "extra": 1}
    known |= {"phone": "***14", "status": "X", "addresses": [{"id": 7, "city": "Bogotá", "alias": None}]}
    told, _, bare = composed(
        '{"first_name":"A","city":null}', known, landed='{"phone":"5514","channel":"w"}', full=True
    )
    expected = {"first_name": "A", "email": "a@x.com", "city": None, "phone": "5514", "status": "X"}
    assert (told, bare) == ({**expected, "addresses": [{"city": "Bogotá"}]}, False)


def test_without_a_whole_answer_a_full_update_falls_back_on_the_last_body() -> None:
    assert composed('{"city":"B"}', {"id": "1"}, landed='{"city":"A","phone":"5"}', full=True)[0] == {
        "city": "B",
        "phone": "5",
    }
    assert composed('{"city":"B"}', None, full=True) == (None, False, True)
