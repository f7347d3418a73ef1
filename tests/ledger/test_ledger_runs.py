"""Namespaces and runs: what is opened, begun, gone on with and left behind."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from importer.errors import GuardRailError, StateError, UsageError
from importer.ledger import (
    ColumnCount,
    KeyRule,
    Ledger,
    Namespace,
    NewRun,
    Run,
    RunState,
    Target,
    apply_run,
    begin_run,
    change_keys,
    check_keys,
    find_namespace,
    find_run,
    finish_run,
    keep_column_counts,
    newest_unfinished,
    open_ledger,
    open_namespace,
    plan_run,
    requests_of_day,
    require_namespace,
    resume_run,
    runs,
)

TARGET = Target("https://a.example/v1", "acc", "crm")
KEYS = KeyRule(("external_id",), "d1")


class Clock:
    """A clock that moves on by a second each time it is read."""

    def __init__(self) -> None:
        self._seconds = count()

    def __call__(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=next(self._seconds))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def namespace(ledger: Ledger) -> Namespace:
    return open_namespace(ledger, TARGET, KEYS, Clock())


def new(name: str, source: str = "s") -> NewRun:
    return NewRun(name, "run", source, "m", Path("/state/runs") / name)


def again(ledger: Ledger, run: Run) -> Run:
    found = find_run(ledger, run.id)
    assert found is not None
    return found


def test_a_namespace_that_was_never_opened_is_named(ledger: Ledger) -> None:
    assert find_namespace(ledger, TARGET) is None
    with pytest.raises(StateError, match=r"'crm'.*'acc'.*https://a\.example/v1"):
        require_namespace(ledger, TARGET)


def test_opening_again_changes_nothing(ledger: Ledger, namespace: Namespace) -> None:
    assert open_namespace(ledger, TARGET, KeyRule(("email",), "d2"), Clock()) == namespace
    assert require_namespace(ledger, TARGET) == namespace


def test_base_url_account_and_name_each_make_another_namespace(ledger: Ledger, namespace: Namespace) -> None:
    others = [
        Target("https://b.example/v1", "acc", "crm"),
        Target(TARGET.base_url, "other", "crm"),
        Target(TARGET.base_url, "acc", "shop"),
    ]
    opened = {open_namespace(ledger, other, KEYS, Clock()).id for other in others}
    assert len(opened | {namespace.id}) == 4


def test_other_key_fields_stop_with_both_named(ledger: Ledger, namespace: Namespace) -> None:
    with pytest.raises(GuardRailError, match=r"external_id.*email \+ phone"):
        check_keys(ledger, namespace, KeyRule(("email", "phone"), "d1"))


def test_other_steps_of_the_key_stop(ledger: Ledger, namespace: Namespace) -> None:
    check_keys(ledger, namespace, KEYS)
    with pytest.raises(GuardRailError, match="steps of external_id"):
        check_keys(ledger, namespace, KeyRule(("external_id",), "d2"))


def test_another_column_of_the_key_stops_unless_the_old_one_is_gone(ledger: Ledger, namespace: Namespace) -> None:
    known = change_keys(ledger, namespace, KeyRule(("email", "phone"), "d1", ("a", None)))
    assert known.keys.columns == ("a", None)
    swapped = KeyRule(("email", "phone"), "d1", ("b", None))
    with pytest.raises(GuardRailError, match=r"takes email from column 'b'.*from 'a'.*still stands.*--change-key"):
        check_keys(ledger, known, swapped, {"a", "b"})
    check_keys(ledger, known, swapped, {"b"})
    check_keys(ledger, known, known.keys, {"a", "b"})


def test_a_ledger_that_does_not_know_the_columns_lets_any_pass(ledger: Ledger, namespace: Namespace) -> None:
    check_keys(ledger, namespace, KeyRule(("external_id",), "d1", ("a",)), {"a", "b"})


def test_keys_can_be_changed_on_purpose(ledger: Ledger, namespace: Namespace) -> None:
    changed = change_keys(ledger, namespace, KeyRule(("email",), "d2"))
    check_keys(ledger, changed, KeyRule(("email",), "d2"))


def test_an_open_run_is_the_one_to_go_on_with(ledger: Ledger, namespace: Namespace) -> None:
    begun = begin_run(ledger, namespace, new("r1"), Clock())
    assert newest_unfinished(ledger, namespace) == begun
    assert resume_run(ledger, begun, Clock()).state is RunState.OPEN


def test_a_new_run_closes_the_open_one_of_its_namespace_only(ledger: Ledger, namespace: Namespace) -> None:
    other = open_namespace(ledger, Target("u", "a", "n"), KEYS, Clock())
    first, elsewhere = (begin_run(ledger, space, new(f"r{space.id}"), Clock()) for space in (namespace, other))
    second = begin_run(ledger, namespace, new("next"), Clock())
    assert again(ledger, first).state is RunState.CLOSED
    assert again(ledger, elsewhere).state is RunState.OPEN
    assert newest_unfinished(ledger, namespace) == second
    with pytest.raises(GuardRailError, match="closed"):
        resume_run(ledger, again(ledger, first), Clock())


def test_a_finished_run_keeps_its_counts_and_does_not_go_on(ledger: Ledger, namespace: Namespace) -> None:
    begun = begin_run(ledger, namespace, new("r1"), Clock())
    finish_run(ledger, begun, {"created": 3}, 0, Clock())
    ended = again(ledger, begun)
    assert (ended.state, dict(ended.counts), ended.exit_code) == (RunState.FINISHED, {"created": 3}, 0)
    assert newest_unfinished(ledger, namespace) is None


def test_a_plan_closes_no_run_and_its_apply_does(ledger: Ledger, namespace: Namespace) -> None:
    begun = begin_run(ledger, namespace, new("r1"), Clock())
    planned = plan_run(ledger, namespace, new("p1"), Clock())
    assert newest_unfinished(ledger, namespace) == begun
    assert apply_run(ledger, namespace, planned, Clock()).state is RunState.OPEN
    assert again(ledger, begun).state is RunState.CLOSED


def test_a_plan_is_refused_when_something_began_since(ledger: Ledger, namespace: Namespace) -> None:
    planned = plan_run(ledger, namespace, new("p1"), Clock())
    begin_run(ledger, namespace, new("r1"), Clock())
    with pytest.raises(GuardRailError, match="ledger moved"):
        apply_run(ledger, namespace, planned, Clock())
    assert again(ledger, planned).state is RunState.PLANNED
    open_run = find_run(ledger, "r1")
    assert open_run is not None
    assert open_run.state is RunState.OPEN


def test_a_plan_is_applied_once(ledger: Ledger, namespace: Namespace) -> None:
    planned = plan_run(ledger, namespace, new("p1"), Clock())
    applied = apply_run(ledger, namespace, planned, Clock())
    with pytest.raises(GuardRailError, match="open"):
        apply_run(ledger, namespace, applied, Clock())


def test_runs_are_listed_newest_first_and_found_by_last(ledger: Ledger, namespace: Namespace) -> None:
    assert find_run(ledger, "last") is None
    for name in ("r1", "r2"):
        begin_run(ledger, namespace, new(name), Clock())
    plan_run(ledger, None, new("check"), Clock())
    assert [run.id for run in runs(ledger)] == ["check", "r2", "r1"]
    assert find_run(ledger, "last") == runs(ledger)[0]
    assert find_run(ledger, "none") is None


def test_a_run_id_is_used_once(ledger: Ledger, namespace: Namespace) -> None:
    begin_run(ledger, namespace, new("r1"), Clock())
    with pytest.raises(UsageError):
        begin_run(ledger, namespace, new("r1"), Clock())


def test_column_counts_replace_those_of_the_same_run(ledger: Ledger, namespace: Namespace) -> None:
    begun = begin_run(ledger, namespace, new("r1"), Clock())
    for filled in (3, 5):
        keep_column_counts(ledger, begun, [ColumnCount("email", filled, 1, 0)])
    assert ledger.read("SELECT place, filled, rejected, dropped FROM column_count") == [("email", 5, 1, 0)]


def test_a_day_without_requests_has_none(ledger: Ledger) -> None:
    assert requests_of_day(ledger, TARGET, date(2026, 3, 1)) == 0
