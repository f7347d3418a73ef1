"""A plan against a slow opinion of every row, over small random worlds."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.ledger import KeyRule, Ledger, Namespace, Target, open_ledger, open_namespace
from importer.outcome import Action
from importer.plan import plan

FINGERPRINTS = [bytes([number]) * 16 for number in range(3)]


@dataclass(frozen=True)
class Row:
    key: str | None
    id: str | None
    rejected: bool
    fingerprint: bytes
    carried: bytes | None
    """What an update carries, where it is not all."""


@dataclass(frozen=True)
class Known:
    """What the ledger holds: the state and contact of each key; of each contact what landed, and what that carried."""

    keys: dict[str, tuple[str, str | None]]
    contacts: dict[str, tuple[bytes | None, bytes | None]]


Said = tuple[Action, str | None, str | None, bool, bool]
"""Action, contact, code, whether the map moves, whether an unchanged row's id is adopted."""
KEYS = st.sampled_from(["k1", "k2", "k3", "k4", "k\x00", "é"])
IDS = st.sampled_from(["c1", "c2", "c3", "c4"])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Known, list[list[Row]]]:
    carried = st.sampled_from([*FINGERPRINTS, None])
    contacts = draw(st.dictionaries(IDS, st.tuples(st.sampled_from([*FINGERPRINTS, None]), carried)))
    states: st.SearchStrategy[tuple[str, str | None]] = st.sampled_from([("sending", None), ("unknown", None)])
    if contacts:
        states |= st.sampled_from([("known", contact) for contact in sorted(contacts)])
    keys: dict[str, tuple[str, str | None]] = draw(st.dictionaries(KEYS, states))
    row = st.builds(Row, st.none() | KEYS, st.none() | IDS, st.booleans(), st.sampled_from(FINGERPRINTS), carried)
    rows, keys_seen, ids_seen = [], set(), set()
    for found in draw(st.lists(row, max_size=10)):
        # What prepare rejects already: no identity, or one that came before.
        bad = (found.key is None and found.id is None) or found.key in keys_seen or found.id in ids_seen
        if not found.rejected and not bad:
            keys_seen |= {found.key} - {None}
            ids_seen |= {found.id} - {None}
        rows.append(Row(found.key, found.id, found.rejected or bad, found.fingerprint, found.carried))
    cut = draw(st.integers(0, len(rows)))
    return Known(keys, contacts), [rows[:cut], rows[cut:]]


def judge(known: Known, rows: list[Row], *, force: bool) -> list[Said]:
    """Say it of each row."""
    resolved: list[str | None] = []
    for row in rows:
        _, mapped = known.keys.get(row.key or "", (None, None))
        resolved.append(None if row.rejected else row.id or mapped)
    times = Counter(contact for contact in resolved if contact)
    said: list[Said] = []
    for row, contact in zip(rows, resolved, strict=True):
        state, mapped = known.keys.get(row.key or "", (None, None))
        if row.rejected:
            said.append((Action.REJECTED, None, None, False, False))
        elif contact and times[contact] > 1:
            said.append((Action.REJECTED, None, "id|duplicate", False, False))
        elif contact:
            landed, carried = known.contacts.get(contact, (None, None))
            carries = row.carried or row.fingerprint
            same = landed == row.fingerprint and carried in (None, carries) and not force
            differs = bool(row.id and row.key and row.id != mapped)
            action = Action.UNCHANGED if same else Action.UPDATE
            said.append((action, contact, None, differs and mapped is not None, differs and same))
        elif state:
            said.append((Action.HELD, None, "create|pending", False, False))
        else:
            said.append((Action.CREATE, None, None, False, False))
    return said


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@contextmanager
def ledger_of(known: Known, folder: Path) -> Iterator[tuple[Ledger, Namespace]]:
    with open_ledger(folder / "ledger.sqlite", create=True) as ledger:
        namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
        with ledger.writing() as database:
            database.executemany(
                "INSERT INTO contact (namespace, contact_id, fingerprint, carried, landed_at) VALUES (?, ?, ?, ?, 0)",
                [(namespace.id, contact, *landed) for contact, landed in known.contacts.items()],
            )
            database.executemany(
                "INSERT INTO identity (namespace, key, state, contact)"
                " VALUES (?, ?, ?, (SELECT id FROM contact WHERE contact_id = ?))",
                [(namespace.id, key, state, contact) for key, (state, contact) in known.keys.items()],
            )
        yield ledger, namespace


def write_part(path: Path, rows: list[Row]) -> None:
    pl.DataFrame(
        {
            "key": [row.key for row in rows],
            "id": [row.id for row in rows],
            "reasons": ["email|email" if row.rejected else None for row in rows],
            "fingerprint": [None if row.rejected else row.fingerprint for row in rows],
            "carried": [None if row.rejected else row.carried for row in rows],
        },
        schema={
            "key": pl.String,
            "id": pl.String,
            "reasons": pl.String,
            "fingerprint": pl.Binary,
            "carried": pl.Binary,
        },
    ).write_parquet(path)


@settings(max_examples=100, deadline=None)
@given(world=worlds(), force=st.booleans())
def test_a_plan_says_what_a_slow_reader_of_the_rules_says(world: tuple[Known, list[list[Row]]], *, force: bool) -> None:
    known, parts = world
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "parts").mkdir()
        for number, rows in enumerate(parts):
            write_part(folder / "parts" / f"{number:05}.parquet", rows)
        with ledger_of(known, folder) as (ledger, namespace):
            planned = plan(folder / "parts", folder / "plan", ledger, namespace, force=force)
        expected = judge(known, [row for rows in parts for row in rows], force=force)
        written = [pl.read_parquet(folder / "plan" / f"{number:05}.parquet") for number in range(len(parts))]
    assert [frame.height for frame in written] == [len(rows) for rows in parts]
    columns = ["action", "contact_id", "code", "moved", "adopts"]
    assert [row for frame in written for row in frame.select(columns).iter_rows()] == expected
    assert planned.counts == Counter(said[0] for said in expected)
    assert planned.codes == Counter(said[2] for said in expected if said[2])
    assert planned.moved == sum(said[3] for said in expected)
