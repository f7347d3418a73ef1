"""The sender and the real ledger together: what the server counted is what the ledger says."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from raw_server import Fin, Got, RawServer, Step, answer

from importer.ledger import KeyRule, NewRun, Target, begin_run, open_ledger, open_namespace, outcomes
from importer.ledger.journal import Journal
from importer.ledger.namespaces import requests_of_day
from importer.outcome import Action
from importer.progress import Silent
from importer.settings import Account, Secret
from importer.task import Task
from importer.upload import PaceOptions, SendOptions, Sent, send_run

TARGET = Target("https://example.invalid", "account", "crm")
OPTIONS = SendOptions(deadline=5, tries=3, pace=PaceOptions(most=16, backoff=0.02, longest_backoff=0.1))
ROWS = 400


def now() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def batches() -> Iterator[list[Task]]:
    for part in range(ROWS // 100):
        yield [task(part, position) for position in range(100)]


def task(part: int, position: int) -> Task:
    row = part * 100 + position
    key, body, fingerprint = f"k{row}", json.dumps({"row": row}).encode(), b"f" * 16
    if row % 3:
        return Task(part, position, 0, row, Action.CREATE, key, None, body, fingerprint)
    return Task(part, position, 0, row, Action.UPDATE, key, f"id-{row}", body, fingerprint)


def step(got: Got) -> Step:
    if got.number % 41 == 0:
        return answer(429)
    if got.number % 53 == 0:
        return Fin()
    if got.number % 67 == 0:
        return answer(500)
    if got.number % 71 == 0:
        return answer(422, {"error": "no"})
    return answer(200, {"data": [{"id": f"id-{json.loads(got.body)['row']}"}]})


def test_the_ledger_counts_every_request_that_the_server_counts(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger:
        namespace = open_namespace(ledger, TARGET, KeyRule(("external_id",), "steps"), now)
        begun = begin_run(ledger, namespace, NewRun("20261122T000000-000001", "run", "s", "m", tmp_path), now)

        async def run() -> tuple[Sent, RawServer]:
            async with RawServer(step) as server, Journal(path, namespace, begun, now) as journal:
                account = Account(base_url=server.base, account_id="account", token=Secret("t"))
                return await send_run(
                    batches(),
                    account=account,
                    recorder=journal,
                    progress=Silent(),
                    stop=asyncio.Event(),
                    options=OPTIONS,
                ), server

        sent, server = asyncio.run(run())
        rows = outcomes(ledger, begun.number)
        by_row = Counter(json.loads(got.body)["row"] for got in server.requests)
        assert sent.stopped is None
        assert rows.height == sum(sent.counts.values()) == ROWS
        assert dict(rows["state"].value_counts().iter_rows()) == {str(s): n for s, n in sent.counts.items()}
        assert dict(rows.select("row", "attempts").iter_rows()) == dict(by_row)
        assert requests_of_day(ledger, TARGET, date(2026, 11, 22)) == len(server.requests) == sent.requests
