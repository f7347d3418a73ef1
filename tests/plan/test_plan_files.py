"""The plan's files, and the tasks that are made of them."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from importer.errors import StateError
from importer.ledger import (
    KeyRule,
    Ledger,
    Namespace,
    NewRun,
    Target,
    begin_run,
    known_keys,
    open_ledger,
    open_namespace,
    outcomes,
)
from importer.outcome import Action
from importer.plan import adopt_ids, plan, tasks
from importer.task import Task

DONE = {"part": pl.Int32, "position": pl.UInt32, "settled": pl.Boolean, "attempts": pl.Int32}


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Ledger, Namespace]]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger:
        yield ledger, open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)


def write_part(folder: Path, number: int, rows: list[tuple[str | None, str | None, str | None]]) -> None:
    """Write a part of rows (key, id, reasons); row n of all has the body {"n":n}, updates {"u":n} where n is even."""
    folder.mkdir(exist_ok=True)
    numbers = [number * 1000 + place for place in range(len(rows))]
    pl.DataFrame(
        {
            "source": pl.Series([0] * len(rows), dtype=pl.Int32),
            "row": pl.Series([n + 1 for n in numbers], dtype=pl.Int64),
            "key": [key for key, _, _ in rows],
            "id": [contact for _, contact, _ in rows],
            "reasons": [reasons for _, _, reasons in rows],
            "fingerprint": [n.to_bytes(16, "big") for n in numbers],
            "carried": [None] * len(rows),
        },
        schema_overrides={"carried": pl.Binary, "key": pl.String, "id": pl.String, "reasons": pl.String},
    ).write_parquet(folder / f"{number:05}.parquet")
    pl.DataFrame(
        {
            "body": [f'{{"ñ":{n}}}' for n in numbers],
            "update_body": [f'{{"u":{n}}}' if n % 2 == 0 else None for n in numbers],
        },
        schema={"body": pl.String, "update_body": pl.String},
    ).write_parquet(folder / f"bodies-{number:05}.parquet")


def landed(number: int) -> tuple[bytes, int, bytes]:
    """Give the end of an update's task: its fingerprint, attempts, and what it carries, which is all."""
    return number.to_bytes(16, "big"), 0, number.to_bytes(16, "big")


def nothing_done() -> pl.DataFrame:
    return pl.DataFrame(schema=DONE)


def sent(tmp_path: Path, done: pl.DataFrame, chunk: int = 5_000) -> list[list[Task]]:
    return list(
        tasks(tmp_path / "parts", tmp_path / "plan", lambda part: done.filter(pl.col("part") == part), chunk=chunk)
    )


def test_plan_files_are_for_their_owner_alone_and_replace_older_ones(
    tmp_path: Path, opened: tuple[Ledger, Namespace]
) -> None:
    parts, out = tmp_path / "parts", tmp_path / "plan"
    write_part(parts, 0, [("a", None, None)])
    write_part(parts, 1, [("b", None, None)])
    plan(parts, out, *opened)
    (parts / "00001.parquet").unlink()
    plan(parts, out, *opened)
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in out.iterdir()] == [("00000.parquet", 0o600)]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert not (tmp_path / "plan.new").exists()


def test_no_parts_make_an_empty_plan(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    (tmp_path / "parts").mkdir()
    planned = plan(tmp_path / "parts", tmp_path / "plan", *opened)
    assert (sum(planned.counts.values()), planned.moved, dict(planned.codes)) == (0, 0, {})


def test_a_damaged_part_is_said_without_its_cells(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "00000.parquet").write_bytes(b"PAR1 secret PAR1")
    with pytest.raises(StateError, match=r"00000\.parquet") as caught:
        plan(tmp_path / "parts", tmp_path / "plan", *opened)
    assert "secret" not in str(caught.value)


def test_the_same_contact_in_two_parts_is_neither_rows(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    ledger, namespace = opened
    with ledger.writing() as database:
        database.execute(
            "INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (1, ?, 'c1', 0)", (namespace.id,)
        )
        database.execute(
            "INSERT INTO identity (namespace, key, state, contact) VALUES (?, 'a', 'known', 1)", (namespace.id,)
        )
    write_part(tmp_path / "parts", 0, [("a", None, None), ("b", None, None)])
    write_part(tmp_path / "parts", 1, [("x", "c1", None), ("c", None, None)])
    planned = plan(tmp_path / "parts", tmp_path / "plan", ledger, namespace)
    assert planned.counts == {Action.REJECTED: 2, Action.CREATE: 2}
    assert dict(planned.codes) == {"id|duplicate": 2}
    assert [task.key for some in sent(tmp_path, nothing_done()) for task in some] == ["b", "c"]


def test_tasks_carry_the_row_and_the_body_of_its_action(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    write_part(
        tmp_path / "parts",
        0,
        [("a", None, None), ("b", "c1", None), ("c", "c2", None), ("d", None, "email|email"), (None, "c4", None)],
    )
    plan(tmp_path / "parts", tmp_path / "plan", *opened)
    assert sent(tmp_path, nothing_done()) == [
        [
            Task(0, 0, 0, 1, Action.CREATE, "a", None, '{"ñ":0}'.encode(), (0).to_bytes(16, "big")),
            Task(0, 1, 0, 2, Action.UPDATE, "b", "c1", '{"ñ":1}'.encode(), *landed(1)),
            Task(0, 2, 0, 3, Action.UPDATE, "c", "c2", b'{"u":2}', *landed(2)),
            Task(0, 4, 0, 5, Action.UPDATE, None, "c4", b'{"u":4}', *landed(4)),
        ]
    ]


def test_tasks_come_in_row_order_by_slices_of_parts(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    for number in range(2):
        write_part(tmp_path / "parts", number, [(f"k{number}.{n}", None, None) for n in range(7)])
    plan(tmp_path / "parts", tmp_path / "plan", *opened)
    batches = sent(tmp_path, nothing_done(), chunk=3)
    assert [len(some) for some in batches] == [3, 3, 1, 3, 3, 1]
    assert [task.row for some in batches for task in some] == [*range(1, 8), *range(1001, 1008)]


def test_settled_rows_are_left_out_and_others_bring_their_attempts(
    tmp_path: Path, opened: tuple[Ledger, Namespace]
) -> None:
    write_part(tmp_path / "parts", 0, [(f"k{n}", f"c{n}", None) for n in range(4)])
    plan(tmp_path / "parts", tmp_path / "plan", *opened)
    done = pl.DataFrame([(0, 1, True, 1), (0, 2, False, 3), (1, 0, True, 1)], schema=DONE, orient="row")
    (some,) = sent(tmp_path, done)
    assert [(task.key, task.attempts) for task in some] == [("k0", 0), ("k2", 3), ("k3", 0)]


def test_what_the_ledger_tells_of_a_run_fits_the_tasks(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    ledger, namespace = opened
    write_part(tmp_path / "parts", 0, [("a", None, None)])
    plan(tmp_path / "parts", tmp_path / "plan", ledger, namespace)
    run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", tmp_path), now)
    assert [len(some) for some in sent(tmp_path, outcomes(ledger, run.number))] == [1]


def test_unchanged_rows_with_an_id_of_their_own_move_the_map(tmp_path: Path, opened: tuple[Ledger, Namespace]) -> None:
    ledger, namespace = opened
    with ledger.writing() as database:
        for number in range(3):
            database.execute(
                "INSERT INTO contact (namespace, contact_id, fingerprint, landed_at) VALUES (?, ?, ?, 0)",
                (namespace.id, f"c{number}", number.to_bytes(16, "big")),
            )
        database.execute(
            "INSERT INTO identity (namespace, key, state, contact) VALUES (?, 'a', 'known', 3)", (namespace.id,)
        )
        database.execute("INSERT INTO identity (namespace, key, state) VALUES (?, 'b', 'unknown')", (namespace.id,))
    write_part(tmp_path / "parts", 0, [("a", "c0", None), ("b", "c1", None), ("z", "c9", None)])
    planned = plan(tmp_path / "parts", tmp_path / "plan", ledger, namespace)
    assert (planned.moved, planned.counts[Action.UNCHANGED]) == (1, 2)
    run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", tmp_path), now)
    adopt_ids(tmp_path / "parts", tmp_path / "plan", ledger, namespace, run.number)
    found = known_keys(ledger, namespace.id, pl.Series(["a", "b", "z"]))
    assert found["contact_id"].to_list() == ["c0", "c1", None]
    assert found["state"].to_list() == ["known", "known", None]


@pytest.mark.parametrize(("duplicates", "kept"), [("first", "a"), ("last", "x")])
def test_of_two_rows_of_one_contact_the_mapping_may_keep_one(
    duplicates: str, kept: str, tmp_path: Path, opened: tuple[Ledger, Namespace]
) -> None:
    ledger, namespace = opened
    with ledger.writing() as database:
        database.execute(
            "INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (1, ?, 'c1', 0)", (namespace.id,)
        )
        database.execute(
            "INSERT INTO identity (namespace, key, state, contact) VALUES (?, 'a', 'known', 1)", (namespace.id,)
        )
    write_part(tmp_path / "parts", 0, [("a", None, None), ("b", None, None)])
    write_part(tmp_path / "parts", 1, [("x", "c1", None)])
    planned = plan(tmp_path / "parts", tmp_path / "plan", ledger, namespace, duplicates=duplicates)
    assert dict(planned.codes) == {"key|superseded": 1}
    assert sorted(task.key or "" for some in sent(tmp_path, nothing_done()) for task in some) == sorted([kept, "b"])
