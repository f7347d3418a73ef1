"""A run's files that were damaged, another key, another write policy: seen from the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import account, importer
from small_job import prepare, run
from target import Target

ROWS = 40
POLICY = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  email: mail\n  first_name: {}\n"


def flip(path: Path) -> None:
    """Change one letter of a name, where a block is stored uncompressed, or any bit elsewhere."""
    content = bytearray(path.read_bytes())
    spot = content.find(b"Name 3")
    content[(spot + 5) if spot >= 0 else len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("name", ["parts/bodies-00000.parquet", "parts/00000.parquet", "plan/00000.parquet"])
@pytest.mark.parametrize("damage", [flip, cut])
def test_a_file_of_a_stopped_run_that_was_damaged_begins_a_new_run_that_sends_nothing_twice(
    name: str, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        stopped = run(tmp_path, env, "--limit", "15")
        folder = tmp_path / "importer-state" / "runs" / stopped.document["run_id"]
        damage(folder / name)
        done = run(tmp_path, env)
        assert (done.code, done.states) == (0, {"created": 25, "unchanged": 15})
        assert stopped.document["run_id"] in done.document["note"]
        assert {contact["first_name"] for contact in target.contacts.values()} == {f"Name {n}" for n in range(ROWS)}
        assert not target.duplicates("external_id")


def test_a_plan_whose_file_was_damaged_is_not_applied(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        planned = importer("plan", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json", cwd=tmp_path, env=env)
        flip(tmp_path / "importer-state" / "runs" / planned.document["run_id"] / "parts" / "bodies-00000.parquet")
        assert importer("apply", "last", cwd=tmp_path, env=env).code == 10
        assert target.requests == []


def names(target: Target) -> set[str | None]:
    return {contact.get("first_name") for contact in target.contacts.values()}


def test_a_field_that_no_update_carried_is_sent_when_its_policy_lets_it(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    with Target() as target:
        env = account(target.base_url)
        (tmp_path / "crm.yaml").write_text(POLICY.format("{column: name, write: create_only}"))
        assert run(tmp_path, env).states == {"created": 3}
        (tmp_path / "rows.csv").write_text((tmp_path / "rows.csv").read_text().replace("Name", "Other"))
        assert run(tmp_path, env).states == {"updated": 3}
        assert run(tmp_path, env).states == {"unchanged": 3}
        assert names(target) == {"Name 0", "Name 1", "Name 2"}
        (tmp_path / "crm.yaml").write_text(POLICY.format("name"))
        assert run(tmp_path, env).states == {"updated": 3}
        assert names(target) == {"Other 0", "Other 1", "Other 2"}
        assert run(tmp_path, env).states == {"unchanged": 3}


def test_a_blank_that_was_kept_is_cleared_when_its_policy_says_so(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    with Target() as target:
        env = account(target.base_url)
        (tmp_path / "crm.yaml").write_text(POLICY.format("name"))
        assert run(tmp_path, env).states == {"created": 3}
        (tmp_path / "rows.csv").write_text((tmp_path / "rows.csv").read_text().replace("Name 1", ""))
        assert run(tmp_path, env).states == {"updated": 1, "unchanged": 2}
        (tmp_path / "crm.yaml").write_text(POLICY.format("{column: name, on_blank: clear}"))
        assert run(tmp_path, env).states == {"updated": 1, "unchanged": 2}
        assert names(target) == {"Name 0", None, "Name 2"}


def test_what_a_create_carried_is_sent_again_by_no_policy(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    with Target() as target:
        env = account(target.base_url)
        (tmp_path / "crm.yaml").write_text(POLICY.format("{column: name, write: create_only}"))
        assert run(tmp_path, env).states == {"created": 3}
        (tmp_path / "crm.yaml").write_text(POLICY.format("{column: name, on_blank: clear}"))
        assert run(tmp_path, env).states == {"unchanged": 3}


def test_another_key_stops_with_8_and_how_many_it_would_lose_and_goes_on_when_it_is_meant(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    with Target() as target:
        env = account(target.base_url)
        run(tmp_path, env)
        mapping = (tmp_path / "crm.yaml").read_text().replace("key: external_id", "key: email")
        (tmp_path / "crm.yaml").write_text(mapping)
        before = len(target.requests)
        refused = run(tmp_path, env)
        assert (refused.code, len(target.requests)) == (8, before)
        assert "Up to 3 known customers would no longer be found" in refused.err
        assert "--change-key" in refused.err
        words = ("rows.csv", "-m", "crm.yaml", "--change-key", "--json")
        planned = importer("plan", *words, cwd=tmp_path, env=env)
        assert (planned.code, planned.states) == (11, {"unsent": 3})
        assert run(tmp_path, env).code == 8, "a plan alone changes nothing"
        assert importer("apply", planned.document["run_id"], cwd=tmp_path, env=env).code == 0
        assert run(tmp_path, env).states == {"unchanged": 3}
        assert json.loads(target.of("POST")[-1].body)["external_id"] == "00002"


def test_columns_of_a_key_in_another_order_are_another_key(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    mapping = POLICY.format("name").replace("external_id: no", "external_id: {columns: [no, name], join: '-'}")
    with Target() as target:
        env = account(target.base_url)
        (tmp_path / "crm.yaml").write_text(mapping)
        assert run(tmp_path, env).states == {"created": 3}
        (tmp_path / "crm.yaml").write_text(mapping.replace("[no, name]", "[name, no]"))
        assert run(tmp_path, env).code == 8
        assert len(target.created) == 3


def test_an_account_id_is_the_same_in_any_spelling(tmp_path: Path) -> None:
    prepare(tmp_path, 3)
    with Target() as target:
        assert run(tmp_path, account(target.base_url)).states == {"created": 3}
        env = account(target.base_url)
        for spelling in (str.upper, lambda text: f" {text}\n", lambda text: text.replace("-", "")):
            other = {**env, "IMPORTER_ACCOUNT_ID": spelling(env["IMPORTER_ACCOUNT_ID"])}
            assert run(tmp_path, other).states == {"unchanged": 3}


def test_what_only_an_update_may_carry_follows_a_create_once(tmp_path: Path) -> None:
    persona = "aaaaaaaa-0000-4000-8000-000000000001"
    (tmp_path / "rows.csv").write_text(f"no,name,mail,who\n1,Ana,a@correo.example.com,{persona}\n")
    (tmp_path / "crm.yaml").write_text(POLICY.format("name") + "  persona_id: who\n")
    with Target() as target:
        env = account(target.base_url)
        assert run(tmp_path, env).states == {"created": 1}
        assert run(tmp_path, env).states == {"updated": 1}
        assert run(tmp_path, env).states == {"unchanged": 1}
        assert [request.json.get("persona_id") for request in target.of("POST") + target.of("PUT")] == [None, persona]
