"""What is read from an answer, whatever the server sends."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.http.answer import Answer, clean, read_answer, read_words
from importer.http.exchange import Reply

CONTACT = {"id": "3c90c3cc", "email": "josé@example.com"}


def reply(body: bytes, kind: str | None = "application/json", status: int = 200) -> Reply:
    return Reply(sent=True, status=status, headers={"content-type": kind} if kind else {}, body=body)


@pytest.mark.parametrize("document", [CONTACT, {"data": CONTACT}, {"data": [CONTACT]}])
@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", None, "text/plain"])
def test_every_documented_shape_gives_the_contact(document: object, kind: str | None) -> None:
    found = read_answer(reply(json.dumps(document).encode(), kind))
    assert found.contact_id == "3c90c3cc"
    assert json.loads(found.contact or b"") == CONTACT


def test_a_contact_in_one_line_is_kept_as_it_came_and_any_other_is_written_anew_in_one() -> None:
    terse = json.dumps(CONTACT, ensure_ascii=False, separators=(",", ":")).encode()
    assert read_answer(reply(terse)).contact == terse
    for written in (json.dumps(CONTACT, indent=2), json.dumps(CONTACT), "\ufeff" + terse.decode()):
        assert read_answer(reply(written.encode())).contact == json.dumps(CONTACT, separators=(",", ":")).encode()


def test_half_of_a_surrogate_pair_and_a_number_of_any_size_lose_nothing() -> None:
    found = read_answer(reply(b'{"id":"a","city":"\\ud800","points":123456789012345678901234567890}'))
    assert found.contact is not None
    assert json.loads(found.contact) == {"id": "a", "city": "\ud800", "points": 123456789012345678901234567890}


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"id": ""},
        {"id": 7},
        {"id": None},
        {"id": "a/b"},
        {"id": "a?b"},
        {"id": ".."},
        {"id": "a b"},
        {"id": "x" * 201},
        {"data": []},
        {"data": [CONTACT, CONTACT]},
        {"data": None},
        "id",
        1,
    ],
)
def test_what_has_no_usable_id_gives_none(document: object) -> None:
    assert read_answer(reply(json.dumps(document).encode())).contact_id is None


@pytest.mark.parametrize("body", [b"", b"{", b'{"id": NaN}', b"[" * 100_000, b"\xff\xfe\x00", b'{"id":"a"'])
def test_what_is_no_json_has_no_contact(body: bytes) -> None:
    assert read_answer(reply(body)) == Answer()


def test_an_answer_that_was_cut_has_no_contact() -> None:
    assert read_answer(Reply(sent=True, status=200, body=b'{"id":"a"}', failure="oversized")).contact_id is None


@pytest.mark.parametrize(
    ("body", "kind", "html"),
    [
        (b"<html>", "text/html", True),
        (b'{"id":"a"}', "text/html; charset=utf-8", True),
        (b"\xef\xbb\xbf \n<!doctype html>", None, True),
        (b"<html>", "text/plain", True),
        (b"<html>", "application/json", False),
        (b"plain", "text/plain", False),
    ],
)
def test_a_page_is_recognised_by_its_type_first(body: bytes, kind: str | None, *, html: bool) -> None:
    assert read_answer(reply(body, kind)).html is html


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"error": "Bad", "details": "email is taken"}', "application/json", "Bad: email is taken"),
        (b'{"message": "Bad", "error": "Bad"}', "application/json", "Bad"),
        (
            b'{"error": "Bad", "details": [{"path": ["email"], "message": "wrong"}, {"path": "dob", "message": "no"}]}',
            "application/json",
            "Bad: email: wrong; dob: no",
        ),
        (b"\x1b[31mred\x1b[0m\r\n\x00two\x07", "text/plain", "red two"),
        (b"<html><title>Not here</title>", "text/html", "an HTML page: Not here"),
        (b"", "application/json", None),
        ("ñ\u202e\u200b!".encode(), "text/plain", "ñ!"),
    ],
)
def test_the_servers_words_are_one_clean_line(body: bytes, kind: str, words: str | None) -> None:
    assert read_words(reply(body, kind, 422), str) == words


@given(st.binary(), st.sampled_from(["application/json", "text/html", "text/plain", None]))
def test_no_answer_raises(body: bytes, kind: str | None) -> None:
    read_answer(reply(body, kind))
    read_words(reply(body, kind), str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["id", "data", "error", "details", "path", "message"]), inner)
        ),
    )
)
def test_no_json_raises_and_every_contact_found_is_the_object_that_came(document: object) -> None:
    body = json.dumps(document).encode()
    found = read_answer(reply(body))
    assert found.contact is None or isinstance(json.loads(found.contact.decode()), dict)
    read_words(reply(body, status=400), str)


@given(st.text())
def test_clean_words_are_short_and_hold_no_control_character(text: str) -> None:
    line = clean(text, str)
    assert len(line) <= 300
    assert not [c for c in line if unicodedata.category(c)[0] == "C"]


def test_words_are_masked_before_they_are_cut() -> None:
    words = read_words(reply(b'{"error":"no"}', "application/json", 422), lambda text: text.replace("no", "x" * 400))
    assert words is not None
    assert words.startswith("xxx")
    assert len(words) == 300
