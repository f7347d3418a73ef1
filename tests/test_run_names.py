"""Runs are named in their order, however quickly one follows the other: `last` is the newest."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from importer.folder import find_folder, list_folders, new_folder

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_runs_of_one_second_are_named_in_their_order(tmp_path: Path) -> None:
    ends = iter(("ffffff", "bbbbbb", "000000"))
    made = [new_folder(tmp_path, NOON, lambda _: next(ends)) for _ in range(3)]
    assert list_folders(tmp_path) == made
    assert find_folder(tmp_path, "last") == made[-1]
    assert [folder.run_id for folder in made] == [
        "20260601T120000-ffffff",
        "20260601T120001-bbbbbb",
        "20260601T120002-000000",
    ]


def test_a_run_is_named_by_its_own_time_where_none_came_just_before(tmp_path: Path) -> None:
    for moment in (NOON, NOON + timedelta(seconds=1), NOON - timedelta(hours=1)):
        assert new_folder(tmp_path, moment, lambda _: "abcdef").run_id == f"{moment:%Y%m%dT%H%M%S}-abcdef"
