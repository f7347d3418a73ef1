"""The main job, run as its users run it, against a server that shares nothing with the importer."""

import json
import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from audit import audit, read_results
from program import REPOSITORY, account, adds_up, importer, read_rejects
from sample_oracle import FOLDER, MAPPINGS, expected
from target import Target

from importer.errors import Exit

SAMPLES = sorted(MAPPINGS)
BROKEN = json.loads((FOLDER / "broken.json").read_text("utf-8"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_check_rejects_exactly_the_rows_that_were_broken_for_their_reasons(sample: str, tmp_path: Path) -> None:
    done = importer("check", FOLDER / sample, "-m", MAPPINGS[sample].removesuffix(".yaml"), "--json", cwd=tmp_path)
    found = {row["_row"]: sorted(row["_reasons"].split(" ")) for row in read_rejects(done.document)}
    assert done.code == 3
    assert found == BROKEN[sample]["broken"]
    assert done.document["read"] == BROKEN[sample]["rows"]
    assert adds_up(done.document)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_server_gets_the_bodies_of_the_row_by_row_oracle(sample: str, tmp_path: Path) -> None:
    wanted = expected(sample)
    with Target(adopt=True) as target:
        env = account(target.base_url)
        done = importer("run", FOLDER / sample, "-m", MAPPINGS[sample].removesuffix(".yaml"), "--new-ledger", "--json",
                        cwd=tmp_path, env=env)  # fmt: skip  # the command on one line
        rows = read_results(Path(done.document["files"]["results"]))
        sent = {
            int(row["row"]): target.contacts[row["contact_id"]]
            for row in rows
            if row["state"] in ("created", "updated")
        }
        puts = {request.path.rsplit("/", 1)[1] for request in target.of("PUT")}
        posts = len(target.of("POST"))
    assert sent == wanted.bodies
    assert puts == set(wanted.ids.values())
    assert posts == len(wanted.bodies) - len(wanted.ids)
    assert done.document["requests"] == len(wanted.bodies)
    assert {int(row["row"]): row["key"] for row in rows if row["key"] and row["state"] != "rejected"} == wanted.keys
    assert (done.code, adds_up(done.document)) == (3, True)


def test_the_same_command_again_sends_nothing_for_settled_rows_and_says_so(tmp_path: Path) -> None:
    words = ("run", FOLDER / "shop_en.csv", "-m", "sample_shop")
    with Target(adopt=True) as target:
        first = importer(*words, "--new-ledger", "--json", cwd=tmp_path, env=account(target.base_url))
        before = len(target.requests)
        second = importer(*words, cwd=tmp_path, env=account(target.base_url))
        assert len(target.requests) == before
    assert first.code == second.code == 3
    assert "nothing to send" in second.out


def test_csv_and_parquet_of_the_same_rows_give_byte_equal_bodies(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": ["007", "8", "9"],
            "name": ['Ñandú "x"\\', "line\nbreak", "😀 , ; \t end"],
            "born": ["2001-02-03", None, "1999-12-31"],
            "points": ["10", "-3", "2.5"],
            "ok": ["true", "false", None],
        }
    )
    typed = frame.with_columns(pl.col("born").str.to_date(), pl.col("points").cast(pl.Float64), pl.col("ok") == "true")
    frame.write_csv(tmp_path / "rows.csv")
    typed.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "m.yaml").write_text(
        "version: 1\nname: same\nkey: external_id\ncontact:\n  external_id: id\n  first_name: name\n  dob: born\n"
        "  email_verified: ok\n  tags: {points: {column: points, number: true}}\n"
    )
    bodies = []
    for source in ("rows.csv", "rows.parquet"):
        with Target() as target:
            words = ("run", source, "-m", "m.yaml", "--new-ledger", "--state-dir", f"state-{source}")
            assert importer(*words, cwd=tmp_path, env=account(target.base_url)).code == 0
            bodies.append(sorted(request.body for request in target.of("POST")))
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 3


MONTH = "version: 1\nname: {name}\nkey: external_id\ncontact:\n  external_id: no\n  first_name: name\n  email: mail\n"


def month(path: Path, changed: frozenset[int] = frozenset(), rows: int = 40) -> None:
    lines = [f"{n:03},{'New' if n in changed else 'Old'} {n},a{n}@correo.example.com" for n in range(1, rows + 1)]
    path.write_text("no,name,mail\n" + "\n".join(lines) + "\n")


def test_month_two_sends_only_what_changed_and_to_the_same_contacts(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    (tmp_path / "shop.yaml").write_text(MONTH.format(name="shop"))
    month(tmp_path / "january.csv")
    month(tmp_path / "february.csv", changed=frozenset({3, 14, 40}))
    importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    target.requests.clear()
    second = importer("run", "february.csv", "-m", "crm.yaml", "--json", cwd=tmp_path, env=env)
    assert (len(target.of("POST")), len(target.of("PUT"))) == (0, 3)
    assert second.states == {"updated": 3, "unchanged": 37}
    assert len(target.contacts) == 40
    assert {target.contacts[r.path.rsplit("/", 1)[1]]["first_name"] for r in target.of("PUT")} == {
        "New 3",
        "New 14",
        "New 40",
    }
    other = importer("run", "february.csv", "-m", "shop.yaml", "--new-ledger", "--json", cwd=tmp_path, env=env)
    assert other.states == {"created": 40}
    assert len(target.of("PUT")) == 3


@pytest.mark.parametrize(
    "fields",
    [
        "tags: {city: City}",
        "channel: {value: shop}, tags: {city: City}",
        "email_verified: {column: City, boolean: {yes: Cali, no: Bogota}}, addresses: [{city: City}]",
        "payments: [{alias: City}]",
    ],
)
def test_a_mapping_led_by_ids_needs_no_text_of_the_contact_itself(fields: str, tmp_path: Path) -> None:
    ids = [f"3c90c3cc-0d44-4b50-8888-{number:012x}" for number in range(30)]
    (tmp_path / "ids.csv").write_text("ID,City\n" + "".join(f"{name},Cali\n" for name in ids))
    (tmp_path / "ids.yaml").write_text(f"{{version: 1, name: ids, contact: {{id: ID, {fields}}}}}\n")
    words = ("run", "ids.csv", "-m", "ids.yaml", "--json")
    with Target(adopt=True) as target:
        first = importer(*words, "--new-ledger", cwd=tmp_path, env=account(target.base_url))
        again = importer(*words, cwd=tmp_path, env=account(target.base_url))
    assert (first.code, first.document["updated"]) == (0, 30)
    assert (again.code, again.document["unchanged"], again.document["requests"]) == (0, 30, 0)


def test_from_another_working_directory_nothing_is_sent(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    target.requests.clear()
    words = ("run", tmp_path / "january.csv", "-m", tmp_path / "crm.yaml")
    lost = importer(*words, cwd=tmp_path / "elsewhere", env=env)
    assert (lost.code, target.requests) == (10, [])
    assert "--state-dir" in lost.err
    assert "crm" in lost.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_namespace_that_was_never_opened_stops_plan_and_run(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    (tmp_path / "shop.yaml").write_text(MONTH.format(name="shop"))
    month(tmp_path / "january.csv")
    importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    target.requests.clear()
    for verb in ("plan", "run"):
        assert importer(verb, "january.csv", "-m", "shop.yaml", cwd=tmp_path, env=env).code == 10
    assert target.requests == []


def test_a_damaged_ledger_stops_plan_run_and_apply_before_anything_is_sent(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    planned = importer("plan", "january.csv", "-m", "crm.yaml", "--force", "--json", cwd=tmp_path, env=env)
    state = tmp_path / "importer-state"
    with closing(sqlite3.connect(state / "ledger.sqlite")) as database:
        ((key,),) = database.execute("SELECT max(key) FROM identity").fetchall()
        # The page itself, so that no trigger tells of it.
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (state / "ledger.sqlite").read_bytes()
    spoilt = whole.replace(key.encode(), key.encode()[:-1] + b"~")
    assert spoilt != whole
    (state / "ledger.sqlite").write_bytes(spoilt)
    target.requests.clear()
    before = sorted(path.name for path in (state / "runs").iterdir())
    for words in (
        ("plan", "january.csv", "-m", "crm.yaml"),
        ("run", "january.csv", "-m", "crm.yaml"),
        ("run", "missing.csv", "-m", "crm.yaml"),
        ("apply", planned.document["run_id"]),
    ):
        done = importer(*words, cwd=tmp_path, env=env)
        assert (done.code, "It is damaged" in done.err, target.requests) == (10, True, []), words
    assert sorted(path.name for path in (state / "runs").iterdir()) == before
    assert (state / "ledger.sqlite").read_bytes() == spoilt


def test_a_plan_is_sent_exactly_or_refused(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    planned = importer("plan", "january.csv", "-m", "crm.yaml", "--new-ledger", "--json", cwd=tmp_path, env=env)
    assert (planned.code, planned.states, target.requests) == (11, {"unsent": 40}, [])
    month(tmp_path / "january.csv", changed=frozenset({1}))
    assert importer("apply", planned.document["run_id"], cwd=tmp_path, env=env).code == 8
    assert target.requests == []
    month(tmp_path / "january.csv")
    applied = importer("apply", "last", "--json", cwd=tmp_path, env=env)
    assert (applied.code, applied.states) == (0, {"created": 40})
    assert importer("apply", planned.document["run_id"], cwd=tmp_path, env=env).code == 8
    assert importer("plan", "january.csv", "-m", "crm.yaml", cwd=tmp_path, env=env).code == 0


def test_a_limit_stops_and_the_next_run_goes_on(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    first = importer(
        "run", "january.csv", "-m", "crm.yaml", "--new-ledger", "--limit", "15", "--json", cwd=tmp_path, env=env
    )
    assert (first.code, first.states) == (7, {"created": 15, "unsent": 25})
    second = importer("run", "january.csv", "-m", "crm.yaml", "--json", cwd=tmp_path, env=env)
    assert (second.code, second.states) == (0, {"created": 40})
    assert second.document["run_id"] == first.document["run_id"]
    assert audit(target, read_results(Path(second.document["files"]["results"])), read=40) == []
    assert len(target.contacts) == 40


def test_runs_and_show_tell_of_earlier_runs(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    done = importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", "--json", cwd=tmp_path, env=env)
    listed = importer("runs", cwd=tmp_path)
    shown = importer("show", "last", "--json", cwd=tmp_path)
    assert done.document["run_id"] in listed.out
    assert shown.document == done.document
    assert "40 rows landed" in importer("show", done.document["run_id"], cwd=tmp_path).out


def test_the_readme_names_the_exit_code_of_its_command() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert "ends with exit 3" in readme


@pytest.mark.parametrize("lost", ["plan/00000.parquet", "parts/bodies-00000.parquet", "job.json", ""])
def test_a_run_whose_files_are_gone_begins_anew_and_sends_nothing_twice(
    lost: str, tmp_path: Path, target: Target
) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    words = ("run", "january.csv", "-m", "crm.yaml", "--new-ledger", "--json")
    first = importer(*words, "--limit", "15", cwd=tmp_path, env=env)
    folder = tmp_path / "importer-state" / "runs" / first.document["run_id"]
    gone = folder / lost if lost else folder
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()
    second = importer(*words, cwd=tmp_path, env=env)
    assert (second.code, second.states) == (0, {"created": 25, "unchanged": 15})
    assert first.document["run_id"] in second.document["note"]
    assert len(target.created) == 40


def test_what_is_told_next_after_apply_works(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    with (tmp_path / "january.csv").open("a") as file:
        file.write("099,Bad,no address\n")
    importer("plan", "january.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    applied = importer("apply", "last", "--limit", "5", cwd=tmp_path, env=env)
    told = [shlex.split(line)[1:] for line in applied.out.splitlines() if line.startswith("  importer ")]
    assert [words[0] for words in told] == ["apply", "run"]
    assert [importer(*words, cwd=tmp_path, env=env).code for words in told] == [3, 3]
    assert len(target.created) == 40


def test_quiet_still_says_why_it_stopped(tmp_path: Path, target: Target) -> None:
    env = {**account(target.base_url), "IMPORTER_TOKEN": "a-wrong-one"}
    (tmp_path / "crm.yaml").write_text(MONTH.format(name="crm"))
    month(tmp_path / "january.csv")
    done = importer("run", "january.csv", "-m", "crm.yaml", "--new-ledger", "-q", cwd=tmp_path, env=env)
    assert (done.code, done.out) == (4, "")
    assert "IMPORTER_TOKEN" in done.err


def test_the_readme_lists_every_exit_code_and_links_to_what_is_there() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    listed = {int(number) for number in re.findall(r"\| ((?:\d+ ?)+) \| [\w`]", readme) for number in number.split()}
    assert {int(code) for code in Exit} <= listed
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
