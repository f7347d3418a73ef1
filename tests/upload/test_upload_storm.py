"""Half a minute of trouble, on a clock that only waiting moves: what it costs in requests and in rows."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from virtual_loop import run_virtually

from importer.http.exchange import Reply
from importer.outcome import Action, Method, Outcome, State
from importer.progress import Silent
from importer.task import Task, Tick
from importer.upload import Clock, PaceOptions, SendOptions, Sent
from importer.upload.pace import Pace
from importer.upload.send import send

ROWS = 2_500
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(1, 5))]
LATENCY = 0.04
CREATED = Reply(sent=True, status=201, headers={"content-type": "application/json"}, body=b'{"id":"abc"}')


@dataclass
class World:
    """A recorder and a target in one: in the storm, requests come to what `trouble` says."""

    trouble: Callable[[], Reply]
    storm: tuple[float, float] = (2.0, 32.0)
    requests: int = 0
    begun: list[float] = field(default_factory=list)
    settled: dict[int, Outcome] = field(default_factory=dict)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        await asyncio.sleep(0)
        _ = intents
        self.settled.update({task.row: outcome for task, outcome in outcomes if outcome.state is not State.UNSENT})

    def count_requests(self, number: int) -> None:
        self.requests += number

    def tick(self, tick: Tick) -> None:
        assert tick.in_flight <= 32

    def is_ready(self) -> bool:
        return True

    async def ready(self) -> Reply | None:
        return None

    def accept(self, credential: int) -> None:
        assert credential == 0

    def refuse(self, credential: int) -> bool:
        raise AssertionError(credential)

    async def drop_idle(self) -> None:
        """Hold no connection."""

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        _ = method, contact_id, body
        self.begun.append(self.now())
        stormy = self.storm[0] <= self.now() < self.storm[1]
        await asyncio.sleep(LATENCY)
        return self.trouble() if stormy else CREATED


@dataclass
class Outage(World):
    """The storm begins with a request, so many seconds long."""

    begins: int = 1
    seconds: float = 30.0
    storm: tuple[float, float] = (1e9, 1e9)

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        if len(self.begun) + 1 == self.begins:
            self.storm = (self.now(), self.now() + self.seconds)
        return await super().send(method, contact_id, body)


@dataclass
class Strict(World):
    """A server that refuses what comes beyond 100 requests in any second, however uneven commits make them."""

    refused: int = 0

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        await asyncio.sleep(0.04 if int(self.now() * 10) % 7 == 0 else 0.001)
        await super().commit(outcomes, intents)

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        self.refused += len(self.begun) >= 100 and self.now() - self.begun[-100] < 1 - 1e-6
        return await super().send(method, contact_id, body)


def batches(action: Action, rows: int = ROWS) -> Iterator[list[Task]]:
    contact = None if action is Action.CREATE else "abc"
    for begin in range(0, rows, 500):
        yield [
            Task(0, row, 0, row, action, f"k{row}", contact, b"{}", b"")  # type: ignore[arg-type]  # one of the two
            for row in range(begin, min(rows, begin + 500))
        ]


def weather(
    action: Action,
    world: World,
    seed: int = 1,
    wall: Callable[[float], float] = lambda seconds: 1e9 + seconds,
    options: SendOptions = SendOptions(),  # noqa: B008  # it can't be changed
    *,
    rows: int = ROWS,
) -> tuple[Sent, float]:
    """Send all rows through the storm; what came of it and how long it took. `wall` gives the wall clock's time."""
    chance = random.Random(seed)  # noqa: S311  # seeded on purpose

    async def main() -> tuple[Sent, float]:
        clock = Clock(world.now, lambda: wall(world.now()), asyncio.sleep)
        pace = Pace(options.pace, monotonic=world.now, random=chance.random, day=lambda: int(clock.now() // 86_400))
        sent = await send(
            batches(action, rows),
            api=world,
            recorder=world,
            pace=pace,
            clock=clock,
            progress=Silent(),
            stop=asyncio.Event(),
            options=options,
        )
        return sent, world.now()

    return run_virtually(main())


def of_pace(**options: float) -> SendOptions:
    return SendOptions(pace=PaceOptions(**options))  # type: ignore[arg-type]  # numbers only


def refused() -> Reply:
    return Reply(sent=False, failure="refused")


def limited() -> Reply:
    return Reply(sent=True, status=429)


def limited_for_a_second() -> Reply:
    return Reply(sent=True, status=429, headers={"retry-after": "1"})


def failing() -> Reply:
    return Reply(sent=True, status=500)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
@pytest.mark.parametrize("trouble", [refused, limited, limited_for_a_second])
def test_30_s_of_refusal_cost_a_tenth_more_requests_at_most_and_no_row(
    trouble: Callable[[], Reply], action: Action, seed: int
) -> None:
    world = World(trouble)
    sent, seconds = weather(action, world, seed)
    assert sent.stopped is None
    assert sum(sent.counts.values()) == len(world.settled) == ROWS
    assert set(sent.counts) == {State.CREATED if action is Action.CREATE else State.UPDATED}
    assert world.requests <= 1.1 * ROWS
    assert seconds < 150


@pytest.mark.parametrize("most", [16, 200])
@pytest.mark.parametrize("trouble", [limited, limited_for_a_second])
@pytest.mark.parametrize("rows", [30, 200, 201, 450])
def test_30_s_of_429_cost_short_lists_a_tenth_or_20_requests_more_wherever_they_begin(
    rows: int, trouble: Callable[[], Reply], most: int
) -> None:
    for begins in range(1, rows, rows // 10):
        world = Outage(trouble, begins=begins)
        sent, seconds = weather(Action.CREATE, world, begins, options=of_pace(most=most), rows=rows)
        assert sent.counts == {State.CREATED: rows}
        assert world.requests - rows <= max(20, rows / 10)
        assert seconds < 100


def test_a_wait_of_a_second_asked_for_again_and_again_is_not_taken_at_its_word() -> None:
    world = World(limited_for_a_second, storm=(0.0, 1e9))
    sent, seconds = weather(Action.CREATE, world, options=of_pace(max_wait=600.0))
    assert "--max-wait" in str(sent.stopped)
    assert world.requests <= 40
    assert 570 <= seconds <= 601


@pytest.mark.parametrize("trouble", [limited, limited_for_a_second])
def test_a_rate_of_100_is_used_after_a_storm_and_never_more_than_100_leave_in_a_second(
    trouble: Callable[[], Reply],
) -> None:
    world = Strict(trouble, storm=(2.0, 12.0))
    sent, _ = weather(Action.CREATE, world, options=of_pace(most=32, rate=100.0))
    assert sent.counts == {State.CREATED: ROWS}
    assert world.refused == 0
    assert 1_500 / (world.begun[-1] - world.begun[-1_501]) >= 0.97 * 100


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_30_s_of_5xx_cost_the_rows_in_flight_the_threshold_and_the_probes(action: Action, seed: int) -> None:
    world = World(failing)
    sent, _ = weather(action, world, seed)
    assert sent.stopped is None
    assert sum(sent.counts.values()) == ROWS
    assert sent.counts.get(State.UNKNOWN, 0) <= 32 + 5 + 15
    assert world.requests <= 1.1 * ROWS


def test_a_server_that_fails_one_update_in_four_is_not_sent_more_than_a_tenth_again() -> None:
    chance = random.Random(3)  # noqa: S311  # seeded on purpose
    world = World(lambda: failing() if chance.random() < 0.25 else CREATED, storm=(0.0, 1e9))
    sent, _ = weather(Action.UPDATE, world)
    assert sum(sent.counts.values()) == ROWS
    assert world.requests <= 1.1 * ROWS + 20


@pytest.mark.parametrize(
    "wall",
    [
        lambda seconds: 1e9 + seconds - (3_600 if seconds > 5 else 0),
        lambda seconds: 1e9 + seconds + (86_400 if seconds > 5 else 0),
        lambda seconds: 1e9 + seconds * (-1 if int(seconds) % 2 else 1) * 10_000,
    ],
    ids=["an hour back", "a day forward", "to and fro"],
)
def test_a_wall_clock_that_jumps_changes_no_wait(wall: Callable[[float], float]) -> None:
    world, steady = World(limited_for_a_second), World(limited_for_a_second)
    sent, seconds = weather(Action.CREATE, world, wall=wall)
    _, usual = weather(Action.CREATE, steady)
    assert sent.counts == {State.CREATED: ROWS}
    assert seconds == pytest.approx(usual, rel=0.2)


def test_a_run_that_crosses_midnight_has_the_next_days_budget() -> None:
    begins = 1_000_000 * 86_400.0 - 2
    options = SendOptions(pace=PaceOptions(rate=1_000, budget=1_750))
    world = World(limited, storm=(0.0, 0.0))
    sent, _ = weather(Action.CREATE, world, wall=lambda seconds: begins + seconds, options=options)
    assert (sent.counts, sent.stopped) == ({State.CREATED: ROWS}, None)
    before = sum(moment < 2 for moment in world.begun)
    assert 0 < before <= 1_750 < ROWS


def test_a_limit_used_up_is_waited_for_even_where_the_answer_was_good() -> None:
    used_up = {**CREATED.headers, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}
    world = World(lambda: Reply(sent=True, status=201, headers=used_up, body=CREATED.body), storm=(1.0, 1.05))
    sent, seconds = weather(Action.CREATE, world)
    assert sent.counts == {State.CREATED: ROWS}
    assert not [moment for moment in world.begun if 1.1 < moment < 61]
    assert seconds > 61


@pytest.mark.parametrize("jump", [0.0, 50.0, -50.0], ids=["steady", "forward", "back"])
def test_until_ends_a_wait_too_and_no_later_by_a_clock_put_back(jump: float) -> None:
    def wall(seconds: float) -> float:
        return 1e9 + seconds + (jump if seconds > 4 else 0)

    world = World(lambda: Reply(sent=True, status=429, headers={"retry-after": "500"}), storm=(3.0, 900.0))
    sent, seconds = weather(Action.CREATE, world, wall=wall, options=SendOptions(until=1e9 + 20))
    assert "--until" in str(sent.stopped)
    assert seconds == pytest.approx(4.5 if jump > 0 else 20, abs=1.1)
    assert sum(sent.counts.values()) < ROWS
