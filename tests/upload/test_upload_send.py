"""Rows sent to a real server on loopback: each settled once, nothing sent twice that may have landed."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from raw_server import CREATED, Fin, Got, Late, RawServer, Rst, Silence, Step, Then, answer, free_port

from importer.errors import SettingsError, StateError, StoppedError, WrongTargetError
from importer.outcome import Action, Outcome, State
from importer.progress import Silent
from importer.settings import Account, Secret
from importer.task import Task, Tick
from importer.upload import Clock, PaceOptions, SendOptions, Sent, send_run

ACCOUNT = "7d9f2f64-58f3-4d54-9a01-0a1f6bd3c111"
OPTIONS = SendOptions(deadline=5, tries=3, grace=2, pace=PaceOptions(most=8, backoff=0.02, longest_backoff=0.1))


@dataclass
class Lists:
    """A recorder that keeps all it is told, and holds the sender to the order of things."""

    fail_at: int = 1_000_000
    intents: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    settled: dict[str, Outcome] = field(default_factory=dict)
    withdrawn: list[Outcome] = field(default_factory=list)
    requests: int = 0
    commits: int = 0
    most_open: int = 0

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        await asyncio.sleep(0)
        self.commits += 1
        if self.commits >= self.fail_at:
            raise StateError("the disk is full")
        for task, outcome in outcomes:
            name = str(task.row)
            assert name in self.open
            assert name not in self.settled
            self.open.discard(name)
            if outcome.state is State.UNSENT:
                self.withdrawn.append(outcome)
                self.intents[name] -= outcome.http_status is None
            else:
                self.settled[name] = outcome
        for task in intents:
            name = str(task.row)
            assert name not in self.settled
            self.open.add(name)
            self.intents[name] = self.intents.get(name, 0) + 1
        self.most_open = max(self.most_open, len(self.open))

    def count_requests(self, number: int) -> None:
        self.requests += number

    def tick(self, tick: Tick) -> None:
        assert tick.in_flight <= 8


def create(row: int) -> Task:
    return Task(0, row, 0, row, Action.CREATE, f"k{row}", None, json.dumps({"row": row}).encode(), b"")


def update(row: int) -> Task:
    return replace(create(row), action=Action.UPDATE, contact_id=f"id-{row}")


def batches_of(tasks: Sequence[Task], size: int = 50) -> Iterator[list[Task]]:
    for begin in range(0, len(tasks), size):
        yield list(tasks[begin : begin + size])


@dataclass
class Ran:
    sent: Sent
    recorder: Lists
    server: RawServer

    def rows(self) -> list[int]:
        return [json.loads(got.body)["row"] for got in self.server.requests if got.body]

    def codes(self) -> list[str | None]:
        return [self.recorder.settled[name].code for name in sorted(self.recorder.settled, key=int)]


@dataclass
class Setting:
    """How a test's sending is set."""

    options: SendOptions = OPTIONS
    recorder: Lists = field(default_factory=Lists)
    token: str | None = "canary-token"
    keep_alive: float = 60.0
    stop_at: int | None = None


def run(tasks: Sequence[Task], step: Callable[[Got], Step], setting: Setting | None = None) -> Ran:
    setting = setting or Setting()
    stop = asyncio.Event()

    def stepped(got: Got) -> Step:
        if got.number == setting.stop_at:
            stop.set()
        if got.body and "authorization" in got.headers:
            assert str(json.loads(got.body)["row"]) in setting.recorder.open, (
                "a request left before its intent was durable"
            )
        return step(got)

    async def main() -> Ran:
        async with RawServer(stepped, keep_alive=setting.keep_alive) as server:
            sent = await send_run(
                batches_of(tasks),
                account=account(server.base, setting.token),
                recorder=setting.recorder,
                progress=Silent(),
                stop=stop,
                options=setting.options,
            )
            return Ran(sent, setting.recorder, server)

    return asyncio.run(main())


def account(base: str, token: str | None) -> Account:
    key = None if token else Secret("canary-key")
    return Account(base_url=base, account_id=ACCOUNT, token=Secret(token) if token else None, api_key=key)


def landed(got: Got) -> bytes:
    return answer(201, {"id": f"id-{json.loads(got.body)['row']}"})


def at(numbers: set[int], step: Step) -> Callable[[Got], Step]:
    return lambda got: step if got.number in numbers else landed(got)


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


@pytest.mark.parametrize("step", [answer(500), answer(408), Fin(), Rst()])
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


def test_after_something_landed_in_the_run_a_404_is_one_rows_failure() -> None:
    ran = run([create(n) for n in range(9)], at({1}, answer(404)), Setting(replace(OPTIONS, landed=True)))
    assert ran.sent.counts == {State.CREATED: 8, State.FAILED: 1}


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


def test_a_key_refused_after_a_401_stops_the_run() -> None:
    def step(got: Got) -> Step:
        if got.method == "GET":
            return answer(200, {"data": "token-1"}) if got.number == 1 else answer(401)
        return answer(401)

    ran = run([create(n) for n in range(50)], step, Setting(token=None))
    assert isinstance(ran.sent.stopped, SettingsError)
    assert ran.sent.counts == {}
    assert not ran.recorder.open


def test_429_stops_every_worker_until_retry_after_ends() -> None:
    ran = run([create(n) for n in range(120)], at({40}, answer(429, Retry_After="1")))
    assert ran.sent.counts == {State.CREATED: 120}
    refused = ran.server.requests[39].at
    later = [got.at - refused for got in ran.server.requests if got.at > refused + 0.2]
    assert later
    assert min(later) >= 1.0
    assert sum(ran.recorder.intents.values()) == len(ran.server.requests) == 121


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


def test_a_retry_after_beyond_max_wait_ends_the_run_at_once() -> None:
    ran = run([create(n) for n in range(50)], at({10}, answer(429, Retry_After="86400")))
    assert isinstance(ran.sent.stopped, StoppedError)
    assert "--max-wait" in str(ran.sent.stopped)
    assert not ran.recorder.open


def test_a_limit_sends_that_many_rows_and_says_that_more_are_left() -> None:
    ran = run([create(n) for n in range(120)], landed, Setting(replace(OPTIONS, limit=70)))
    assert ran.sent.counts == {State.CREATED: 70}
    assert isinstance(ran.sent.stopped, StoppedError)


@pytest.mark.parametrize("limit", [120, 121])
def test_a_limit_that_leaves_nothing_is_no_stop(limit: int) -> None:
    ran = run([create(n) for n in range(120)], landed, Setting(replace(OPTIONS, limit=limit)))
    assert (ran.sent.counts, ran.sent.stopped) == ({State.CREATED: 120}, None)


@pytest.mark.parametrize(("budget", "stops"), [(30, True), (50, False)])
def test_a_budget_counts_every_request_and_stops_only_when_rows_are_left(budget: int, *, stops: bool) -> None:
    options = replace(OPTIONS, pace=replace(OPTIONS.pace, budget=budget))
    ran = run([create(n) for n in range(50)], landed, Setting(options))
    assert len(ran.server.requests) == budget
    assert isinstance(ran.sent.stopped, StoppedError) is stops


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
