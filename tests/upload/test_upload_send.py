"""Rows sent to a real server on loopback: each settled once, nothing sent twice that may have landed."""

import json
import random
from dataclasses import replace

import pytest
from raw_server import CREATED, Fin, Got, Rst, Silence, Step, Then, answer
from sending import OPTIONS, Setting, at, create, landed, run, update

from importer.outcome import State
from importer.upload import PaceOptions


def test_every_row_lands_once_and_is_recorded_once() -> None:
    ran = run([create(n) if n % 2 else update(n) for n in range(400)], landed)
    assert ran.sent.counts == {State.CREATED: 200, State.UPDATED: 200}
    assert (ran.sent.stopped, ran.sent.requests, ran.sent.retries) == (None, 400, 0)
    assert sorted(ran.rows()) == list(range(400))
    assert ran.recorder.requests == 400
    assert {o.contact_id for o in ran.recorder.settled.values()} == {f"id-{n}" for n in range(400)}
    assert not ran.recorder.open


def test_an_outcome_and_the_next_intent_are_one_commit() -> None:
    ran = run([create(n) for n in range(200)], landed, Setting(replace(OPTIONS, pace=PaceOptions(most=1))))
    assert ran.recorder.commits <= 200 + 1 + 4


def test_open_intents_are_never_more_than_the_requests_allowed_in_flight() -> None:
    ran = run([create(n) for n in range(300)], landed)
    assert ran.recorder.most_open <= 8
    assert ran.server.most_at_once <= 8


def test_a_record_of_another_contact_is_not_kept_as_this_ones() -> None:
    ran = run([update(1), update(2)], lambda _: answer(200, {"data": [{"id": "id-1"}]}))
    assert [o.answer for o in ran.recorder.settled.values()] == [b'{"id":"id-1"}', None]


@pytest.mark.parametrize("number", [1, 20], ids=["fresh", "reused"])
@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Fin(), "net|cut"),
        (Rst(), "net|cut"),
        (Then(CREATED[:-3]), "net|cut"),
        (Then(b"\x00\x01\x02garbage\r\n\r\n"), "net|protocol"),
        (answer(500), "http|500"),
        (answer(503), "http|503"),
        (answer(408), "http|408"),
        (answer(201, {"ok": True}), "answer|no_id"),
        (answer(201, b"x" * 1_500_000), "answer|no_id"),
        (answer(204), "answer|no_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_create_that_may_have_landed_is_unknown_and_never_sent_again(step: Step, code: str, number: int) -> None:
    ran = run([create(n) for n in range(40)], at({number}, step))
    assert ran.sent.counts == {State.CREATED: 39, State.UNKNOWN: 1}
    assert sorted(ran.rows()) == list(range(40))
    assert [c for c in ran.codes() if c] == [code]


def test_silence_to_a_create_ends_at_the_deadline_and_is_unknown() -> None:
    ran = run([create(n) for n in range(20)], at({5}, Silence()), Setting(replace(OPTIONS, deadline=0.3)))
    assert ran.sent.counts == {State.CREATED: 19, State.UNKNOWN: 1}
    assert [c for c in ran.codes() if c] == ["net|timeout"]


@pytest.mark.parametrize(
    "step", [answer(500), answer(408), Fin(), Rst(), answer(200, {"data": []}), answer(200, {"error": "not now"})]
)
def test_an_update_is_sent_again_until_it_lands(step: Step) -> None:
    ran = run([update(n) for n in range(20)], at({1, 2, 9}, step))
    assert ran.sent.counts == {State.UPDATED: 20}
    assert ran.sent.retries == 3
    assert sum(ran.recorder.intents.values()) == len(ran.server.requests) == ran.sent.requests == 23


def test_an_update_that_is_never_answered_is_unknown_after_its_tries() -> None:
    ran = run(
        [update(n) for n in range(4)], lambda got: answer(500) if json.loads(got.body)["row"] == 2 else landed(got)
    )
    assert ran.sent.counts == {State.UPDATED: 3, State.UNKNOWN: 1}
    assert ran.rows().count(2) == 3
    assert ran.recorder.settled["2"].contact_id == "id-2"


@pytest.mark.parametrize("document", [{"data": []}, {"error": "no"}])
def test_an_update_that_is_answered_with_no_contact_each_time_is_unknown_and_keeps_no_answer(document: object) -> None:
    ran = run([update(1)], lambda _: answer(200, document))
    assert ran.sent.counts == {State.UNKNOWN: 1}
    settled = ran.recorder.settled["1"]
    assert (settled.code, settled.contact_id, settled.answer) == ("answer|no_contact", "id-1", None)
    assert ran.rows().count(1) == 3


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 422, 425])
def test_a_refused_row_fails_with_the_servers_words_and_the_rest_goes_on(status: int) -> None:
    refusal = answer(status, {"error": "No", "details": "\x1b[1mwhy" + "y" * 500})
    ran = run([create(n) for n in range(30)], at({4}, refusal))
    assert ran.sent.counts == {State.CREATED: 29, State.FAILED: 1}
    failed = next(o for o in ran.recorder.settled.values() if o.state is State.FAILED)
    assert (failed.code, failed.http_status) == (f"http|{status}", status)
    assert (failed.message or "").startswith("No: why")
    assert len(failed.message or "") == 300


def test_a_404_to_an_update_fails_and_is_never_a_create() -> None:
    ran = run([update(1), create(2)], lambda got: answer(404) if got.method == "PUT" else landed(got))
    assert ran.recorder.settled["1"].state is State.FAILED
    assert [got.method for got in ran.server.requests] == ["PUT", "POST"]


def test_after_something_landed_in_the_run_a_404_is_one_rows_failure() -> None:
    ran = run([create(n) for n in range(9)], at({1}, answer(404)), Setting(replace(OPTIONS, landed=True)))
    assert ran.sent.counts == {State.CREATED: 8, State.FAILED: 1}


def test_two_rows_of_one_identity_are_never_in_flight_together() -> None:
    flying: set[int] = set()

    def step(got: Got) -> Step:
        row = json.loads(got.body)["row"]
        assert row not in flying or got.method == "PUT"
        flying.add(row)
        return answer(500) if random.Random(got.number).random() < 0.1 else landed(got)  # noqa: S311  # seeded on purpose

    ran = run([update(n) for n in range(200)], step)
    assert sum(ran.sent.counts.values()) == 200
    by_row: dict[int, list[float]] = {}
    for got in ran.server.requests:
        by_row.setdefault(json.loads(got.body)["row"], []).append(got.at)
    assert all(times == sorted(times) for times in by_row.values())
