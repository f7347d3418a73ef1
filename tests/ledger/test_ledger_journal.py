"""What the journal makes of intents and outcomes, seen through the look-ups and the outcomes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from importer.errors import StateError
from importer.ledger import (
    Journal,
    KeyRule,
    Ledger,
    Namespace,
    NewRun,
    Run,
    Target,
    adopt,
    begin_run,
    known_contacts,
    known_keys,
    open_ledger,
    open_namespace,
    outcomes,
    requests_of_day,
    resume_run,
    runs,
)
from importer.outcome import Action, Outcome, State
from importer.task import Task, Tick

TARGET = Target("https://a.example/v1", "acc", "crm")
CREATE = Task(0, 0, 0, 1, Action.CREATE, "k1", None, b"{}", b"f" * 16)
UPDATE = Task(0, 1, 0, 2, Action.UPDATE, "k2", "c2", b"{}", b"g" * 16)
CREATED = Outcome(State.CREATED, "c1", 201, answer=b'{"id":"c1"}')
UPDATED = Outcome(State.UPDATED, "c2", 200, answer=b'{"id":"c2"}')
FAILED = Outcome(State.FAILED, None, 422, "http|422", "no")
UNKNOWN = Outcome(State.UNKNOWN, None, 500, "http|500")
UNSENT = Outcome(State.UNSENT)
REFUSED = Outcome(State.UNSENT, None, 401, "http|401")

Steps = Callable[[Journal], Coroutine[Any, Any, None]]


def now() -> datetime:
    return datetime(2026, 3, 1, 23, 59, tzinfo=UTC)


class World:
    """A ledger with one namespace and one run."""

    def __init__(self, ledger: Ledger, namespace: Namespace, run: Run) -> None:
        self.ledger, self.namespace, self.run = ledger, namespace, run

    def record(self, *steps: tuple[list[tuple[Task, Outcome]], list[Task]]) -> None:
        """Commit each step in turn."""

        async def commit_all(journal: Journal) -> None:
            for ended, begun in steps:
                await journal.commit(ended, begun)

        self.do(commit_all)

    def land(self, *ended: tuple[Task, Outcome]) -> None:
        self.record(([], [task for task, _ in ended]), (list(ended), []))

    def do(self, steps: Steps) -> None:
        async def inside() -> None:
            async with Journal(self.ledger.path, self.namespace, self.run, now) as journal:
                await steps(journal)

        asyncio.run(inside())

    def begin(self, name: str) -> None:
        self.run = begin_run(self.ledger, self.namespace, NewRun(name, "run", "s", "m", Path("/r")), now)

    def key(self, key: str) -> tuple[str | None, str | None, bytes | None]:
        found = known_keys(self.ledger, self.namespace.id, pl.Series([key]))
        return found.drop("carried").row(0)

    def fingerprint(self, contact: str) -> object:
        return known_contacts(self.ledger, self.namespace.id, pl.Series([contact]))["fingerprint"].item()

    def row(self, task: Task) -> dict[str, Any]:
        return outcomes(self.ledger, self.run.number, task.part).row(by_predicate=pl.col("row") == task.row, named=True)

    def answers(self) -> list[tuple[Any, ...]]:
        return self.ledger.read("SELECT contact_id, body FROM answer JOIN contact ON contact.id = contact ORDER BY 1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger:
        namespace = open_namespace(ledger, TARGET, KeyRule(("external_id",), "d"), now)
        run = begin_run(ledger, namespace, NewRun("r1", "run", "s", "m", tmp_path), now)
        yield World(ledger, namespace, run)


def test_the_intent_of_a_create_is_told_before_its_outcome(world: World) -> None:
    world.record(([], [CREATE]))
    assert world.key("k1") == ("sending", None, None)
    row = world.row(CREATE)
    assert (row["state"], row["code"], row["settled"], row["attempts"]) == ("unknown", "create|pending", True, 1)


def test_a_created_contact_is_known_with_its_fingerprint_and_answer(world: World) -> None:
    world.land((CREATE, CREATED))
    assert world.key("k1") == ("known", "c1", CREATE.fingerprint)
    assert world.answers() == [("c1", b'{"id":"c1"}')]
    row = world.row(CREATE)
    assert (row["state"], row["contact_id"], row["http_status"], row["attempts"]) == ("created", "c1", 201, 1)
    assert (row["settled"], row["finished_at"]) == (True, now())


def test_a_refused_create_leaves_its_key_unknown_to_the_ledger(world: World) -> None:
    world.land((CREATE, FAILED))
    assert world.key("k1") == (None, None, None)
    row = world.row(CREATE)
    assert (row["state"], row["code"], row["message"], row["settled"]) == ("failed", "http|422", "no", True)


def test_a_create_without_certainty_makes_its_key_unknown(world: World) -> None:
    world.land((CREATE, UNKNOWN))
    assert world.key("k1") == ("unknown", None, None)


def test_a_key_whose_create_is_unknown_is_never_created(world: World) -> None:
    world.land((CREATE, UNKNOWN))
    world.begin("r2")
    with pytest.raises(StateError, match="already knows"):
        world.record(([], [CREATE]))
    assert world.key("k1") == ("unknown", None, None)


def test_a_known_key_is_never_created(world: World) -> None:
    world.land((CREATE, CREATED))
    world.begin("r2")
    with pytest.raises(StateError, match="already knows"):
        world.record(([], [CREATE]))


def test_a_settled_row_is_not_sent_twice_by_its_run(world: World) -> None:
    world.land((CREATE, FAILED))
    with pytest.raises(StateError, match="settled"):
        world.record(([], [CREATE]))


def test_an_outcome_needs_an_intent(world: World) -> None:
    with pytest.raises(StateError, match="without an open intent"):
        world.record(([(CREATE, CREATED)], []))


def test_a_row_that_brings_an_id_makes_an_unknown_key_known(world: World) -> None:
    world.land((CREATE, UNKNOWN))
    world.begin("r2")
    task = replace(UPDATE, key="k1", contact_id="c9")
    world.land((task, UPDATED))
    assert world.key("k1") == ("known", "c9", task.fingerprint)


def test_a_failed_update_does_not_make_an_unknown_key_known(world: World) -> None:
    world.land((CREATE, UNKNOWN))
    world.begin("r2")
    world.land((replace(UPDATE, key="k1", contact_id="c9"), FAILED))
    assert world.key("k1") == ("unknown", None, None)


def test_the_map_moves_to_the_id_that_a_row_brought_when_it_lands(world: World) -> None:
    world.land((UPDATE, UPDATED))
    world.begin("r2")
    world.land((replace(UPDATE, contact_id="c3", fingerprint=b"h" * 16), UPDATED))
    assert world.key("k2") == ("known", "c3", b"h" * 16)
    assert world.fingerprint("c2") == UPDATE.fingerprint


def test_the_intent_of_an_update_clears_the_landed_fingerprint(world: World) -> None:
    world.land((UPDATE, UPDATED))
    assert world.fingerprint("c2") == UPDATE.fingerprint
    world.begin("r2")
    world.record(([], [UPDATE]))
    assert world.key("k2") == ("known", "c2", None)


@pytest.mark.parametrize("outcome", [FAILED, UNKNOWN, UNSENT])
def test_only_a_landed_update_sets_the_fingerprint(world: World, outcome: Outcome) -> None:
    world.land((UPDATE, UPDATED))
    world.begin("r2")
    world.land((UPDATE, outcome))
    assert world.fingerprint("c2") is None


def test_an_update_without_an_answer_makes_the_kept_one_void(world: World) -> None:
    world.land((UPDATE, UPDATED))
    world.begin("r2")
    world.land((UPDATE, replace(UPDATED, answer=None)))
    assert world.answers() == []
    assert world.fingerprint("c2") == UPDATE.fingerprint


def test_an_update_without_a_key_is_known_by_its_contact(world: World) -> None:
    world.land((replace(UPDATE, key=None), UPDATED))
    assert world.fingerprint("c2") == UPDATE.fingerprint


def test_each_committed_intent_counts_as_an_attempt(world: World) -> None:
    world.record(([], [UPDATE]), ([], [UPDATE]), ([], [UPDATE]), ([(UPDATE, UPDATED)], []))
    assert world.row(UPDATE)["attempts"] == 3


def test_an_unsent_row_may_be_sent_again_by_its_run(world: World) -> None:
    world.land((CREATE, REFUSED))
    row = world.row(CREATE)
    assert (row["state"], row["code"], row["settled"], row["attempts"]) == ("unsent", "http|401", False, 1)
    assert world.key("k1") == (None, None, None)
    world.land((CREATE, CREATED))
    assert world.row(CREATE)["attempts"] == 2
    assert world.row(CREATE)["code"] is None


def test_an_attempt_of_which_no_byte_left_is_taken_back(world: World) -> None:
    world.land((CREATE, UNSENT))
    assert world.row(CREATE)["attempts"] == 0


def test_an_update_without_outcome_may_be_sent_again_by_its_run(world: World) -> None:
    world.record(([], [UPDATE]))
    world.run = resume_run(world.ledger, world.run, now)
    row = world.row(UPDATE)
    assert (row["state"], row["code"], row["settled"]) == ("unknown", "update|pending", False)
    world.land((UPDATE, UPDATED))
    assert world.row(UPDATE)["attempts"] == 2


def test_going_on_settles_creates_without_outcome(world: World) -> None:
    world.record(([], [CREATE, UPDATE]))
    world.run = resume_run(world.ledger, world.run, now)
    assert world.key("k1") == ("unknown", None, None)
    with pytest.raises(StateError, match="settled"):
        world.record(([], [CREATE]))


def test_a_create_whose_intent_is_open_gets_no_second_one(world: World) -> None:
    world.record(([], [CREATE]))
    with pytest.raises(StateError, match="already knows was about to be created"):
        world.record(([], [CREATE]))
    assert world.row(CREATE)["attempts"] == 1


def test_a_new_run_settles_what_the_old_one_left(world: World) -> None:
    world.record(([], [CREATE]))
    world.begin("r2")
    assert world.key("k1") == ("unknown", None, None)


def test_two_namespaces_share_nothing(world: World) -> None:
    world.land((CREATE, CREATED))
    other = open_namespace(world.ledger, replace(TARGET, name="shop"), world.namespace.keys, now)
    assert known_keys(world.ledger, other.id, pl.Series(["k1"])).row(0) == (None, None, None, None)
    assert known_contacts(world.ledger, other.id, pl.Series(["c1"]))["fingerprint"].item() is None


def test_look_ups_keep_the_order_and_every_character(world: World) -> None:
    keys = ["a", "a\x00b", "é", "e\u0301", "😀", "A", " a", '"', "["]
    world.land(
        *((replace(CREATE, position=n, key=k), replace(CREATED, contact_id=f"c{n}")) for n, k in enumerate(keys))
    )
    asked = pl.Series(["none", *reversed(keys), None, "a", "a\x00"])
    found = known_keys(world.ledger, world.namespace.id, asked)["contact_id"].to_list()
    assert found == [None, *(f"c{n}" for n in reversed(range(len(keys)))), None, "c0", None]


def test_look_ups_of_more_than_one_query_stay_aligned(world: World) -> None:
    world.land((CREATE, CREATED), (UPDATE, UPDATED))
    asked = pl.Series([f"x{n}" for n in range(25_000)] + ["k2", "k1"])
    found = known_keys(world.ledger, world.namespace.id, asked)
    assert found.height == 25_002
    assert found["contact_id"].to_list()[-3:] == [None, "c2", "c1"]
    assert found["state"].null_count() == 25_000


def test_an_unchanged_rows_id_becomes_its_keys(world: World) -> None:
    world.land((CREATE, UNKNOWN), (UPDATE, UPDATED))
    rows = pl.DataFrame({"key": ["k1"], "contact_id": ["c2"], "part": [0], "position": [7]})
    adopt(world.ledger, world.namespace.id, world.run.number, rows)
    assert world.key("k1") == ("known", "c2", UPDATE.fingerprint)


SAME = replace(CREATE, position=5, row=6, key="k5")


def test_a_create_answered_with_the_id_of_another_customer_is_unknown(world: World) -> None:
    world.land((CREATE, CREATED))
    world.land((SAME, CREATED))
    assert (world.row(SAME)["state"], world.row(SAME)["code"]) == ("unknown", "answer|other")
    assert world.key("k5") == ("unknown", None, None)
    assert world.row(CREATE)["state"] == "created"
    assert world.key("k1") == ("known", "c1", None), "what the contact holds now is not sure any more"
    assert world.answers() == []


def test_of_two_creates_answered_with_one_id_at_once_the_second_is_unknown(world: World) -> None:
    world.land((CREATE, CREATED), (SAME, CREATED))
    assert (world.row(CREATE)["state"], world.row(SAME)["state"]) == ("created", "unknown")
    assert world.key("k1") == ("known", "c1", None)


def test_a_create_answered_with_the_id_of_a_contact_that_was_updated_is_unknown(world: World) -> None:
    world.land((UPDATE, UPDATED))
    world.land((CREATE, replace(CREATED, contact_id="c2")))
    assert world.row(CREATE)["state"] == "unknown"
    assert world.key("k2") == ("known", "c2", None)


OVER = (CREATE, replace(CREATED, contact_id="c2"))
"""A create that is answered with the id of somebody else."""


def test_an_update_that_was_under_way_meanwhile_tells_nothing_sure_of_a_contact_that_was_written_over(
    world: World,
) -> None:
    world.land((UPDATE, UPDATED))
    again = replace(UPDATE, position=8, row=9)
    world.record(([], [again, CREATE]), ([OVER], []), ([(again, UPDATED)], []))
    assert world.row(again)["state"] == "updated"
    assert world.key("k2") == ("known", "c2", None)
    assert world.answers() == []


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("last", ["create", "update"])
def test_a_create_answered_with_the_id_of_a_contact_that_an_update_is_under_way_to_is_unknown(
    world: World, last: str, *, apart: bool
) -> None:
    ended = [OVER, (UPDATE, UPDATED)] if last == "update" else [(UPDATE, UPDATED), OVER]
    world.record(([], [UPDATE, CREATE]))
    if apart:
        world.record(([ended[0]], []), ([ended[1]], []))
    else:
        world.record((ended, []))
    assert (world.row(CREATE)["state"], world.row(CREATE)["code"]) == ("unknown", "answer|other")
    assert world.row(UPDATE)["state"] == "updated"
    assert (world.key("k1"), world.key("k2")) == (("unknown", None, None), ("known", "c2", None))
    assert world.answers() == []


def test_so_it_is_where_the_update_was_left_in_doubt_by_an_earlier_process_or_for_good(world: World) -> None:
    world.record(([], [UPDATE]))
    world.record(([], [CREATE]), ([OVER], []))
    assert world.row(CREATE)["code"] == "answer|other"
    world.record(([(UPDATE, UNKNOWN)], []))
    world.record(([], [SAME]), ([(SAME, replace(CREATED, contact_id="c2"))], []))
    assert world.row(SAME)["code"] == "answer|other"


def test_whom_an_update_certainly_did_not_reach_is_nobody(world: World) -> None:
    world.record(([], [UPDATE]), ([(UPDATE, FAILED)], []), ([], [CREATE]), ([OVER], []))
    assert world.key("k1") == ("known", "c2", CREATE.fingerprint)


@pytest.mark.parametrize("again", [CREATED, FAILED])
def test_a_row_that_is_settled_is_not_settled_again(world: World, again: Outcome) -> None:
    world.record(([], [UPDATE]), ([(UPDATE, FAILED)], []))
    with pytest.raises(StateError, match="without an open intent"):
        world.record(([(UPDATE, replace(again, contact_id="c2"))], []))
    assert world.row(UPDATE)["state"] == "failed"


def test_an_update_that_began_after_a_contact_was_written_over_is_sure(world: World) -> None:
    world.land((UPDATE, UPDATED))
    again = replace(UPDATE, position=8, row=9)
    world.record(([], [CREATE]), ([OVER], [again]), ([(again, UPDATED)], []))
    assert world.key("k2") == ("known", "c2", UPDATE.fingerprint)
    assert world.answers() == [("c2", UPDATED.answer)]


def test_who_records_after_the_journal_was_left_is_told_so(world: World) -> None:
    async def late() -> None:
        async with Journal(world.ledger.path, world.namespace, world.run, now) as journal:
            await journal.commit([], [CREATE])
        with pytest.raises(StateError, match="after the ledger was closed"):
            await journal.commit([], [UPDATE])

    asyncio.run(late())


def test_what_an_update_carried_is_kept_beside_what_it_says(world: World) -> None:
    world.land((replace(UPDATE, carried=b"p" * 16), UPDATED), (CREATE, CREATED))
    found = known_contacts(world.ledger, world.namespace.id, pl.Series(["c2", "c1"]))
    assert found.rows() == [(b"g" * 16, b"p" * 16), (b"f" * 16, None)]


def test_whatever_the_journal_writes_opens_again(world: World) -> None:
    world.land((CREATE, CREATED), (UPDATE, UPDATED), (SAME, UNKNOWN))
    world.record(([], [replace(CREATE, position=9, row=10, key="k9")]))
    world.begin("r2")
    world.land((replace(UPDATE, key="k5", contact_id="c7"), UPDATED))
    with open_ledger(world.ledger.path, create=False) as again:
        assert [run.id for run in runs(again)] == ["r2", "r1"]


def test_a_clock_put_back_makes_no_intent_earlier_than_what_is_recorded(world: World) -> None:
    passed = 0.0

    async def send(tasks: list[Task], shown: timedelta, waited: float) -> None:
        nonlocal passed
        moment = now() + shown
        journal = Journal(world.ledger.path, world.namespace, world.run, lambda: moment, lambda: passed)
        async with journal:
            await journal.commit([], [tasks[0]])
            moment -= timedelta(hours=1)
            passed += waited
            await journal.commit([], tasks[1:])

    other = replace(UPDATE, position=2, row=3)
    asyncio.run(send([CREATE, UPDATE], timedelta(), 600))
    asyncio.run(send([other], -timedelta(hours=5), 1))
    times = dict(world.ledger.read("SELECT row, intent_at FROM attempt"))
    first = int(now().timestamp() * 1000)
    assert times == {1: first, 2: first + 600_000, 3: first + 600_000}


def test_requests_are_counted_on_their_utc_day(world: World) -> None:
    async def count(journal: Journal) -> None:
        journal.count_requests(3)
        await journal.commit([], [UPDATE])
        journal.count_requests(2)
        journal.count_requests(-1)

    world.do(count)
    world.do(count)
    assert requests_of_day(world.ledger, TARGET, date(2026, 3, 1)) == 8
    assert requests_of_day(world.ledger, TARGET, date(2026, 3, 2)) == 0


def test_requests_alone_are_durable_before_they_leave(world: World) -> None:
    async def count(journal: Journal) -> None:
        journal.count_requests(2)
        await journal.commit([], [])
        with open_ledger(world.ledger.path, create=False) as other:
            assert requests_of_day(other, TARGET, date(2026, 3, 1)) == 2

    world.do(count)


def test_ticks_are_kept(world: World) -> None:
    async def tick(journal: Journal) -> None:
        journal.tick(Tick(10, 3, 8, 41.5, "429"))

    world.do(tick)
    assert world.ledger.read("SELECT done, in_flight, flight_limit, latency_ms, waiting FROM tick") == [
        (10, 3, 8, 41.5, "429")
    ]


def test_many_callers_at_once_are_all_recorded(world: World) -> None:
    tasks = [replace(CREATE, position=n, row=n + 1, key=f"k{n}") for n in range(500)]

    async def work(journal: Journal) -> None:
        async def one(task: Task) -> None:
            await journal.commit([], [task])
            await journal.commit([(task, replace(CREATED, contact_id=f"c{task.position}"))], [])

        await asyncio.gather(*(one(task) for task in tasks))

    world.do(work)
    assert outcomes(world.ledger, world.run.number)["state"].to_list() == ["created"] * 500


def test_a_caller_cancelled_while_waiting_can_give_its_row_back(world: World) -> None:
    async def work(journal: Journal) -> None:
        waiting = asyncio.create_task(journal.commit([], [CREATE]))
        await asyncio.sleep(0)
        waiting.cancel()
        await journal.commit([(CREATE, UNSENT)], [])

    world.do(work)
    row = world.row(CREATE)
    assert (row["state"], row["attempts"], world.key("k1")) == ("unsent", 0, (None, None, None))


def test_one_failure_fails_every_waiter_and_every_later_caller(world: World) -> None:
    async def work(journal: Journal) -> None:
        bad = journal.commit([(UPDATE, UPDATED)], [])
        good = [journal.commit([], [replace(CREATE, position=n, key=f"k{n}")]) for n in range(5)]
        told = await asyncio.gather(bad, *good, return_exceptions=True)
        assert [type(error) for error in told] == [StateError] * 6
        with pytest.raises(StateError):
            await journal.commit([], [CREATE])

    with pytest.raises(StateError):
        world.do(work)
    assert outcomes(world.ledger, world.run.number).is_empty()


def test_a_bug_in_the_writer_fails_every_waiter_too(world: World) -> None:
    async def work(journal: Journal) -> None:
        broken = journal.commit([], [replace(CREATE, key=object())])  # type: ignore[arg-type]  # the bug in question
        good = journal.commit([], [UPDATE])
        told = await asyncio.gather(broken, good, return_exceptions=True)
        assert [type(error) for error in told] == [StateError] * 2

    with pytest.raises(StateError):
        world.do(work)


def test_outcomes_of_a_run_that_sent_nothing_have_their_columns(world: World) -> None:
    assert outcomes(world.ledger, world.run.number).columns == [
        *("part", "position", "source", "row", "action", "state", "contact_id", "http_status", "code", "message"),
        *("attempts", "finished_at", "settled"),
    ]


def test_what_a_constraint_refuses_leaves_nothing_of_its_commit(world: World) -> None:
    world.land((CREATE, CREATED))
    before = [run.id for run in runs(world.ledger)]
    for broken in (replace(SAME, key=None), replace(SAME, key="k8", row=None)):  # type: ignore[arg-type]  # on purpose
        with pytest.raises(StateError, match="NOT NULL"):
            world.record(([], [replace(CREATE, position=7, key="k7"), broken]))
        assert world.key("k7") == world.key("k8") == (None, None, None)
        assert outcomes(world.ledger, world.run.number).height == 1
    world.land((replace(CREATE, position=7, key="k7"), replace(CREATED, contact_id="c7")))
    with open_ledger(world.ledger.path, create=False) as again:
        assert [run.id for run in runs(again)] == before


def test_ids_in_doubt_and_new_ones_of_one_commit_are_told_apart(world: World) -> None:
    world.land((UPDATE, UPDATED))
    tasks = [replace(CREATE, position=10 + n, row=10 + n, key=f"n{n}") for n in range(5)]
    ids = ["c10", "c2", "c12", "c10", "c14"]
    world.land(*((task, replace(CREATED, contact_id=found)) for task, found in zip(tasks, ids, strict=True)))
    assert [world.row(task)["state"] for task in tasks] == ["created", "unknown", "created", "unknown", "created"]
    assert [world.key(task.key or "")[1] for task in tasks] == ["c10", None, "c12", None, "c14"]
    assert [world.fingerprint(found) for found in ("c10", "c2", "c12", "c14")] == [None, None, b"f" * 16, b"f" * 16]
    with open_ledger(world.ledger.path, create=False) as again:
        assert len(runs(again)) == 1
