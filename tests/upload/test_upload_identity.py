"""An answer about somebody else is no answer; one that is only written in another way is."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from raw_server import Got, Step, answer
from sending import create, run, update

from importer.http.answer import read_answer
from importer.http.exchange import Reply
from importer.outcome import Action, State
from importer.task import Task
from importer.upload.identity import is_other

HEADERS = {"content-type": "application/json"}
SENT = {"external_id": "K-7", "email": "Ana.Ruiz+web@Correo.example.com", "document_number": "900.123.456-7"}


def is_another(sent: dict[str, Any], told: dict[str, Any], contact_id: str | None = None) -> bool:
    action = Action.CREATE if contact_id is None else Action.UPDATE
    task = Task(0, 0, 0, 1, action, "k", contact_id, json.dumps(sent).encode(), b"")  # type: ignore[arg-type]  # one of the two
    reply = Reply(sent=True, status=200, headers=HEADERS, body=json.dumps(told).encode())
    return is_other(task, read_answer(reply))


@pytest.mark.parametrize(
    "told",
    [
        {"external_id": "K-8"},
        {"external_id": "K-8", "email": SENT["email"]},
        {"external_id": "K-70"},
        {"email": "ana.ruizz@correo.example.com"},
        {"email": "ana.ruiz@otro.example.com"},
        {"external_id": None, "email": "luis@correo.example.com"},
        {"external_id": "", "email": "luis@correo.example.com"},
        {"document_number": "800123456"},
        {"email": "", "document_number": "800.123.456"},
    ],
    ids=str,
)
def test_an_answer_to_a_create_that_names_another_is_anothers(told: dict[str, Any]) -> None:
    assert is_another(SENT, {"id": "abc", **told})
    assert is_another(SENT, {"data": [{"id": "abc", **told}]})


@pytest.mark.parametrize(
    "told",
    [
        SENT,
        {},
        {"external_id": " k-7 "},
        {"external_id": "K-7", "email": "somebody.else@correo.example.com"},
        {"external_id": 7, "email": "ana.ruiz+web@correo.example.com"},
        {"email": "ana.ruiz+web@correo.example.com"},
        {"email": "anaruiz@correo.example.com"},
        {"email": ""},
        {"email": None},
        {"email": "a***@correo.example.com"},
        {"document_number": "9001234567"},
        {"document_number": "900123456"},
        {"document_number": "NIT 900123456-7"},
        {"document_number": "****4567"},
        {"first_name": "Luis"},
    ],
    ids=str,
)
def test_what_is_left_out_masked_or_written_in_another_way_is_no_other(told: dict[str, Any]) -> None:
    assert not is_another(SENT, {"id": "abc", **told})


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("jo@ñandú.example", "jo@xn--and-6ma2c.example"),
        ("ana.ruiz@googlemail.com", "anaruiz@gmail.com"),
        ("ana-shop@correo.example.com", "ana@correo.example.com"),
        ("JOSÉ@correo.example.com", "jose\u0301@correo.example.com"),
    ],
)
def test_ways_in_which_servers_write_an_address_are_the_same_address(sent: str, told: str) -> None:
    assert not is_another({"email": sent}, {"email": told})


@pytest.mark.parametrize(("told", "other"), [("ID-1", False), ("id-2", True)])
def test_an_id_that_both_sides_have_decides_alone(told: str, *, other: bool) -> None:
    assert is_another(SENT, {"id": told, "external_id": "K-7"}, "id-1") is other
    assert is_another(SENT, {"id": told, "external_id": "K-8"}, "id-1") is other


def test_an_update_answered_without_an_id_is_known_by_what_else_it_tells() -> None:
    assert is_another(SENT, {"external_id": "K-8"}, "id-1")
    assert not is_another(SENT, {"external_id": "k-7"}, "id-1")


@given(st.dictionaries(st.sampled_from(sorted(SENT)), st.text(), max_size=3))
def test_an_answer_that_echoes_what_was_sent_is_never_anothers(contact: dict[str, str]) -> None:
    assert not is_another(contact, {"id": "abc", **contact})


@given(
    st.dictionaries(st.sampled_from(sorted(SENT)), st.text(), max_size=3),
    st.dictionaries(st.sampled_from(sorted(SENT)), st.none() | st.text() | st.integers(), max_size=3),
)
def test_no_answer_makes_it_raise(sent: dict[str, str], told: dict[str, Any]) -> None:
    assert is_another(sent, {"id": "abc", **told}) in (True, False)


def swapped(got: Got) -> Step:
    """Answer rows 3 and 4 with each other's contacts."""
    row = json.loads(got.body)["row"]
    told = {3: 4, 4: 3}.get(row, row)
    return answer(201, {"id": f"id-{told}", "email": f"row{told}@correo.example.com"})


def test_creates_whose_answers_are_exchanged_are_unknown_and_tied_to_nobody() -> None:
    ran = run([create(n, email=f"row{n}@correo.example.com") for n in range(9)], swapped)
    assert ran.sent.counts == {State.CREATED: 7, State.UNKNOWN: 2}
    assert [(o.code, o.contact_id) for o in (ran.recorder.settled["3"], ran.recorder.settled["4"])] == [
        ("answer|other", None)
    ] * 2


def test_an_update_answered_with_another_contact_is_sent_again_and_then_unknown() -> None:
    ran = run([update(n) for n in range(9)], swapped)
    assert ran.sent.counts == {State.UPDATED: 7, State.UNKNOWN: 2}
    assert ran.rows().count(3) == ran.rows().count(4) == 3


TEXTS = st.sampled_from(["K-7", "k-7", "K-70", 'K-7","x":"', "\\", '"', "{", "[", "é", "\n", ""])


@example(sent={"a": {"external_id": "K-7"}, "external_id": "K-8"}, told="K-7")
@given(
    sent=st.dictionaries(
        st.sampled_from(["a", "external_id", "z"]), TEXTS | st.fixed_dictionaries({"external_id": TEXTS})
    ),
    told=TEXTS | st.just("\ud800"),
)
def test_how_a_body_is_written_decides_nothing(sent: dict[str, Any], told: str) -> None:
    reply = Reply(sent=True, status=201, headers=HEADERS, body=json.dumps({"id": "abc", "external_id": told}).encode())
    tight, wide = (
        Task(0, 0, 0, 1, Action.CREATE, "k", None, json.dumps(sent, separators=marks, ensure_ascii=False).encode(), b"")
        for marks in ((",", ":"), (" , ", " : "))
    )
    assume(isinstance(sent.get("external_id", ""), str))
    assert is_other(tight, read_answer(reply)) == is_other(wide, read_answer(reply))
