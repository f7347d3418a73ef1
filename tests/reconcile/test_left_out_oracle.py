"""What updates leave out, for every policy, against what a real server holds and was sent.

Some customers are sent two or three times, each time with other blanks; then both sides live on. The judge knows the
requests as the server got them and what it holds, and reasons about single fields.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from program import Finished, account
from target import Target
from test_reconcile_story import importer

MAPPING = """
version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: plain
  last_name: {column: cleared, on_blank: clear}
  city: {column: once, write: create_only}
  channel: {column: spare, write: if_blank}
  tags: {tier: tier}
  addresses: [{street_1: street}]
"""
PLAIN = MAPPING.replace(", write: create_only", "").replace(", write: if_blank", "")
FULL, PLAIN_FULL = (text.replace("key: external_id\n", "key: external_id\nupdate: full\n") for text in (MAPPING, PLAIN))
THERE = MAPPING.replace("name: crm\n", "name: target\n").replace("contact:\n", "contact:\n  id: id\n")
COLUMNS = {
    "plain": "first_name", "cleared": "last_name", "once": "city", "spare": "channel", "tier": "tags.tier",
    "street": "addresses[0].street_1",
}  # fmt: skip  # a table
CELLS = ["", "", "a", "b", "c"]
Row = dict[str, str]


def flat(contact: dict[str, Any]) -> dict[str, Any]:
    """Give what a contact or a body says, by field; a null is None."""
    told: dict[str, Any] = {name: contact[name] for name in COLUMNS.values() if name in contact}
    tags = contact.get("tags") or {}
    if "tier" in tags:
        told["tags.tier"] = tags["tier"]
    for item in contact.get("addresses") or []:
        told["addresses[0].street_1"] = item.get("street_1")
    return told


def write(path: Path, rows: list[Row], columns: list[str]) -> str:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path.name


class World:
    """Customers who were sent, and sent again."""

    def __init__(self, seed: int, folder: Path, target: Target, mapping: str) -> None:
        self.policies = mapping not in (PLAIN, PLAIN_FULL)
        self.chance, self.folder, self.target = Random(seed), folder, target  # noqa: S311  # a seeded world
        (folder / "crm.yaml").write_text(mapping)
        (folder / "target.yaml").write_text(THERE)
        self.rows = [self.draw({"no": f"k{number}"}, 1.0) for number in range(24)]
        self.sent: dict[str, Row] = {}
        for _ in range(3):
            name = write(folder / "rows.csv", self.rows, ["no", *COLUMNS])
            seen = len(target.requests)
            words = ("run", name, "-m", "./crm.yaml", "--new-ledger", "-q")
            assert importer(*words, cwd=folder, env=account(target.base_url)).code == 0
            came = {row["no"]: row for row in self.rows}
            self.sent |= {str(one.json["external_id"]): came[one.json["external_id"]] for one in target.requests[seen:]}
            self.rows = [self.draw(row, 0.3 if self.chance.random() < 0.7 else 0) for row in self.rows]
        self.ids = {contact["external_id"]: found for found, contact in target.contacts.items()}
        self.held = {key: flat(target.contacts[found]) for key, found in self.ids.items()}

    def draw(self, row: Row, share: float) -> Row:
        cells = {name: self.chance.choice(CELLS) for name in COLUMNS if self.chance.random() < share}
        return {"no": row["no"], **{name: row.get(name, "") for name in COLUMNS}, **cells}

    @staticmethod
    def column(name: str) -> str:
        return next(column for column, field in COLUMNS.items() if field == name)

    def last(self, key: str) -> tuple[bool, dict[str, Any]]:
        """Give whether an update landed last on a customer, and what it said."""
        request = [one for one in self.target.requests if one.committed and one.contact_id == self.ids[key]][-1]
        return request.method == "PUT", flat(request.json)

    def expected(self, there: dict[str, dict[str, Any]] | None) -> Iterator[tuple[str, str, str]]:
        """Give key, field and cause of all that differs, there or (None) from what landed."""
        for row in self.rows:
            key, held = row["no"], self.held[row["no"]]
            updated, said = self.last(key)
            # What a body has beyond its row is what the contact had anyway.
            said = {name: said[name] for name in said if said[name] == (self.sent[key][self.column(name)] or None)}
            for column, name in COLUMNS.items():
                new, base = row[column] or None, held.get(name)
                old = base if there is None else there[key].get(name)
                left = updated and name not in said
                if name == "city" and self.policies:
                    stays = left = updated
                elif name == "channel" and self.policies:
                    stays = left and not (new and base is None)
                else:
                    stays = left and new is None and name != "last_name"
                if new == old:
                    continue
                if stays and old == base:
                    yield key, name, "left_out"
                elif old == base:
                    yield key, name, "changed_here"
                else:
                    yield (
                        key,
                        name,
                        "changed_there" if new in (base, None) and (stays or new == base) else "changed_both",
                    )


def found(done: Finished) -> list[tuple[str, str, str]]:
    text = Path(done.document["files"]["differences"]).read_text(encoding="utf-8-sig")
    return sorted((line["key"], line["field"], line["cause"]) for line in csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("seed", "put", "mapping"),
    [
        (1, "merge", MAPPING),
        (2, "replace", MAPPING),
        (3, "merge", PLAIN),
        (4, "merge", FULL),
        (5, "replace", FULL),
        (6, "merge", PLAIN_FULL),
    ],
)
def test_what_updates_left_out_is_told_as_the_server_holds_it(
    seed: int, put: str, mapping: str, tmp_path: Path
) -> None:
    with Target(put=put) as target:
        world = World(seed, tmp_path, target, mapping)
    here = write(tmp_path / "here.csv", world.rows, ["no", *COLUMNS])
    done = importer("reconcile", here, "-m", "./crm.yaml", "--json", cwd=tmp_path)
    wanted = sorted(world.expected(None))
    assert found(done) == wanted
    assert done.document["here"]["same"] == 24 - len({key for key, _, _ in wanted})
    if put == "merge":
        assert {cause for _, _, cause in wanted} == {"changed_here", "left_out"}
    there = {
        key: {**held, **({} if world.chance.random() < 0.6 else {"first_name": "z", "city": "z"})}
        for key, held in world.held.items()
    }
    columns = ["id", "no", *COLUMNS]
    rows = [
        {"id": world.ids[key], "no": key, **{column: held.get(name) or "" for column, name in COLUMNS.items()}}
        for key, held in there.items()
    ]
    name = write(tmp_path / "there.csv", rows, columns)
    words = ("--against", name, "--other-mapping", "./target.yaml", "--json")
    against = importer("reconcile", here, "-m", "./crm.yaml", *words, cwd=tmp_path)
    assert found(against) == sorted(world.expected(there))
