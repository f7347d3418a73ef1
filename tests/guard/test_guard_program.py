"""The rails and the canary as users meet them: the program, files, and a server that fails as told."""

import json
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from audit import audit
from audit import read_results as read_rows
from click import BadParameter
from faults import status
from program import Finished, account, adds_up, importer, read_rejects
from target import Target

from importer.commands.rails import Percent

MAPPING = """version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: name
  email: mail
  phone: {column: phone, phone: CO}
  channel: {column: channel, default: web}
"""
Row = tuple[str, str, str, str, str]


def rows(numbers: Sequence[int], change: Callable[[Row], Row] = lambda row: row) -> str:
    made = [(f"{n:03}", f"Ana {n}", f"a{n}@correo.example.com", f"30055500{n % 100:02}", "shop") for n in numbers]
    return "no,name,mail,phone,channel\n" + "".join(",".join(change(row)) + "\n" for row in made)


@dataclass
class Crm:
    """A folder in which months are imported against a target."""

    folder: Path
    target: Target

    def run(self, text: str, *words: str, verb: str = "run", name: str = "month.csv") -> Finished:
        (self.folder / "crm.yaml").write_text(MAPPING)
        (self.folder / name).write_text(text)
        said = (verb, name, "-m", "crm.yaml", "--new-ledger", *words)
        return importer(*said, cwd=self.folder, env=account(self.target.base_url))

    def again(self, *words: str) -> Finished:
        return importer(*words, cwd=self.folder, env=account(self.target.base_url))


@pytest.fixture
def crm(tmp_path: Path, target: Target) -> Crm:
    return Crm(tmp_path, target)


@pytest.fixture(scope="module")
def after_january(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    """Give a folder in which forty customers were imported, to be copied."""
    with Target() as target:
        crm = Crm(tmp_path_factory.mktemp("january"), target)
        assert crm.run(JANUARY).code == 0
        yield crm


@pytest.fixture
def february_next(after_january: Crm, tmp_path: Path) -> Crm:
    """Give a folder of one's own in which January was imported; the server is everybody's."""
    after_january.target.requests.clear()
    shutil.copytree(after_january.folder, tmp_path, dirs_exist_ok=True)
    return Crm(tmp_path, after_january.target)


JANUARY = rows(range(1, 41))


@pytest.mark.parametrize(
    ("february", "rail", "figures", "passing"),
    [
        pytest.param(
            rows(range(1, 41), lambda row: (*row[:2], "no address" if row[0] > "030" else row[2], *row[3:])),
            "rejected",
            "25% of the rows are rejected (10 of 40; at most 20%)",
            "--max-rejected 25%",
            id="a broken column",
        ),
        pytest.param(
            rows(range(1, 41), lambda row: (f"K{row[0]}", *row[1:])),
            "creates",
            "while 40 of the 40 contacts known here are not in the file",
            "--max-creates 100%",
            id="keys written in another way",
        ),
        pytest.param(
            rows(range(1, 41), lambda row: (*row[:3], "", row[4])),
            "blanked",
            "phone in 0 of 40 rows, last time 40 of 40",
            "--max-blanked 100%",
            id="a column newly empty",
        ),
        pytest.param(
            rows(range(1, 41), lambda row: (*row[:3], "555", row[4])),
            "blanked",
            "phone in 0 of 40 rows, last time 40 of 40",
            "--max-blanked 100%",
            id="a column whose cells are all dropped",
        ),
        pytest.param(
            rows(range(1, 41), lambda row: (*row[:4], "shop" if row[0] <= "010" else "")),
            "blanked",
            "channel in 10 of 40 rows, last time 40 of 40",
            "--max-blanked 75%",
            id="a default hides no empty cell",
        ),
    ],
)
def test_a_bad_month_is_held_before_its_first_write_until_it_is_said_to_be_meant(
    february: str, rail: str, figures: str, passing: str, february_next: Crm
) -> None:
    crm = february_next
    held = crm.run(february, "--json", "--limit", "3")
    assert (held.code, crm.target.requests) == (8, [])
    assert [(guard["rail"], guard["option"]) for guard in held.document["guards"]] == [(rail, passing)]
    assert figures in held.document["stopped"]
    assert (adds_up(held.document), held.document["requests"]) == (True, 0)
    done = crm.run(february, "--json", *passing.split())
    assert (done.code, done.document["guards"]) == (3 if rail == "rejected" else 0, [])


def test_known_customers_who_lose_a_field_hold_the_run_however_many_new_ones_have_it(february_next: Crm) -> None:
    crm = february_next
    known = rows(range(1, 41), lambda row: (*row[:3], "" if row[0] > "010" else row[3], row[4]))
    february = known + rows(range(41, 201)).partition("\n")[2]
    held = crm.run(february, "--json")
    assert (held.code, crm.target.requests) == (8, [])
    assert "phone is blank for 30 of 40 customers who had one" in held.document["stopped"]
    assert held.document["guards"][0]["option"] == "--max-blanked 75%"
    assert crm.run(february, "--max-blanked", "75%").code == 0
    # What was meant once is no loss any more: the bodies that landed have no phone.
    assert crm.run(february.replace("Ana", "Eva"), name="march.csv").code == 0


def test_where_nothing_changed_every_mapped_field_is_counted_as_had_and_lost_by_nobody(crm: Crm) -> None:
    crm.run(rows(range(10)))
    again = crm.run(rows(range(10)), "--json")
    assert (again.document["unchanged"], again.document["requests"]) == (10, 0)
    (_, second) = sorted((crm.folder / "importer-state" / "runs").iterdir())
    figures = json.loads((second / "job.json").read_text())["figures"]
    fields = ("external_id", "first_name", "email", "phone", "channel")
    assert figures["had"] == dict.fromkeys(fields, 10)
    assert figures["lost"] == dict.fromkeys(fields, 0)


def test_a_plan_says_what_holds_it_and_apply_is_held_until_it_is_meant(february_next: Crm) -> None:
    crm = february_next
    planned = crm.run(rows(range(1, 11), lambda row: (row[0], "Eva", *row[2:])), verb="plan")
    (told,) = [line for line in planned.out.splitlines() if line.startswith("  importer ")]
    assert planned.code == 11
    assert "10 rows against 40 last time, 75% fewer (at most 30%)" in planned.out
    assert told.endswith("--max-shrink 75%")
    held = crm.again("apply", "last")
    assert (held.code, crm.target.requests) == (8, [])
    assert "nothing was written" in held.out
    assert crm.again(*shlex.split(told)[1:]).code == 0
    assert len(crm.target.requests) == 10


def test_the_last_plan_is_the_one_entered_last_whatever_was_checked_since(february_next: Crm) -> None:
    crm = february_next
    february = rows(range(1, 41), lambda row: (row[0], "Eva", *row[2:]))
    planned = crm.run(february, "--json", verb="plan").document["run_id"]
    importer("check", "month.csv", "-m", "crm.yaml", cwd=crm.folder)
    # As if the clock had been set back between them.
    shutil.copytree(
        crm.folder / "importer-state" / "runs" / planned, crm.folder / "importer-state/runs/29991231T235959-aaaaaa"
    )
    assert crm.again("apply", "last", "--json").document["run_id"] == planned


def test_what_a_finished_run_came_to_is_never_told_anew(february_next: Crm) -> None:
    crm = february_next
    done = crm.run(rows(range(1, 21), lambda row: (row[0], "Eva", *row[2:])), "--max-shrink", "50%", "--json")
    folder = Path(done.document["files"]["run"]).parent
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    refused = crm.again("apply", done.document["run_id"])
    assert (refused.code, "is finished" in refused.err, "nothing was written" in refused.out) == (8, True, False)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_what_was_meant_once_is_what_the_next_month_is_held_against(february_next: Crm) -> None:
    short = rows(range(1, 21))
    assert february_next.run(short, "--max-shrink", "50%").code == 0
    assert february_next.run(short, name="march.csv").code == 0


def test_a_run_that_began_is_not_judged_again_when_it_goes_on(february_next: Crm) -> None:
    crm = february_next
    february = rows(range(1, 21), lambda row: (row[0], f"Eva {row[0]}", *row[2:]))
    first = crm.run(february, "--max-shrink", "50%", "--limit", "5", "--json")
    second = crm.run(february, "--json")
    assert (first.code, second.code) == (7, 0)
    assert second.document["run_id"] == first.document["run_id"]
    assert second.states == {"updated": 20}


def test_first_runs_small_files_and_mended_rejects_raise_no_alarm(crm: Crm) -> None:
    broken = rows(range(1, 41), lambda row: (*row[:2], "no address" if row[0] > "034" else row[2], *row[3:]))
    first = crm.run(broken, "--json")
    assert (first.code, first.states) == (3, {"created": 34, "rejected": 6})
    rejects = read_rejects(first.document)
    unmended = crm.again("run", first.document["files"]["rejects"], "-m", "crm.yaml", "--json")
    assert (unmended.code, unmended.document["absent"]) == (3, None)
    assert unmended.states == {"rejected": len(rejects)}
    # The reject file is no measure: the next month is held against the whole file before it.
    assert crm.run(rows(range(1, 21)), name="march.csv").code == 8


def test_a_small_list_may_do_as_it_likes(crm: Crm) -> None:
    assert crm.run(rows(range(1, 20))).code == 0
    assert crm.run(rows(range(100, 103), lambda row: (*row[:3], "", ""))).code == 0
    assert crm.run(rows(range(1, 15), lambda row: (*row[:2], "none", "", ""))).code == 3


def test_who_is_absent_is_counted_and_left_alone(february_next: Crm) -> None:
    crm = february_next
    february = rows(range(3, 43), lambda row: row if row[0] != "004" else (*row[:2], "no address", *row[3:]))
    done = crm.run(february, "--json")
    # Two are not in the file; the rejected row of 004 is.
    assert done.document["absent"] == 2
    assert [received.method for received in crm.target.requests] == ["POST", "POST"]
    shown = crm.again("show", "last")
    assert "2 contacts that are known here are not in this file; they are left alone." in shown.out


def test_column_counts_are_those_of_the_file(crm: Crm) -> None:
    text = rows(
        range(1, 31),
        lambda row: (*row[:2], "bad" if row[0] <= "002" else row[2], "12" if row[0] == "003" else row[3], ""),
    )
    assert crm.run(text).code == 3
    with sqlite3.connect(crm.folder / "importer-state" / "ledger.sqlite") as ledger:
        found = {
            place: counts
            for place, *counts in ledger.execute("SELECT place, filled, rejected, dropped FROM column_count")
        }
    assert found == {
        "row": [28, 2, 1],
        "external_id": [30, 0, 0],
        "first_name": [30, 0, 0],
        "email": [28, 2, 0],
        "phone": [29, 0, 1],
        "channel": [0, 0, 0],
    }


@pytest.mark.parametrize(("text", "share"), [("20%", 20), ("12.5 %", 12.5), ("0", 0), ("100", 100)])
def test_a_share_is_written_in_percent(text: str, share: float) -> None:
    assert Percent().convert(text, None, None) == share


@pytest.mark.parametrize("text", ["-1", "101", "half", "nan", "inf", ""])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="percent from 0 to 100"):
        Percent().convert(text, None, None)


def test_a_canary_that_lands_is_followed_by_the_rest(february_next: Crm) -> None:
    crm = february_next
    february = rows(range(11, 51), lambda row: (row[0], f"Eva {row[0]}", *row[2:]))
    done = crm.run(february, "--canary", "8", "--concurrency", "4", "--json")
    assert (done.code, done.states) == (0, {"created": 10, "updated": 30})
    first = [received.method for received in crm.target.requests[:8]]
    assert (first.count("POST"), first.count("PUT")) == (2, 6)
    assert done.document["requests"] == len(crm.target.requests) == 40


def test_a_canary_that_does_not_land_stops_the_run_and_the_next_goes_on(crm: Crm) -> None:
    crm.target.script = [status(422), status(500)]
    first = crm.run(JANUARY, "--canary", "5", "--json")
    lost = first.document["failed"] + first.document["unknown"]
    assert (first.code, lost, first.document["created"], first.document["unsent"]) == (8, 2, 3, 35)
    assert "2 did not land (1 failed, 1 unknown)" in first.document["stopped"]
    second = crm.run(JANUARY, "--json")
    assert (second.code, second.document["run_id"]) == (3, first.document["run_id"])
    assert (second.document["created"], second.document["unsent"]) == (38, 0)
    assert len(crm.target.created) == 38
    assert audit(crm.target, read_rows(Path(second.document["files"]["results"])), read=40) == []


def test_a_canary_of_the_mapping_is_passed_by_the_command_that_is_told_next(crm: Crm) -> None:
    (crm.folder / "own.yaml").write_text(MAPPING + "run: {canary: 5}\n")
    (crm.folder / "month.csv").write_text(JANUARY)
    crm.target.script = [status(422)]
    held = crm.again("run", "month.csv", "-m", "own.yaml", "--new-ledger")
    (told,) = [line for line in held.out.splitlines() if line.startswith("  importer ")]
    assert (held.code, told) == (8, "  importer run month.csv -m own.yaml --canary 0")
    done = crm.again(*told.split()[1:], "--json")
    assert (done.code, done.document["unsent"], done.document["created"]) == (3, 0, 39)


def test_a_canary_counts_under_the_limit(crm: Crm) -> None:
    done = crm.run(JANUARY, "--canary", "5", "--limit", "12", "--json")
    assert (done.code, done.states) == (7, {"created": 12, "unsent": 28})
    assert "--limit 12" in done.document["stopped"]


def test_a_canary_as_large_as_the_run_is_the_run(crm: Crm) -> None:
    crm.target.script = [status(422)]
    done = crm.run(JANUARY, "--canary", "40", "--json")
    assert (done.code, done.states) == (3, {"created": 39, "failed": 1})
