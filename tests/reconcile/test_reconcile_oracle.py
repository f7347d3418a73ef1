"""Seeded pairs with edits, twins, swaps, lost rows, merged people and blanks, against a slow judge of our own.

A first file is sent to a real server; then both sides live on by themselves. The judge knows nothing of the program: it
keeps what the server holds, what it refused and what it never answered, and reasons about single rows.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from faults import ANSWER, Act, cut, status
from matching_judge import judge
from program import Finished, account
from received import Received
from target import Target
from test_reconcile_story import importer

ORDER = ("id", "key", "email", "document", "phone")
FIELDS = ("external_id", "first_name", "email", "phone", "city", "document_number", "tags.tier")
COLUMNS = ("no", "name", "mail", "phone", "city", "doc", "tier")
MAPPING = """
version: 1
name: NAME
KEY
contact:
  external_id: no
  first_name: name
  email: {column: mail, case: lower}
  phone: phone
  city: city
  document_number: doc
  tags: {tier: tier}
"""
CRM = MAPPING.replace("NAME", "crm").replace("KEY", "key: external_id")
OTHER = MAPPING.replace("NAME", "target").replace("KEY\n", "").replace("contact:\n", "contact:\n  id: id\n")

Row = dict[str, Any]
"""By column; a blank is None."""


def people(chance: Random, count: int) -> list[Row]:
    """Make customers some of whom share an email, a phone or a document, or have none."""
    return [
        {
            "no": f"k{number}",
            "name": chance.choice(["Ana", "Bea", "=Cyd", "Dan, d'E", None]),
            "mail": f"P{chance.randrange(count)}@x.co" if chance.random() < 0.8 else None,
            "phone": f"+5731055{chance.randrange(10_000, 10_000 + count)}" if chance.random() < 0.6 else None,
            "city": chance.choice(["Cali", "Pasto", None]),
            "doc": str(100_000 + chance.randrange(count)) if chance.random() < 0.6 else None,
            "tier": chance.choice(["gold", "5", None]),
        }
        for number in range(count)
    ]


def live_on(rows: list[Row], chance: Random) -> list[Row]:
    """Edit, swap, lose, merge, copy, blank and spoil some rows."""
    rows = [dict(row) for row in rows if chance.random() > 0.1]
    for row in rows:
        for name in COLUMNS[1:]:
            if chance.random() < 0.06:
                row[name] = chance.choice(rows)[name] if chance.random() < 0.7 else None
        if chance.random() < 0.05:
            row["mail"] = "no email"
    for _ in range(2):
        one, other = chance.sample(rows, 2)
        one["mail"], other["mail"] = other["mail"], one["mail"]
        one, other = chance.sample(rows, 2)
        one["no"], other["no"] = other["no"], one["no"]
        rows.append(dict(chance.choice(rows)))
    chance.shuffle(rows)
    return rows


def write(path: Path, rows: list[Row], columns: tuple[str, ...]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path.name


def is_valid(row: Row) -> bool:
    return bool(row["mail"] != "no email")


def body(row: Row) -> dict[str, str]:
    """Give what a row says, by field."""
    cells = dict(zip(FIELDS, (row[name] for name in COLUMNS), strict=True))
    cells["email"] = cells["email"] and cells["email"].lower()
    return {name: cell for name, cell in cells.items() if cell is not None}


def flat(contact: dict[str, Any]) -> dict[str, str]:
    return {**{name: value for name, value in contact.items() if name != "tags"}, **{
        f"tags.{tag}": value for tag, value in contact.get("tags", {}).items()
    }}  # fmt: skip  # one dict


class World:
    """What happened, as somebody knows who stood beside it."""

    def __init__(self, seed: int, folder: Path, target: Target) -> None:
        self.chance, self.folder, self.target = Random(seed), folder, target  # noqa: S311  # a seeded world
        (folder / "crm.yaml").write_text(CRM)
        (folder / "other.yaml").write_text(OTHER)
        self.first = people(self.chance, 40)
        for row in self.chance.sample(self.first, 3):
            row["mail"] = "no email"
        keys = [row["no"] for row in self.first if is_valid(row)]
        self.failed, self.unknown = set(keys[::11]), set(keys[5::13])
        self.refused = {row["no"] for row in self.first if not is_valid(row)}
        target.script = self._act
        name = write(folder / "first.csv", self.first, COLUMNS)
        words = ("run", name, "-m", "./crm.yaml", "--new-ledger", "-q")
        importer(*words, cwd=folder, env=account(target.base_url))
        self.landed = {
            key: (contact_id, flat(contact))
            for contact_id, contact in target.contacts.items()
            if (key := contact["external_id"]) not in self.unknown
        }

    def _act(self, received: Received) -> Act:
        key = received.json["external_id"]
        return status(422) if key in self.failed else cut(commit=True) if key in self.unknown else ANSWER

    def export(self) -> list[Row]:
        """Give what the target exports."""
        rows = []
        for contact_id, contact in self.target.contacts.items():
            said = flat(contact)
            rows.append(
                {"id": contact_id, **{column: said.get(field) for column, field in zip(COLUMNS, FIELDS, strict=True)}}
            )
        return rows

    def fact(self, key: str | None, contact_id: str | None) -> tuple[str, Any]:
        """Give what the sender knows of a customer: by id, else by key."""
        for known, (landed_id, said) in self.landed.items():
            if landed_id == contact_id:
                return "landed", (known, said)
        if key in self.landed:
            return "landed", (key, self.landed[str(key)][1])
        if key in self.unknown:
            return "unknown", None
        if key in self.refused:
            return "rejected", None
        return ("failed", None) if key in self.failed else ("never_sent", None)


def reject(rows: list[Row], *, twice: bool) -> list[bool]:
    keys = Counter(row["no"] for row in rows)
    return [not is_valid(row) or (twice and keys[row["no"]] > 1) for row in rows]


def identify(world: World, row: Row) -> Row:
    """Give by what a row is known: what it says itself, and what the sender knows of that."""
    owners = {contact_id: key for key, (contact_id, _) in world.landed.items()}
    contact_id = row.get("id") or world.landed.get(str(row["no"]), (None,))[0]
    return {
        "id": contact_id,
        "key": row["no"] or owners.get(str(contact_id)),
        "email": row["mail"].lower() if row["mail"] and is_valid(row) else None,
        "document": row["doc"],
        "phone": row["phone"],
    }


def expected(world: World, here: list[Row], there: list[Row]) -> list[tuple[Any, ...]]:
    """Give class, cause, row here, row there and field of each line of differences.csv."""
    wrong = reject(here, twice=True), reject(there, twice=False)
    blank = dict.fromkeys(ORDER)
    named = [[identify(world, row) for row in rows] for rows in (here, there)]
    asked = [
        [blank if bad else row for row, bad in zip(rows, bads, strict=True)]
        for rows, bads in zip(named, wrong, strict=True)
    ]
    pairs, *doubts = judge(asked[0], asked[1], ORDER)
    lines: list[tuple[Any, ...]] = []
    for h, t, _ in pairs:
        lines += tell_pair(world, here[h], there[t], (h + 1, t + 1))
    shown: list[set[int]] = [set(), set()]
    for side, rows in enumerate((here, there)):
        done = {pair[side] for pair in pairs}
        doubtful = {row for row, _ in doubts[side]}
        for number, row in enumerate(rows):
            at: tuple[int | None, int | None] = (number + 1, None) if side == 0 else (None, number + 1)
            if number in doubtful:
                lines.append(("ambiguous", "", *at, ""))
            elif number not in done and not wrong[side][number]:
                other = met(named[side][number], named[1 - side], wrong[1 - side])
                if other is not None and other not in shown[1 - side]:
                    shown[1 - side].add(other)
                    at = (number + 1, other + 1) if side == 0 else (other + 1, number + 1)
                if other is not None:
                    lines.append(("rejected", "rejected", *at, ""))
                    continue
                state, _ = world.fact(row["no"], row.get("id"))
                gone = "gone_there" if side == 0 else "gone_here"
                lines.append((f"only_{'there' if side else 'here'}", gone if state == "landed" else state, *at, ""))
    lonely = [
        [row if bad and number not in done else blank for number, (row, bad) in enumerate(zip(rows, bads, strict=True))]
        for rows, bads, done in zip(named, wrong, shown, strict=True)
    ]
    for h, t, _ in judge(lonely[0], lonely[1], ORDER)[0]:
        lines.append(("rejected", "rejected", h + 1, t + 1, ""))
        shown[0].add(h)
        shown[1].add(t)
    for side in (0, 1):
        alone = [number for number, bad in enumerate(wrong[side]) if bad and number not in shown[side]]
        lines += [("rejected", "rejected", *((n + 1, None) if side == 0 else (None, n + 1)), "") for n in alone]
    return lines


def met(row: Row, others: list[Row], wrong: list[bool]) -> int | None:
    """Give the rejected row of the other side whose customer this one is."""
    for number, by in enumerate(ORDER):
        before = [] if by in ("id", "key") else [name for name in ORDER[:number] if name in ("id", "key")]
        for place, (other, bad) in enumerate(zip(others, wrong, strict=True)):
            apart = any(row[name] and other[name] for name in before)
            if bad and row[by] is not None and row[by] == other[by] and not apart:
                return place
    return None


def tell_pair(world: World, one: Row, other: Row, at: tuple[int, int]) -> Iterator[tuple[Any, ...]]:
    sent = world.landed.get(one["no"], (None,))[0]
    state, known = world.fact(one["no"] or other["no"], sent or other["id"])
    if sent and sent != other["id"]:
        yield "different", "changed_there", *at, "id"
    first, second = body(one), body(other)
    for name in FIELDS:
        values = first.get(name), second.get(name)
        if values[0] == values[1]:
            continue
        cause = state
        if state == "landed":
            before = known[1].get(name)
            cause = (
                "changed_here" if before == values[1] else "changed_there" if before == values[0] else "changed_both"
            )
        yield "different", cause, *at, name


def found(done: Finished) -> list[tuple[Any, ...]]:
    text = Path(done.document["files"]["differences"]).read_text(encoding="utf-8-sig")

    def number(cell: str) -> int | None:
        return int(cell) if cell else None

    return [
        (line["class"], line["cause"], number(line["here_row"]), number(line["there_row"]), line["field"])
        for line in csv.DictReader(io.StringIO(text))
    ]


def ordered(lines: list[tuple[Any, ...]]) -> list[str]:
    return sorted(map(repr, lines))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_class_and_cause_is_what_a_slow_judge_says(seed: int, tmp_path: Path, target: Target) -> None:
    world = World(seed, tmp_path, target)
    chance = world.chance
    here = live_on([*world.first, *people(chance, 45)[40:]], chance)
    web = [{**row, "no": None, "id": str(UUID(int=chance.getrandbits(128)))} for row in chance.sample(world.first, 4)]
    there = live_on([*world.export(), *web], chance)
    # Two contacts of one id are no two contacts.
    for row in [row for row in there if sum(row["id"] == other["id"] for other in there) > 1][1:]:
        row["id"] = str(UUID(int=chance.getrandbits(128)))
    write(tmp_path / "here.csv", here, COLUMNS)
    write(tmp_path / "there.csv", there, ("id", *COLUMNS))
    words = ("here.csv", "-m", "./crm.yaml", "--against", "there.csv", "--other-mapping", "./other.yaml", "--json")
    done = importer("reconcile", *words, cwd=tmp_path)
    wanted = expected(world, here, there)
    assert ordered(found(done)) == ordered(wanted)
    assert len({line[0] for line in wanted}) >= 5
    for side, rows in (("here", here), ("there", there)):
        told = done.document[side]
        classes = {name: count for name, count in told.items() if name not in ("sources", "read")}
        assert told["read"] == sum(classes.values()) == len(rows)
        at = 2 if side == "here" else 3
        listed = Counter(line[0] for line in {(line[0], line[at]) for line in wanted if line[at]})
        assert {name: count for name, count in classes.items() if count and name != "same"} == dict(listed)
    assert json.loads(done.out)["exit_code"] == 3
