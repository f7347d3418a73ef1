"""docs/story.md is typed as it stands, and each month's plan, counts and target equal an oracle of plain dicts."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from expected import NOTHING, World, reasons
from months import (
    COLUMNS,
    DELETED_THERE,
    EDITED_THERE,
    LOST,
    LOST_IN_JUNE,
    NOT_SENT_SINCE_MARCH,
    REFUSED_IN_JUNE,
    TWIN,
    VERIFIED,
    VERIFIED_IN_MAY,
    People,
    Shop,
    broken_off,
    sorted_alone,
    write_export,
)
from moody_target import MoodyTarget, serving
from program import STATES, account
from walkthrough import Reader

from importer.reconcile.causes import Cause
from importer.sandbox.options import Put

CAUSES = {
    *("changed_here", "changed_there", "changed_both", "left_out", "gone_here", "gone_there"),
    *("never_sent", "rejected", "failed", "unknown", "forgotten"),
}
PAGE = Path(__file__).parents[2] / "docs" / "story.md"


class Bakery:
    """Both ends of the story, the program between them, and what is expected of it."""

    def __init__(self, folder: Path, target: MoodyTarget, meaning: str) -> None:
        self.folder, self.target = folder, target
        self.shop, self.world = Shop(), World(meaning)
        self.list: People = {}
        """The rows of the month's export."""
        self.april: People = {}
        self.june: People = {}
        self.march = ""
        """The id of March's run."""
        self.writes = 0

    def events(self) -> dict[str, Callable[[], None]]:
        """Give what happens on the page, by name."""
        names = [name for name in dir(self) if name.startswith("on_")]
        return {name.removeprefix("on_"): getattr(self, name) for name in names}

    def receive(self, name: str, people: People) -> None:
        """Put the month's export into the reader's folder."""
        self.list = people
        write_export(self.folder / name, people.values())

    def edit(self, key: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON value
        """Let somebody change a contact in the target itself."""
        self.target.edit(key, lambda contact: contact.update(fields))
        self.world.contacts[key].update(fields)

    # January: the first import, some rejected rows, and the support team's own corrections.

    def on_january(self) -> None:
        self.receive("january.csv", self.shop.january())

    def on_january_sent(self) -> None:
        self.expect_run(self.world.send(self.list))

    def on_january_mended(self) -> None:
        document, _ = self.newest()
        path = Path(document["files"]["rejects"])
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["Customer No"]: row["_reasons"] for row in rows} == {
            key: " ".join(reasons(row)) for key, row in self.list.items() if reasons(row)
        }
        for row in rows:
            self.shop.mend(row)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        self.list = {row["Customer No"]: {name: row[name] for name in COLUMNS} for row in rows}

    def on_january_mended_sent(self) -> None:
        self.expect_run(self.world.send(self.list))

    def on_support_corrects(self) -> None:
        for key in VERIFIED:
            self.edit(key, city="Soledad", phone_verified=True)

    # February: a plan, exactly that plan sent, and the same file again.

    def on_february(self) -> None:
        self.receive("february.csv", self.shop.february())

    def on_month_planned(self) -> None:
        self.expect_plan(self.list)

    def on_month_sent(self) -> None:
        self.expect_run(self.world.send(self.list))

    def on_nothing_sent(self) -> None:
        writes = self.target.writes
        self.on_month_sent()
        assert (self.newest()[0]["requests"], self.target.writes) == (0, writes)

    # March: the mapping is edited.

    def on_march(self) -> None:
        self.world.edited = True
        self.receive("march.csv", self.shop.march())

    def on_march_sent(self) -> None:
        self.on_month_sent()
        self.march = str(self.newest()[0]["run_id"])

    # April: half an export.

    def on_half_of_april(self) -> None:
        self.april = self.shop.april()
        self.receive("april.csv", broken_off(self.april))
        self.writes = self.target.writes

    def on_april_held(self) -> None:
        document, rows = self.newest()
        would = {"create": "unsent", "update": "unsent"}
        assert {row["key"]: row["state"] for row in rows} == {
            key: would.get(action, action) for key, action in self.world.actions(self.list).items()
        }
        assert [guard["rail"] for guard in document["guards"]] == ["shrink", "blanked"]
        assert self.target.writes == self.writes
        self.expect_target()

    def on_april(self) -> None:
        self.receive("april.csv", self.april)

    # May: answers that never come.

    def on_may(self) -> None:
        self.receive("may.csv", self.shop.may())
        self.target.lost = dict(LOST)

    def on_may_sent(self) -> None:
        self.expect_run(self.world.send(self.list, lost=LOST))

    def on_target_exports(self) -> None:
        self.target.export(self.folder / "contacts.csv")

    def on_may_resolved(self) -> None:
        _, rows = self.newest()
        codes = {"found": "create|found", "absent": "create|absent"}
        found = Counter(row["code"] for row in rows if row["key"] in LOST)
        assert found == {codes[ending]: count for ending, count in self.world.resolve().items()}

    def on_support_verifies(self) -> None:
        for key in VERIFIED_IN_MAY:
            self.edit(key, phone_verified=True)

    # June: a wrong file is sent and taken back, then the right one.

    def on_wrong_june(self) -> None:
        self.june = self.shop.june()
        self.receive("june.csv", sorted_alone(self.june))

    def on_june_undone(self) -> None:
        _, rows = self.newest()
        endings = self.world.undo()
        states = {"created": "unchanged", "as_before": "unchanged", "put_back": "updated"}
        assert {row["key"]: row["state"] for row in rows} == {key: states[ending] for key, ending in endings.items()}
        self.expect_target()
        assert not any(self.world.contacts[key]["phone_verified"] for key in VERIFIED_IN_MAY)

    def on_june(self) -> None:
        self.receive("june.csv", self.shop.late_june())
        self.target.refused, self.target.lost = {REFUSED_IN_JUNE}, {LOST_IN_JUNE: False}

    def on_june_sent(self) -> None:
        states = self.world.send(self.list, lost={LOST_IN_JUNE: False}, refused=frozenset({REFUSED_IN_JUNE}))
        self.expect_run(states)

    # The last day: both lists are compared.

    def on_end_of_june(self) -> None:
        self.receive("june-30.csv", self.shop.end_of_june())
        for key in EDITED_THERE:
            self.edit(key, city="Riohacha")
        self.target.delete(DELETED_THERE)
        del self.world.contacts[DELETED_THERE]
        self.target.add("00000000-0000-4000-8000-000000000001", email="web@pan.example.com", status="ACTIVE")
        self.world.contacts[""] = {}
        twin = self.world.contacts[TWIN]
        self.target.add("00000000-0000-4000-8000-000000000002", external_id=TWIN, email=twin["email"])
        self.world.twins.add(TWIN)
        self.target.export(self.folder / "contacts.csv")
        rmtree(self.folder / "importer-state" / "runs" / self.march)
        self.world.deleted.add(self.world.known[NOT_SENT_SINCE_MARCH].run)

    def on_reconciled(self) -> None:
        (path,) = (self.folder / "importer-state" / "reconciled").glob("*/differences.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = Counter((line["class"], line["cause"], line["key"], line["field"]) for line in csv.DictReader(file))
        assert lines == self.world.compare(self.list)
        assert {cause for _, cause, _, _ in lines} == {"", *CAUSES} == {"", *Cause}

    def expect_plan(self, people: People) -> None:
        """Hold the newest run, a plan, against the oracle: row by row, by fields, and why."""
        document, rows = self.newest()
        assert {row["key"]: row["action"] for row in rows} == self.world.actions(people)
        changes = document["changes"]
        assert changes["fields"] == self.world.changes(people)
        because = self.world.because(people)
        assert {cause: count for cause, count in changes["because"].items() if count} == because
        self.expect_target()

    def expect_run(self, states: dict[str, str]) -> None:
        """Hold the newest run against the oracle: row by row, in sums, and what the target holds now."""
        document, rows = self.newest()
        assert {row["key"]: row["state"] for row in rows} == states
        counts = Counter(states.values())
        assert {state: document[state] for state in STATES} == {state: counts[state] for state in STATES}
        assert document["read"] == len(states)
        self.expect_target()

    def expect_target(self) -> None:
        found = {contact["external_id"]: plain(contact) for contact in self.target.contacts()}
        expected = {key: plain(contact) for key, contact in self.world.contacts.items()}
        assert found.keys() == expected.keys()
        pairs = ((key, name, found[key][name], expected[key][name]) for key in found for name in NOTHING)
        assert [(key, name, here, there) for key, name, here, there in pairs if here != there] == []

    def newest(self) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Give the document and the results of the run whose files were written last."""
        runs = (self.folder / "importer-state" / "runs").glob("*/run.json")
        folder = max(runs, key=lambda path: path.stat().st_mtime_ns).parent
        document = json.loads((folder / "run.json").read_text("utf-8"))
        with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
            return document, list(csv.DictReader(file))


def plain(contact: dict[str, Any]) -> dict[str, Any]:
    """Give a contact as a reader sees it: without what the server alone decides; a tag that is null is none."""
    tags = {name: value for name, value in (contact["tags"] or {}).items() if value is not None}
    return {name: contact[name] for name in NOTHING} | {"tags": tags or None, "addresses": contact["addresses"] or None}


@pytest.mark.parametrize("meaning", ["replace", "merge", "defaults"])
def test_six_months_are_as_the_page_tells_and_as_plain_dicts_say(meaning: Put, tmp_path: Path) -> None:
    with serving(tmp_path / "target.sqlite", meaning) as target:
        bakery = Bakery(tmp_path, target, meaning)
        typed = Reader(tmp_path, account(target.url)).follow(PAGE, bakery.events())
    assert typed == PAGE.read_text("utf-8").count("\n$ importer ") > 0
