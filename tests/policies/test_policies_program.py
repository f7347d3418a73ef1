"""Every write policy, sent for real under the three meanings a PUT can have, against an opinion of its own."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from program import account, importer
from target import TOKEN

from importer.sandbox.options import Put
from importer.sandbox.process import start_sandbox

DEFAULTS = {"email_verified": False, "is_anonymous": False, "phone_verified": False, "status": "ACTIVE"}
SERVERS = ("id", "created_at", "updated_at", "persona_id")
COLUMNS = ("no", "name", "mail", "city", "phone", "source", "channel", "state", "tier", "club", "street")
MAPPING = """\
version: 1
name: crm
key: external_id
update: {update}
contact:
  external_id: no
  first_name: name
  email: mail
  city: {{column: city, on_blank: clear}}
  phone: {{column: phone, write: if_blank}}
  source: {{column: source, write: create_only}}
  channel: {{column: channel, write: if_blank}}
  status: state
  tags: {{tier: tier, club: {{column: club, write: if_blank}}}}
  addresses: [{{street_1: street}}]
"""
Row = dict[str, str]
Contact = dict[str, Any]


def filled(row: Row) -> Contact:
    """Give what a create carries."""
    plain = {"external_id": "no", "first_name": "name", "email": "mail", "city": "city", "phone": "phone"}
    plain |= {"source": "source", "channel": "channel", "status": "state"}
    body: Contact = {field: row[column] for field, column in plain.items() if row[column]}
    tags = {tag: row[tag] for tag in ("tier", "club") if row[tag]}
    return (
        body
        | ({"tags": tags} if tags else {})
        | ({"addresses": [{"street_1": row["street"]}]} if row["street"] else {})
    )


def carried(row: Row, stored: Contact, update: str) -> Contact:
    """Give what an update carries to a contact of which the last answer is known: it is what is stored."""
    body = filled(row)
    tags = dict(body.pop("tags", {}))
    body.pop("source", None)
    for field in ("phone", "channel"):
        if stored[field]:
            body.pop(field, None)
    there = stored["tags"] or {}
    if there.get("club"):
        tags.pop("club", None)
    if not row["city"]:
        body["city"] = None
    if update == "full":
        tags = {**there, **tags}
        known = {
            field: value for field, value in stored.items() if field not in SERVERS and value not in (None, "", [])
        }
        known.pop("tags", None)
        if known.get("addresses"):
            known["addresses"] = [{k: v for k, v in item.items() if v is not None} for item in known["addresses"]]
        body = {**known, **body}
    return body | ({"tags": tags} if tags else {})


def put(stored: Contact, body: Contact, meaning: str) -> Contact:
    if meaning == "replace":
        blank = {field: DEFAULTS.get(field) for field in stored if field not in SERVERS}
        return {**stored, **blank, **body}
    return {**stored, **(DEFAULTS if meaning == "defaults" else {}), **body}


def same_as_last(row: Row, last: Row, stored: Contact, sent: Contact) -> bool:
    """Whether no update is due: the row is as it was, and fills no blank that the last body did not try to fill."""
    spare = {field: row[field] for field in ("phone", "channel") if row[field] and not stored[field]}
    fresh = any(sent.get(field) != value for field, value in spare.items())
    club = row["club"] and not (stored["tags"] or {}).get("club")
    return (
        filled(row) == filled(last) and not fresh and not (club and (sent.get("tags") or {}).get("club") != row["club"])
    )


def months(seed: int) -> list[list[Row]]:
    """Give three months of made-up customers: cells come, change and go."""
    random = Random(seed)  # noqa: S311  # made-up rows, no secret
    told = {
        column: ["", f"{column} one", f"{column} two"]
        for column in ("city", "source", "channel", "tier", "club", "street")
    }
    told |= {
        "phone": ["", "+573105554814", "+573105554815"],
        "state": ["ACTIVE", "BLOCKED"],
        "name": ["Ñandú", 'A "b" \\'],
    }

    def row(number: int) -> Row:
        return {"no": str(number), "mail": f"p{number}@x.example.com"} | {c: random.choice(told[c]) for c in told}

    first = [row(number) for number in range(24)]
    second = [row(int(old["no"])) if random.random() < 0.6 else old for old in first] + [row(24)]
    third = [old | {"club": random.choice(told["club"])} if random.random() < 0.5 else old for old in second]
    return [first, second, third]


@contextmanager
def target(folder: Path, meaning: Put) -> Iterator[dict[str, str]]:
    with start_sandbox(folder / "target.sqlite", token=TOKEN, put=meaning) as url:
        yield account(url)


def write(folder: Path, rows: list[Row], update: str) -> None:
    lines = [",".join(COLUMNS), *(",".join('"' + row[c].replace('"', '""') + '"' for c in COLUMNS) for row in rows)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "crm.yaml").write_text(MAPPING.format(update=update), "utf-8")


def stored_contacts(folder: Path) -> dict[str, Contact]:
    with sqlite3.connect(folder / "target.sqlite") as database:
        found = [json.loads(text) for (text,) in database.execute("SELECT contact FROM contacts")]
    database.close()
    return {contact["external_id"]: contact for contact in found}


def plain(contact: Contact) -> Contact:
    """Give a contact without what the server alone decides, items without blanks."""
    items = [{k: v for k, v in item.items() if v is not None} for item in contact["addresses"] or []]
    return {k: v for k, v in contact.items() if k not in SERVERS} | {"addresses": items}


@pytest.mark.parametrize(
    ("meaning", "update"),
    [
        ("replace", "mapped"),
        ("defaults", "full"),
        *(
            pytest.param(*case, marks=pytest.mark.torture)
            for case in (("merge", "mapped"), ("merge", "full"), ("replace", "full"), ("defaults", "mapped"))
        ),
    ],
)
def test_three_months_leave_on_the_target_what_the_rules_say(meaning: Put, update: str, tmp_path: Path) -> None:
    expected: dict[str, Contact] = {}
    last: dict[str, Row] = {}
    sent: dict[str, Contact] = {}
    with target(tmp_path, meaning) as env:
        for number, rows in enumerate(months(7)):
            write(tmp_path, rows, update)
            words = ("run", "rows.csv", "-m", "crm.yaml", "--json", *(() if number else ("--new-ledger",)))
            done = importer(*words, cwd=tmp_path, env=env)
            updated = 0
            for row in rows:
                key = row["no"]
                if key not in expected:
                    blank = dict.fromkeys(next(iter(stored_contacts(tmp_path).values())))
                    sent[key] = filled(row)
                    expected[key] = {**blank, **DEFAULTS, **sent[key]}
                elif not same_as_last(row, last[key], expected[key], sent[key]):
                    updated += 1
                    sent[key] = carried(row, expected[key], update)
                    expected[key] = put(expected[key], sent[key], meaning)
                last[key] = row
            found = stored_contacts(tmp_path)
            assert {key: plain(contact) for key, contact in found.items()} == {
                key: plain(contact) for key, contact in expected.items()
            }
            assert (done.code, done.document["updated"]) == (0, updated)
            assert updated > 5 or not number
