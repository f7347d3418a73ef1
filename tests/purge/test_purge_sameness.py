"""Months of made-up runs, undos and resolves, lived twice, with purges and without: the target is told the same."""

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from faults import Act, cut
from received import Received
from target import ACCOUNT, TOKEN, Target

from importer.earlier import Earlier
from importer.errors import GuardRailError, UsageError
from importer.folder import find_folder, list_folders, read_kept
from importer.ledger import lock, open_ledger
from importer.ledger.needed import landed_parts
from importer.pipeline import Sending, Surroundings, apply, plan, run
from importer.plan import ShowPlan
from importer.purge.purge import purge
from importer.record import rebuild
from importer.resolve import Export, find_sent, open_state, resolve
from importer.session import LEDGER, Wanted
from importer.settings import Account, Secret
from importer.summary import Summary
from importer.undoing import Asked, undo
from importer.upload import PaceOptions, SendOptions

COLUMNS = ("no", "mail", "name", "city", "phone", "channel")
POLICIES = ("update: mapped", "update: full")
MAPPING = """\
version: 1
name: crm
key: external_id
{policy}
duplicates: first
contact:
  external_id: no
  email: mail
  first_name: name
  city: {{column: city, on_blank: clear}}
  phone: {{column: phone, write: if_blank}}
  channel: channel
"""
EXPORT = "version: 1\nname: crm\nkey: external_id\ncontact: {id: id, external_id: no, email: mail}\n"
START = datetime(2026, 1, 1, tzinfo=UTC)
AGE = timedelta(days=45)


class World:
    """One life of the same months: a state folder and a target of its own, and a clock that both lives share."""

    def __init__(self, folder: Path, target: Target, *, purges: bool) -> None:
        self.folder, self.target, self.purges = folder, target, purges
        self.state, self.now = folder / "state", START
        self.lost: set[str] = set()
        self.runs: list[str] = []
        self.removed = 0
        target.script = self._fate
        (folder / "export.yaml").write_text(EXPORT, "utf-8")

    @property
    def around(self) -> Surroundings:
        numbers = Random(len(self.runs) + self.now.day)  # noqa: S311  # no secret
        return Surroundings(
            now=lambda: self.now, working_dir=self.folder, token_hex=lambda _: f"{numbers.randrange(16**6):06x}"
        )

    @property
    def account(self) -> Account:
        return Account(base_url=self.target.base_url, account_id=ACCOUNT, token=Secret(TOKEN))

    def _fate(self, received: Received) -> Act | None:
        number = json.loads(received.body).get("external_id") if received.method == "POST" else None
        return cut() if number in self.lost else None

    def _sending(self, limit: int | None = None) -> Sending:
        pace = PaceOptions(most=1, backoff=0.01, longest_backoff=0.01)
        return Sending(account=self.account, chunk_size=3, options=SendOptions(deadline=5, limit=limit, pace=pace))

    def send(self, rows: list[dict[str, str]], policy: str, limit: int | None) -> object:
        with (self.folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        (self.folder / "crm.yaml").write_text(MAPPING.format(policy=policy), "utf-8")
        rows_path = str(self.folder / "rows.csv")
        wanted = Wanted([rows_path], str(self.folder / "crm.yaml"), self.account, self.state, new_ledger=True)
        shown: list[Any] = []
        planned = plan(wanted, self.around, show=ShowPlan(50, shown.extend))
        self.now += timedelta(minutes=1)
        done = run(wanted, self._sending(limit), self.around)
        self.runs.append(done.run_id)
        # What is shown names contacts by ids, which each target gives out anew.
        return told(planned), planned.changes, [(one.row, one.known, one.changes) for one in shown], told(done)

    def take_back(self, run_id: str, *, delete: bool) -> object:
        answer = undo(Asked(run_id, delete_created=delete), self.state, self.around, lambda _: None)
        endings = dict(answer.undone.endings)
        self.now += timedelta(minutes=1)
        try:
            done = told(apply(answer.summary.run_id, self.state, self._sending(), self.around))
        except GuardRailError as error:
            return endings, str(error)
        self.runs.append(answer.summary.run_id)
        return endings, dict(answer.undone.lost), done

    def settle(self) -> object:
        with (self.folder / "export.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "no", "mail"])
            writer.writerows((i, c.get("external_id"), c.get("email")) for i, c in self.target.contacts.items())
        self.now += timedelta(minutes=1)
        with open_state(self.state, LEDGER, older=False, complete=False, now=lambda: self.now) as ledger:
            found = find_sent(ledger, "last")
            folder = find_folder(self.state, found.id)
            export = Export("export.csv", "export.yaml", self.now)
            around = self.around
            settled = resolve(
                ledger,
                found,
                folder,
                export,
                now=around.now,
                working_dir=self.folder,
                progress=around.progress,
            )
            return dict(settled.endings), told(rebuild(ledger, found, folder))

    def forget(self) -> None:
        if self.purges:
            self.removed += len(purge(self.state, self.now - AGE, self.now, lambda _: None).thinned)

    def requests(self) -> list[object]:
        """Give what was asked so far, contacts named by what they are known by."""
        names = {contact_id: number for number, contact_id in enumerate(self.target.created)}
        return [
            (one.method, names.get(one.path.rpartition("/")[2]), one.json, one.status) for one in self.target.requests
        ]


def told(summary: Summary) -> object:
    return dict(summary.states), dict(summary.reasons), summary.exit_code, summary.absent, list(summary.guards)


def made_up_months(seed: int) -> Iterator[tuple[str, Any]]:
    random = Random(seed)  # noqa: S311  # made-up rows, no secret
    words = {"name": ["Ana", "Eva"], "city": ["", "Cali", "Lima"], "phone": ["", "+573105554814"]}
    words["channel"] = ["", "web", "shop"]
    people: dict[int, dict[str, str]] = {}
    for _ in range(14):
        yield "wait", random.choice([5, 10, 25])
        step = random.choices(["send", "undo", "undo last", "settle", "purge"], [6, 3, 2, 2, 5])[0]
        if step != "send":
            yield step, (random.random(), random.random() < 0.3)
            continue
        for number in range(8):
            if number not in people or random.random() < 0.3:
                made = {name: random.choice(found) for name, found in words.items()}
                people[number] = {"no": str(number), "mail": f"p{number}@x.example.com", **made}
        some = [people[number] for number in people if random.random() < 0.8]
        lost = {str(random.randrange(8))} if random.random() < 0.3 else set()
        yield step, (some, random.choice(POLICIES), lost, random.choice([None, None, 3]))


def live(world: World, step: str, what: Any) -> object:  # noqa: ANN401  # each step has its own
    if step == "wait":
        world.now += timedelta(days=what)
    elif step == "send":
        rows, policy, world.lost, limit = what
        return world.send(rows, policy, limit) if rows else None
    elif step == "purge":
        world.forget()
    elif step == "settle" and world.runs:
        return world.settle()
    elif step.startswith("undo") and world.runs:
        index, delete = what
        asked = "last" if step == "undo last" else world.runs[int(index * len(world.runs))]
        return refused(world, asked, delete=delete)
    return None


def refused(world: World, asked: str, *, delete: bool) -> object:
    try:
        return world.take_back(asked, delete=delete)
    except UsageError as error:
        return str(error)


@pytest.mark.parametrize("seed", [3, 5, *(pytest.param(n, marks=pytest.mark.torture) for n in range(10, 50))])
def test_what_is_sent_is_the_same_with_purges_and_without(seed: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        worlds = []
        for name in ("plain", "purged"):
            (tmp_path / name).mkdir()
            target = stack.enter_context(Target())
            worlds.append(World(tmp_path / name, target, purges=name == "purged"))
        plain, purged = worlds
        for step, what in [("send", first_month(seed)), *made_up_months(seed)]:
            if step == "undo" and (old := purged_run(purged, what[0])):
                assert f"run {old} was purged" in str(refused(purged, old, delete=what[1]))
                continue
            assert live(plain, step, what) == live(purged, step, what)
            assert purged.requests() == plain.requests()
        assert_all_bodies_can_be_read(purged.state)


def first_month(seed: int) -> Any:  # noqa: ANN401  # as `live` wants it
    rows = [
        {"no": str(n), "mail": f"p{n}@x.example.com", "name": "Ana", "city": "Cali", "phone": "", "channel": "web"}
        for n in range(8)
    ]
    return rows, POLICIES[seed % 2], set(), None


def purged_run(world: World, index: float) -> str | None:
    folder = find_folder(world.state, world.runs[int(index * len(world.runs))])
    return folder.run_id if read_kept(folder).purged else None


def assert_all_bodies_can_be_read(state: Path) -> None:
    with lock(state), open_ledger(state / LEDGER, create=False) as ledger:
        places = ledger.read(
            "SELECT r.id, c.part, c.position FROM contact c JOIN run r ON r.number = c.run WHERE c.part IS NOT NULL"
        )
        assert {(run_id, part) for run_id, part, _ in places} == set(landed_parts(ledger).rows())
    schema = {"run": pl.String, "part": pl.Int32, "position": pl.UInt32}
    earlier = Earlier(state / "runs")
    assert earlier.read(pl.DataFrame(places, schema=schema, orient="row"))["landed"].null_count() == 0
    assert not earlier.unread
    assert len(list_folders(state)) >= len({run_id for run_id, *_ in places})
