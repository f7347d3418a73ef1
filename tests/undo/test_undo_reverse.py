"""What a body must say to put a contact back, case by case."""

import json

import polars as pl
import pytest

from importer.undo.later import standing
from importer.undo.reverse import reverse

WHOLE = {"id": "i", "persona_id": "p", "email": "e", "document_type": None, "document_number": None, "city": None}
COLUMNS = ("sent", "before", "former", "export")


def put_back(
    sent: object, before: object = None, former: object = None, export: object = None, *, fresh: bool = False
) -> tuple[object, bool, list[str]]:
    texts = [None if one is None else json.dumps(one, separators=(",", ":")) for one in (sent, before, former, export)]
    schema = dict.fromkeys(COLUMNS, pl.String)
    frame = pl.DataFrame([texts], schema=schema, orient="row").with_columns(fresh=pl.lit(fresh))
    found = reverse(frame)
    ((body, changes),) = found.rows.rows()
    return None if body is None else json.loads(body), changes, found.lost["place"].to_list()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(({"city": "b"}, {"city": "a"}), ({"city": "a"}, True, []), id="what landed before"),
        pytest.param(({"city": "a"}, {"city": "a"}), ({"city": "a"}, False, []), id="nothing changed"),
        pytest.param(({"city": "b"},), (None, False, ["city"]), id="nothing known"),
        pytest.param(
            ({"city": "b", "phone": "1"}, {"city": "a"}),
            ({"city": "a", "phone": "1"}, True, ["phone"]),
            id="a field nobody knows stays",
        ),
        pytest.param(
            ({"city": "b", "phone": "1"}, {"phone": "0"}, WHOLE), ({"city": None, "phone": "0"}, True, []), id="whole"
        ),
        pytest.param(
            ({"phone": "1", "city": "b"}, {"city": "a"}, {"phone": "57*****1"}),
            ({"city": "a", "phone": "1"}, True, ["phone"]),
            id="a masked answer tells nothing",
        ),
        pytest.param(
            ({"tags": {"x": 1, "y": 2}}, {"tags": {"x": 0}}, {"tags": {"x": 0}}),
            ({"tags": {"x": 0, "y": None}}, True, []),
            id="a tag more",
        ),
        pytest.param(
            ({"tags": {"x": 1}, "city": "b"}, {"city": "b"}, {**WHOLE, "tags": None}),
            ({"tags": None, "city": "b"}, True, []),
            id="the first tag",
        ),
        pytest.param(
            ({"city": "b"}, {"city": "a"}, None, {"city": "c", "phone": "1", "source": None}),
            ({"city": "c", "phone": "1"}, True, []),
            id="an export knows best, and its blanks say nothing of what was not sent",
        ),
    ],
)
def test_a_contact_is_put_back_as_it_stood(asked: tuple[object, ...], expected: tuple[object, bool, list[str]]) -> None:
    assert put_back(*asked) == expected


def test_of_a_contact_that_was_just_made_what_it_lacked_is_blank_or_the_default() -> None:
    sent = {"city": "b", "email_verified": True, "status": "GONE", "deleted_at": "2026-01-01T00:00:00Z", "email": "e@x"}
    body, changes, lost = put_back(sent, {"city": "a"}, fresh=True)
    blank = {"city": "a", "email_verified": False, "status": "ACTIVE", "deleted_at": None, "email": "e@x"}
    assert (body, changes, lost) == (blank, True, ["email"])


def test_a_run_that_was_taken_back_stands_no_more_unless_that_was_taken_back_too() -> None:
    made = [("c", 2, "two", "x", "updated"), ("c", 3, "three", "undo two", "updated"), ("d", 2, "two", "x", "updated")]
    ids = {f"undo {run}": run for run in ("two", "three")}
    schema = ["contact_id", "number", "run", "source_digest", "state"]
    later = pl.DataFrame(made, schema=schema, orient="row")
    assert standing(later, ids).rows() == [("d", "two")]
    more = pl.DataFrame([*made, ("c", 4, "four", "undo three", "updated")], schema=schema, orient="row")
    assert sorted(standing(more, ids).rows()) == [("c", "two"), ("d", "two")]
    doubt = pl.DataFrame([made[0], (*made[1][:4], "unknown")], schema=schema, orient="row")
    assert standing(doubt, ids).rows() == [("c", "three")]
