"""Measure what each part of sending a row takes of the processor, 32 in flight, against `server.py`.

    python bench/budget.py URL [--rows 20000] [--rounds 3] [--work FOLDER]

Three ways, each with one part more than the one before; medians of the rounds, of which each part is a difference:

* the transport alone: an httpx request is written and its answer read;
* a sending that records nothing: the answer is understood, judged and searched for card numbers, and the pace kept;
* a sending as it is: intent and outcome durable in the ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import ssl
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx

from importer.event_loop import run_async
from importer.http.answer import read_answer
from importer.http.exchange import Exchange, Reply
from importer.http.transport import AiohttpTransport
from importer.ledger import Journal, KeyRule, NewRun, Target, begin_run, open_ledger, open_namespace
from importer.outcome import Action
from importer.progress import Silent
from importer.rules.card_contact import contact_has_card
from importer.settings import Account, Secret
from importer.task import Task
from importer.upload import PaceOptions, SendOptions, send_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.outcome import Outcome
    from importer.task import Recorder, Tick

IN_FLIGHT = 32
BATCH = 5_000
CONTACT_ID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


class Nothing:
    """A recorder that keeps nothing, but lets others go on as one does who waits."""

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Let the others go on."""
        _ = outcomes, intents
        await asyncio.sleep(0)

    def count_requests(self, number: int) -> None:
        """Count none."""

    def tick(self, tick: Tick) -> None:
        """Keep none."""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    rows = list(tasks(options.rows))
    ways: list[Callable[[], None]] = [
        lambda: exchange_all(options.url, rows),
        lambda: run_async(send_all(options.url, rows, Nothing())),
        lambda: record_all(options.url, rows, options.work),
    ]
    rounds = [[measure(way, options.rows) for way in ways] for _ in range(options.rounds)]
    sent, understood, recorded = (median(each) for each in zip(*rounds, strict=True))
    print("| part of sending | CPU µs a row |\n|---|---|")
    print(f"| request and answer, through the transport | {sent:.1f} |")
    print(f"| the answer understood, judged and searched; pace and workers | {understood - sent:.1f} |")
    print(f"| of it: reading the answer | {measure_each(lambda body: read_answer(answer_of(body))):.1f} |")
    print(f"| of it: searching it for card numbers | {measure_each(search):.1f} |")
    print(f"| intent and outcome, durable | {recorded - understood:.1f} |")


def measure(way: Callable[[], None], rows: int) -> float:
    """Give the microseconds of processor time of all threads that a way takes for each row."""
    begun = time.process_time()
    way()
    return (time.process_time() - begun) / rows * 1e6


def measure_each(read: Callable[[bytes], object], times: int = 5_000) -> float:
    """Give the microseconds that reading one answer takes."""
    written = [b'{"id":"' + CONTACT_ID.encode() + b'",' + task.body[1:] for batch in tasks(times) for task in batch]
    begun = time.process_time()
    for body in written:
        read(body)
    return (time.process_time() - begun) / times * 1e6


def answer_of(body: bytes) -> Reply:
    """Give a reply with such a body."""
    return Reply(sent=True, status=201, headers={"content-type": "application/json"}, body=body)


def search(body: bytes) -> bool:
    """Look for card numbers, as is done with each answer that is kept."""
    return contact_has_card(body, None, CONTACT_ID)


def exchange_all(url: str, rows: list[list[Task]]) -> None:
    """Send a request for each row and read its answer, and do nothing with it."""

    async def work() -> None:
        transport = AiohttpTransport(connections=IN_FLIGHT, tls=ssl.create_default_context())
        exchange = Exchange(transport, deadline=30, monotonic=time.monotonic)
        target = httpx.URL(f"{url}/contacts")
        headers = [(b"Host", target.netloc), (b"Content-Type", b"application/json"), (b"Authorization", b"Bearer x")]
        left = (task.body for batch in rows for task in batch)

        async def post() -> None:
            for body in left:
                await exchange.send("POST", target, headers, body)

        await asyncio.gather(*(post() for _ in range(IN_FLIGHT)))
        await transport.aclose()

    run_async(work())


async def send_all(url: str, rows: list[list[Task]], recorder: Recorder) -> None:
    """Send all rows as a run does."""
    await send_run(
        iter(rows),
        account=Account(base_url=url, account_id="benchmark", token=Secret("benchmark-token")),
        recorder=recorder,
        progress=Silent(),
        stop=asyncio.Event(),
        options=SendOptions(pace=PaceOptions(most=IN_FLIGHT)),
    )


def record_all(url: str, rows: list[list[Task]], work: Path) -> None:
    """Send all rows as a run does, recorded in a new ledger."""

    async def sending(folder: Path) -> None:
        with open_ledger(folder / "ledger.sqlite", create=True) as ledger:
            namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
            run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", folder), now)
            async with Journal(ledger.path, namespace, run, now, time.monotonic, time.thread_time) as journal:
                await send_all(url, rows, journal)

    with tempfile.TemporaryDirectory(prefix="bench-", dir=work) as folder:
        run_async(sending(Path(folder)))


def now() -> datetime:
    """Give the time in UTC."""
    return datetime.now(UTC)


def tasks(rows: int) -> Iterator[list[Task]]:
    """Give creates of contacts like the benchmark's, some thousands at a time."""
    chance = random.Random(1)
    for start in range(0, rows, BATCH):
        yield [
            Task(row // BATCH, row % BATCH, 0, row + 1, Action.CREATE, f"C{row:09}", None, body, b"f" * 16)
            for row in range(start, min(rows, start + BATCH))
            for body in (json.dumps(contact(row, chance), ensure_ascii=False, separators=(",", ":")).encode(),)
        ]


def contact(row: int, chance: random.Random) -> dict[str, object]:
    """Give a made-up contact of some 700 bytes."""
    return {
        "created_at": "2024-05-24T10:36:00Z",
        "external_id": f"C{row:09}",
        "first_name": "Óscar",
        "second_name": "Ana",
        "last_name": "Muñoz",
        "email": f"c{row}.{chance.randrange(100_000)}@example.com",
        "email_verified": True,
        "gender": "FEMALE",
        "country": "CO",
        "city": "São Paulo",
        "phone": f"+57 310 {chance.randrange(10**6, 10**7)}",
        "source": "bench",
        "status": "ACTIVE",
        "tags": {"tier": "Plata", "newsletter": True, "points": chance.randrange(30_000), "notes": "cliente antiguo"},
        "addresses": [{"street_1": "Calle 143 # 13", "zip_code": f"{chance.randrange(10**6):06}", "city": "Lima"}],
        "billing_info": [{"document_number": f"{chance.randrange(10**9):09}", "document_type": "NIT"}],
        "payments": [{"method": "CREDIT", "last_four": "3538", "expiry_month": 9, "expiry_year": 2028}],
    }


if __name__ == "__main__":
    main()
