"""A small sending to a raw server, with a recorder that holds the sender to the order of things."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from raw_server import Got, RawServer, Step, answer

from importer.errors import StateError
from importer.outcome import Action, Outcome, State
from importer.progress import Silent
from importer.settings import Account, Secret
from importer.task import Task, Tick
from importer.upload import PaceOptions, SendOptions, Sent, send_run

ACCOUNT = "7d9f2f64-58f3-4d54-9a01-0a1f6bd3c111"
OPTIONS = SendOptions(deadline=5, tries=3, grace=2, pace=PaceOptions(most=8, backoff=0.02, longest_backoff=0.1))


@dataclass
class Lists:
    """A recorder that keeps all it is told, and holds the sender to the order of things."""

    fail_at: int = 1_000_000
    seconds: float = 0.0
    """That each commit takes."""
    intents: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    settled: dict[str, Outcome] = field(default_factory=dict)
    withdrawn: list[Outcome] = field(default_factory=list)
    requests: int = 0
    commits: int = 0
    most_open: int = 0

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        await asyncio.sleep(self.seconds)
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


def create(row: int, **fields: str) -> Task:
    return Task(0, row, 0, row, Action.CREATE, f"k{row}", None, json.dumps({"row": row, **fields}).encode(), b"")


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
