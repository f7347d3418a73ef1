"""Three months of made-up customers, the last two taken back one after the other, under each meaning a PUT can have.

What stands is read from the target's own store and compared with what stood there before the run.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from program import Finished, account, adds_up, importer
from target import TOKEN

from importer.sandbox.options import Put
from importer.sandbox.process import start_sandbox

COLUMNS = ("no", "mail", "name", "city", "phone", "channel", "tier", "club", "street")
MAPPING = """\
version: 1
name: crm
key: external_id
contact:
  external_id: no
  email: mail
  first_name: name
  city: {column: city, on_blank: clear}
  phone: {column: phone, write: if_blank}
  channel: channel
  tags: {tier: tier, club: club}
  addresses: [{street_1: street}]
"""
Row = dict[str, str]
Contact = dict[str, Any]


def months(seed: int) -> list[list[Row]]:
    random = Random(seed)  # noqa: S311  # made-up rows, no secret
    told = {column: ["", f"{column} one", f"{column} two"] for column in COLUMNS[3:]}
    told |= {"phone": ["", "+573105554814"], "name": ["Ñandú", 'A "b" \\']}

    def row(number: int) -> Row:
        return {"no": str(number), "mail": f"p{number}@x.example.com"} | {c: random.choice(told[c]) for c in told}

    first = [row(number) for number in range(20)]
    second = [row(int(old["no"])) if random.random() < 0.6 else old for old in first] + [row(20), row(21)]
    third = [row(int(old["no"])) if random.random() < 0.6 else old for old in second] + [row(22)]
    return [first, second, third]


@contextmanager
def serving(folder: Path, meaning: Put) -> Iterator[dict[str, str]]:
    with start_sandbox(folder / "target.sqlite", token=TOKEN, put=meaning) as url:
        yield account(url)


def send(folder: Path, rows: list[Row], env: dict[str, str]) -> Finished:
    lines = [",".join(COLUMNS), *(",".join('"' + row[c].replace('"', '""') + '"' for c in COLUMNS) for row in rows)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "crm.yaml").write_text(MAPPING, "utf-8")
    return importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json", cwd=folder, env=env)


def take_back(folder: Path, run: Finished, env: dict[str, str], *words: str) -> Finished:
    planned = importer("undo", run.document["run_id"], "--json", *words, cwd=folder, env=env)
    assert adds_up(planned.document)
    assert planned.document["read"] == run.document["created"] + run.document["updated"]
    assert sum(planned.document["undo"]["rows"].values()) == planned.document["read"]
    assert planned.code == 11
    done = importer("apply", planned.document["run_id"], "--json", cwd=folder, env=env)
    assert adds_up(done.document)
    assert done.document["updated"] == planned.document["unsent"]
    return planned


def standing(folder: Path) -> dict[str, Contact]:
    with sqlite3.connect(folder / "target.sqlite") as database:
        found = [json.loads(text) for (text,) in database.execute("SELECT contact FROM contacts")]
    database.close()
    return {one["external_id"]: {k: v for k, v in one.items() if k != "updated_at"} for one in found}


def said(contact: Contact) -> Contact:
    """Leave blanks out: a tag that is null and one that is not there are the same to a reader."""
    tags = {name: value for name, value in (contact["tags"] or {}).items() if value is not None}
    return {**contact, "tags": tags or None}


@pytest.mark.parametrize(
    "meaning", ["replace", *(pytest.param(other, marks=pytest.mark.torture) for other in ("merge", "defaults"))]
)
def test_what_stood_before_stands_again_and_the_next_run_sends_it_anew(meaning: Put, tmp_path: Path) -> None:
    first, second, third = months(7)
    with serving(tmp_path, meaning) as env:
        send(tmp_path, first, env)
        january = standing(tmp_path)
        february_run = send(tmp_path, second, env)
        february = standing(tmp_path)
        march_run = send(tmp_path, third, env)
        assert standing(tmp_path) != february

        planned = take_back(tmp_path, march_run, env).document["undo"]
        assert (planned["rows"]["created"], planned["rows"]["later"], planned["lost"]) == (1, 0, {})
        back = standing(tmp_path)
        assert {no: said(back[no]) for no in february} == {no: said(february[no]) for no in february}
        # The run that came after is taken back, so that it stands in nobody's way any more.
        planned = take_back(tmp_path, february_run, env).document["undo"]
        assert (planned["rows"]["created"], planned["rows"]["later"]) == (2, 0)
        back = standing(tmp_path)
        assert {no: said(back[no]) for no in january} == {no: said(january[no]) for no in january}

        again = send(tmp_path, second, env)
        assert (again.document["created"], again.document["updated"]) == (0, february_run.document["updated"])
        back = standing(tmp_path)
        assert {no: said(back[no]) for no in february} == {no: said(february[no]) for no in february}
