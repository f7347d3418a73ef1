"""What an export settles, against a slow opinion of every row, over small random worlds."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.folder import RunFolder, new_folder
from importer.ledger import KeyRule, Ledger, NewRun, Run, Target, begin_run, open_ledger, open_namespace, outcomes
from importer.progress import Silent
from importer.resolve import Ending, Export, resolve

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = [f"{number:08}-0000-4000-8000-000000000000" for number in range(5)]
NO_ID = "no-id"
KEYS = ["k0", "k1", "k2", "k3", "k4"]


@dataclass(frozen=True)
class Row:
    """What the run came to for one key."""

    state: str
    intent: int
    """Seconds after the run's begin."""
    contact: str | None = None
    """Of a landed row; of an unknown one, whom its key has come to stand for since."""


@dataclass(frozen=True)
class World:
    rows: dict[str, Row]
    records: list[tuple[str, str]]
    """Id and key of each record; either may be blank, the id may be none."""
    damaged: bool
    as_of: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    free = list(IDS)
    rows = {}
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1)):
        state = draw(st.sampled_from(["created", "updated", "unknown", "unknown", "intent"]))
        has = state in {"created", "updated"} or draw(st.integers(0, 4)) == 0
        rows[key] = Row(state, draw(st.sampled_from([10, 20, 30])), free.pop(0) if has else None)
    record = st.tuples(st.sampled_from([*IDS, *IDS, "", NO_ID]), st.sampled_from([*KEYS, ""]))
    records = draw(st.lists(record, max_size=5))
    if draw(st.integers(0, 3)):
        records += [(row.contact, key) for key, row in rows.items() if row.contact]
    return World(rows, records, draw(st.integers(0, 5)) == 0, draw(st.sampled_from([5, 20, 25, 35, 35])))


def opinion(world: World) -> dict[str, Ending]:
    """Say of each unknown key what the export tells, record by record."""
    made = {key: row.contact for key, row in world.rows.items() if row.state == "created"}
    readable = not world.damaged and all(contact != NO_ID for contact, _ in world.records)
    whole = bool(made) and readable and all((contact, key) in world.records for key, contact in made.items())
    asked = {key: row for key, row in world.rows.items() if row.state in {"unknown", "intent"}}
    told = {}
    for key, row in asked.items():
        ids = {contact if contact in IDS else "" for contact, other in world.records if other == key}
        theirs = {other.contact for other_key, other in world.rows.items() if other_key != key}
        theirs |= {contact for contact, other in world.records if other in asked and other != key}
        near = any(other != key and other.strip().lower() == key.lower() for _, other in world.records)
        if world.as_of <= row.intent:
            told[key] = Ending.OLDER
        elif ids:
            (one,) = ids if len(ids) == 1 else ("",)
            clear = one and one not in theirs and row.contact in (None, one)
            told[key] = Ending.FOUND if clear else Ending.AMBIGUOUS
        elif near:
            told[key] = Ending.AMBIGUOUS
        else:
            told[key] = Ending.ABSENT if whole else Ending.UNPROVEN
    return told


def build(world: World, folder: Path, ledger: Ledger) -> tuple[Run, RunFolder]:
    namespace = open_namespace(ledger, Target("http://a", "b", "c"), KeyRule(("external_id",), "s"), lambda: BEGUN)
    begun = new_folder(folder, BEGUN, lambda _: "abcdef")
    run = begin_run(ledger, namespace, NewRun(begun.run_id, "run", "s", "m", begun.path), lambda: BEGUN)
    # Of a row whose body can't be read nobody knows by which email to look for it.
    pl.DataFrame({"body": ["{}"] * len(world.rows)}).write_parquet(begun.bodies(0))
    with ledger.writing() as database:
        for position, (key, row) in enumerate(world.rows.items()):
            open_state = {"unknown": "unknown", "intent": "sending"}.get(row.state)
            if row.contact:
                database.execute(
                    "INSERT INTO contact (namespace, contact_id, landed_at) VALUES (?, ?, 0)",
                    (namespace.id, row.contact),
                )
            database.execute(
                "INSERT INTO identity (namespace, key, state, contact, run, part, position, sum)"
                " VALUES (?1, ?2, ?3, (SELECT id FROM contact WHERE contact_id = ?4), ?5, 0, ?6, row_sum(?1, ?2, ?4))",
                (namespace.id, key, "known" if row.contact else open_state, row.contact, run.number, position),
            )
            database.execute(
                "INSERT INTO attempt (run, part, position, source, row, action, key, contact_id, state, attempts,"
                " intent_at) VALUES (?, 0, ?, 0, ?, ?, ?, ?, ?, 1, ?)",
                (
                    *(run.number, position, position, "update" if row.state == "updated" else "create", key),
                    *(row.contact if not open_state else None, row.state, at(row.intent)),
                ),
            )
    return run, begun


def at(seconds: int) -> int:
    return int((BEGUN + timedelta(seconds=seconds)).timestamp() * 1000)


def write_export(world: World, folder: Path) -> Export:
    (folder / "target.yaml").write_text("version: 1\nname: t\ncontact: {id: id, external_id: ref}\n")
    with (folder / "export.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "ref", "note"])
        lines.writerows([contact, key, "x"] for contact, key in world.records)
        file.write("cut,off\n" if world.damaged else "")
    return Export(str(folder / "export.csv"), "target.yaml", BEGUN + timedelta(seconds=world.as_of))


ROWS = {"k0": Row("created", 10, IDS[0]), "k1": Row("unknown", 20)}
HELD = [(IDS[0], "k0")]


@given(worlds())
@example(World(ROWS, HELD, damaged=False, as_of=35))
@example(World(ROWS, HELD, damaged=True, as_of=35))
@example(World(ROWS, [*HELD, (NO_ID, "")], damaged=False, as_of=35))
@example(World(ROWS, HELD, damaged=False, as_of=20))
@example(World(ROWS, [*HELD, (IDS[1], "k1"), (IDS[2], "k1")], damaged=False, as_of=35))
@example(World({"k0": ROWS["k0"], "k1": Row("unknown", 20, IDS[1])}, HELD, damaged=False, as_of=35))
@settings(deadline=None, max_examples=60)
def test_an_export_settles_what_the_slow_opinion_says(world: World) -> None:
    later = BEGUN + timedelta(hours=1)
    with TemporaryDirectory() as name, open_ledger(Path(name) / "ledger.sqlite", create=True) as ledger:
        folder = Path(name)
        run, begun = build(world, folder, ledger)
        export = write_export(world, folder)
        resolved = resolve(ledger, run, begun, export, now=lambda: later, working_dir=folder, progress=Silent())
        told = opinion(world)
        assert {ending: count for ending, count in resolved.endings.items() if count} == {
            ending: list(told.values()).count(ending) for ending in told.values()
        }
        identities = dict(
            ledger.read("SELECT key, coalesce(contact_id, identity.state) FROM identity LEFT JOIN contact"
                        " ON contact.id = contact")
        )  # fmt: skip  # one query
        ended = {row["row"]: row["state"] for row in outcomes(ledger, run.number).iter_rows(named=True)}
        for position, (key, row) in enumerate(world.rows.items()):
            ending = told.get(key)
            if ending is None:
                assert (identities[key], ended[position]) == (row.contact, row.state)
            elif ending is Ending.FOUND:
                assert identities[key] in {contact for contact, other in world.records if other == key}
                assert ended[position] == "created"
            elif ending is Ending.ABSENT:
                assert (identities.get(key), ended[position]) == (row.contact, "unsent")
            else:
                # Where nothing at all was settled, an intent stays as the killed run left it.
                assert identities[key] in ({row.contact} if row.contact else {"unknown", "sending"})
                assert ended[position] == "unknown"
