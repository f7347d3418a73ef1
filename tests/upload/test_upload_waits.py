"""Waits that the server or its absence asks for: nothing leaves meanwhile, nothing is in doubt, and it ends."""

import asyncio
import itertools
import time
from dataclasses import replace

import pytest
from raw_server import Got, Late, RawServer, Step, answer, free_port
from sending import OPTIONS, Lists, Setting, account, at, batches_of, create, landed, run, update

from importer.errors import StoppedError
from importer.outcome import State
from importer.progress import Silent
from importer.upload import Clock, Sent, send_run


def test_429_stops_every_worker_until_retry_after_ends() -> None:
    ran = run([create(n) for n in range(120)], at({40}, answer(429, Retry_After="1")))
    assert ran.sent.counts == {State.CREATED: 120}
    refused = ran.server.requests[39].at
    later = [got.at - refused for got in ran.server.requests if got.at > refused + 0.2]
    assert later
    assert min(later) >= 1.0
    assert sum(ran.recorder.intents.values()) == len(ran.server.requests) == 121


@pytest.mark.parametrize("status", [413, 429, 503])
def test_no_intent_that_became_durable_meanwhile_lets_a_request_leave_before_retry_after_ends(status: int) -> None:
    ran = run(
        [create(n) for n in range(60)],
        at({30}, answer(status, Retry_After="1")),
        Setting(recorder=Lists(seconds=0.2)),
    )
    refused = ran.server.requests[29].at
    assert sum(ran.sent.counts.values()) == 60
    assert not [got for got in ran.server.requests if refused + 0.1 < got.at < refused + 1]
    assert sum(ran.recorder.intents.values()) == len(ran.server.requests) == ran.sent.requests == ran.recorder.requests


def test_an_update_in_doubt_that_is_held_back_counts_each_request_once() -> None:
    failing, limited = {12, 13, 14, 15}, {19, 24}

    def step(got: Got) -> Step:
        if got.number in failing:
            return answer(500)
        return answer(429, Retry_After="1") if got.number in limited else landed(got)

    ran = run([update(n) for n in range(60)], step, Setting(recorder=Lists(seconds=0.05)))
    assert ran.sent.counts == {State.UPDATED: 60}
    assert sum(ran.recorder.intents.values()) == len(ran.server.requests) == ran.sent.requests == ran.recorder.requests
    assert ran.sent.retries == len(ran.server.requests) - 60


def test_no_sign_in_leaves_before_retry_after_ends() -> None:
    signed = itertools.count(1)

    def step(got: Got) -> Step:
        if got.method == "GET":
            return answer(200, {"data": f"token-{next(signed)}"})
        if got.number == 31:
            return Late(answer(429, Retry_After="1"), 0.05)
        stale = got.headers["authorization"] == "Bearer token-1" and got.number >= 30
        return answer(401) if stale else landed(got)

    ran = run([create(n) for n in range(60)], step, Setting(token=None, recorder=Lists(seconds=0.2)))
    limited = ran.server.requests[30].at + 0.05
    assert ran.sent.counts == {State.CREATED: 60}
    assert sum(got.method == "GET" for got in ran.server.requests) == 2
    assert not [got for got in ran.server.requests if limited + 0.1 < got.at < limited + 1]
    assert ran.sent.requests == ran.recorder.requests == len(ran.server.requests)


def test_a_retry_after_equal_to_the_servers_keep_alive_leaves_no_row_unknown() -> None:
    ran = run([create(n) for n in range(60)], at({30}, answer(429, Retry_After="1")), Setting(keep_alive=1.0))
    assert ran.sent.counts == {State.CREATED: 60}


def test_while_waiting_for_retry_after_no_create_is_in_doubt() -> None:
    recorder = Lists()
    open_while_waiting: list[int] = []

    async def main() -> None:
        async with RawServer(at({3}, answer(429, Retry_After="1"))) as server:
            sending = asyncio.create_task(
                send_run(
                    batches_of([create(n) for n in range(9)]),
                    account=account(server.base, "t"),
                    recorder=recorder,
                    progress=Silent(),
                    stop=asyncio.Event(),
                    options=OPTIONS,
                )
            )
            while len(server.requests) < 4 or server.requests[-1].at < server.requests[2].at + 0.9:
                if len(server.requests) >= 3 and time.monotonic() > server.requests[2].at + 0.5:
                    open_while_waiting.append(len(recorder.open))
                await asyncio.sleep(0.05)
            await sending

    asyncio.run(main())
    assert open_while_waiting
    assert open_while_waiting[0] == 0


def test_a_refused_port_leaves_no_doubt_and_all_rows_land_when_it_opens() -> None:
    recorder = Lists()

    async def main() -> tuple[Sent, RawServer]:
        port = free_port()
        server = RawServer(landed, port=port)
        sending = asyncio.create_task(
            send_run(
                batches_of([create(n) for n in range(50)]),
                account=account(f"http://127.0.0.1:{port}/api/v1", "t"),
                recorder=recorder,
                progress=Silent(),
                stop=asyncio.Event(),
                options=OPTIONS,
            )
        )
        while len(recorder.withdrawn) < 8:  # noqa: ASYNC110  # the recorder has no event to wait for
            await asyncio.sleep(0.01)
        async with server:
            return await sending, server

    sent, server = asyncio.run(main())
    assert sent.counts == {State.CREATED: 50}
    assert sum(recorder.intents.values()) == len(server.requests) == sent.requests == recorder.requests == 50


def test_a_server_that_stays_away_ends_the_run_with_every_row_unsent() -> None:
    recorder = Lists()

    async def main() -> Sent:
        return await send_run(
            batches_of([create(n) for n in range(50)]),
            account=account(f"http://127.0.0.1:{free_port()}/api/v1", "t"),
            recorder=recorder,
            progress=Silent(),
            stop=asyncio.Event(),
            options=replace(OPTIONS, pace=replace(OPTIONS.pace, max_wait=0.4)),
        )

    sent = asyncio.run(main())
    assert isinstance(sent.stopped, StoppedError)
    assert (sent.counts, sent.requests) == ({}, 0)
    assert not recorder.open


def test_endless_5xx_costs_the_creates_in_flight_the_threshold_and_the_probes() -> None:
    options = replace(OPTIONS, pace=replace(OPTIONS.pace, max_wait=0.4))
    ran = run(
        [create(n) for n in range(500)], lambda got: landed(got) if got.number < 100 else answer(500), Setting(options)
    )
    assert isinstance(ran.sent.stopped, StoppedError)
    assert ran.sent.counts[State.CREATED] == 99
    assert ran.sent.counts[State.UNKNOWN] <= 8 + 5 + 20
    assert not ran.recorder.open


@pytest.mark.parametrize("asked", ["86400", "1732233600", "9" * 30])
def test_a_retry_after_beyond_max_wait_ends_the_run_at_once(asked: str) -> None:
    ran = run([create(n) for n in range(50)], at({10}, answer(429, Retry_After=asked)))
    assert isinstance(ran.sent.stopped, StoppedError)
    assert "--max-wait" in str(ran.sent.stopped)
    assert not ran.recorder.open


@pytest.mark.parametrize(("budget", "stops"), [(30, True), (50, False)])
def test_a_budget_counts_every_request_and_stops_only_when_rows_are_left(budget: int, *, stops: bool) -> None:
    options = replace(OPTIONS, pace=replace(OPTIONS.pace, budget=budget))
    ran = run([create(n) for n in range(50)], landed, Setting(options))
    assert len(ran.server.requests) == budget
    assert isinstance(ran.sent.stopped, StoppedError) is stops


def test_waits_use_the_clock_and_sleep_that_come_in() -> None:
    slept: list[float] = []
    offset = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal offset
        slept.append(seconds)
        offset += seconds
        await asyncio.sleep(0)

    async def main() -> Sent:
        async with RawServer(at({3}, answer(429, Retry_After="600"))) as server:
            return await send_run(
                batches_of([create(n) for n in range(9)]),
                account=account(server.base, "t"),
                recorder=Lists(),
                progress=Silent(),
                stop=asyncio.Event(),
                options=OPTIONS,
                clock=Clock(lambda: time.monotonic() + offset, time.time, sleep),
            )

    begun = time.monotonic()
    sent = asyncio.run(main())
    assert sent.counts == {State.CREATED: 9}
    assert 599 <= sum(slept) < 610
    assert time.monotonic() - begun < 5
