"""What ends a sending before its end: refused rights, a wrong address, a limit, a signal. Nothing is left open."""

import asyncio
import base64
import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from raw_server import Got, Late, RawServer, Silence, Step, answer
from sending import OPTIONS, Lists, Setting, account, at, create, landed, run

from importer.errors import SettingsError, StateError, StoppedError, WrongTargetError
from importer.outcome import State
from importer.progress import Silent
from importer.task import Task
from importer.upload import send_run


@pytest.mark.parametrize("step", [answer(404), answer(405), answer(301, Location="https://elsewhere.invalid/")])
def test_a_wrong_url_stops_at_the_first_create_which_stays_unsent(step: Step) -> None:
    ran = run([create(n) for n in range(100)], lambda _: step)
    assert isinstance(ran.sent.stopped, WrongTargetError)
    assert ran.sent.counts == {}
    assert len(ran.server.requests) == 1
    assert len(ran.recorder.withdrawn) == 1
    assert not ran.recorder.open


def test_a_page_instead_of_a_contact_stops_at_the_first_create_which_is_unknown() -> None:
    ran = run([create(n) for n in range(100)], lambda _: answer(200, b"<html>hello", kind="text/html"))
    assert isinstance(ran.sent.stopped, WrongTargetError)
    assert ran.sent.counts == {State.UNKNOWN: 1}
    assert ran.codes() == ["answer|html"]


def test_403_stops_the_run_and_leaves_its_rows_unsent() -> None:
    ran = run([create(n) for n in range(100)], lambda got: landed(got) if got.number < 30 else answer(403))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert ran.sent.counts[State.CREATED] == 29
    assert len(ran.server.requests) <= 29 + 8
    assert not ran.recorder.open
    assert "canary" not in str(ran.sent.stopped)


def test_a_refused_ready_token_stops_the_run_with_its_rows_unsent() -> None:
    ran = run([create(n) for n in range(9)], lambda _: answer(401))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert ran.sent.counts == {}
    assert [o.http_status for o in ran.recorder.withdrawn] == [401]


def test_a_token_that_ends_in_mid_run_is_renewed_once_for_all_and_every_row_lands() -> None:
    signed = itertools.count(1)

    def step(got: Got) -> Step:
        if got.method == "GET":
            return answer(200, {"data": f"token-{next(signed)}"})
        stale = got.headers["authorization"] == "Bearer token-1" and got.number > 60
        return Late(answer(401), 0.01) if stale else landed(got)

    ran = run([create(n) for n in range(200)], step, Setting(token=None))
    assert ran.sent.counts == {State.CREATED: 200}
    assert sum(got.method == "GET" for got in ran.server.requests) == 2
    assert ran.sent.requests == ran.recorder.requests == len(ran.server.requests)


@pytest.mark.parametrize("late", [0.0, 0.02])
def test_a_server_that_takes_every_sign_in_and_no_token_stops_the_run_after_two(late: float) -> None:
    signed = itertools.count(1)

    def step(got: Got) -> Step:
        refused = Late(answer(401), late) if late else answer(401)
        return answer(200, {"data": f"token-{next(signed)}"}) if got.method == "GET" else refused

    options = replace(OPTIONS, pace=replace(OPTIONS.pace, most=200))
    ran = run([create(n) for n in range(400)], step, Setting(options, token=None))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert [got.method for got in ran.server.requests] == ["GET", "POST", "GET", "POST"]
    assert ran.sent.counts == {}
    assert not ran.recorder.open


def test_a_renewed_token_that_nobody_takes_stops_the_run_with_what_is_in_flight() -> None:
    signed = itertools.count(1)

    def step(got: Got) -> Step:
        if got.method == "GET":
            return answer(200, {"data": f"token-{next(signed)}"})
        good = got.headers["authorization"] == "Bearer token-1" and got.number <= 60
        return landed(got) if good else Late(answer(401), 0.01)

    ran = run([create(n) for n in range(400)], step, Setting(token=None))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert sum(got.method == "GET" for got in ran.server.requests) == 2
    assert len(ran.server.requests) <= 60 + 2 * 8 + 1
    assert not ran.recorder.open


@pytest.mark.parametrize("digits", [308, 401, 4_000, 9_000])
def test_a_token_whose_end_is_no_number_that_fits_is_used_and_signed_in_for_once(digits: int) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp":' + b"9" * digits + b"}").decode()

    def step(got: Got) -> Step:
        return answer(200, {"data": f"h.{claims}.s"}) if got.method == "GET" else landed(got)

    ran = run([create(n) for n in range(9)], step, Setting(token=None))
    assert ran.sent.counts == {State.CREATED: 9}
    assert sum(got.method == "GET" for got in ran.server.requests) == 1


def test_a_key_refused_after_a_401_stops_the_run() -> None:
    def step(got: Got) -> Step:
        if got.method == "GET":
            return answer(200, {"data": "token-1"}) if got.number == 1 else answer(401)
        return answer(401)

    ran = run([create(n) for n in range(50)], step, Setting(token=None))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert ran.sent.counts == {}
    assert not ran.recorder.open


def test_a_limit_sends_that_many_rows_and_says_that_more_are_left() -> None:
    ran = run([create(n) for n in range(120)], landed, Setting(replace(OPTIONS, limit=70)))
    assert ran.sent.counts == {State.CREATED: 70}
    assert isinstance(ran.sent.stopped, StoppedError)


@pytest.mark.parametrize("limit", [120, 121])
def test_a_limit_that_leaves_nothing_is_no_stop(limit: int) -> None:
    ran = run([create(n) for n in range(120)], landed, Setting(replace(OPTIONS, limit=limit)))
    assert (ran.sent.counts, ran.sent.stopped) == ({State.CREATED: 120}, None)


def test_after_the_stop_signal_no_row_is_begun_and_what_is_in_flight_is_recorded() -> None:
    ran = run([create(n) for n in range(500)], lambda got: Late(landed(got), 0.02), Setting(stop_at=60))
    assert ran.sent.stopped is None
    assert ran.sent.counts == {State.CREATED: len(ran.server.requests)}
    assert len(ran.server.requests) < 60 + 8
    assert not ran.recorder.open


def test_what_is_not_answered_within_the_grace_stays_in_doubt() -> None:
    options = replace(OPTIONS, grace=0.1)
    ran = run([create(n) for n in range(50)], at(set(range(10, 60)), Silence()), Setting(options, stop_at=10))
    assert ran.recorder.open
    assert ran.sent.counts[State.CREATED] + len(ran.recorder.open) == len(ran.server.requests)


def test_a_recorder_that_fails_stops_everything() -> None:
    recorder = Lists(fail_at=40)
    seen: list[Got] = []

    def step(got: Got) -> Step:
        seen.append(got)
        return landed(got)

    with pytest.raises(StateError):
        run([create(n) for n in range(500)], step, Setting(recorder=recorder))
    assert len(seen) <= 40 + 8


def test_rows_that_can_not_be_read_stop_everything() -> None:
    def batches() -> Iterator[list[Task]]:
        yield [create(1)]
        raise StateError("a part is missing")

    async def main() -> None:
        async with RawServer(landed) as server:
            await send_run(
                batches(),
                account=account(server.base, "t"),
                recorder=Lists(),
                progress=Silent(),
                stop=asyncio.Event(),
                options=OPTIONS,
            )

    with pytest.raises(StateError, match="part"):
        asyncio.run(main())
