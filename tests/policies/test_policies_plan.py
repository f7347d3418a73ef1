"""What `plan` tells, what `apply` refuses, and what `--force` sends, run as users run them."""

from pathlib import Path

from program import account, importer
from target import Target

MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  first_name: {name}\n  city: city\n"


def write(folder: Path, *, edited: bool = False, city: str = "Cali", rows: int = 6) -> None:
    name = "{column: name, case: upper}" if edited else "name"
    (folder / "crm.yaml").write_text(MAPPING.format(name=name), "utf-8")
    lines = [f"{n},Ximena {n},{city if n == 1 else 'Cali'}" for n in range(1, rows + 1)]
    (folder / "rows.csv").write_text("\n".join(["no,name,city", *lines]) + "\n", "utf-8")


def test_a_plan_tells_each_field_and_whether_the_mapping_did_it(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    write(tmp_path)
    assert importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env).code == 0
    write(tmp_path, edited=True, city="Bogotá", rows=7)
    words = ("plan", "rows.csv", "-m", "crm.yaml")
    told = importer(*words, "--show", "3", cwd=tmp_path, env=env)
    assert told.code == 11
    assert "Ximena" not in told.out
    assert "Cali" not in told.out
    assert "Xxxx -> Xxxxxx" in told.out
    plain = importer(*words, "--show", "9", "--unmasked", cwd=tmp_path, env=env).out
    assert "  first_name   Ximena 1 -> XIMENA 1\n  city         Cali -> Bogotá\n" in plain
    assert "row 7 (line 8): create\n  external_id  -> 7\n" in plain
    document = importer(*words, "--json", cwd=tmp_path, env=env).document["changes"]
    assert document["actions"] == {"create": 1, "update": 6, "unchanged": 0, "held": 0, "rejected": 0}
    assert document["fields"] == {"first_name": {"changed": 6}, "city": {"changed": 1}}
    assert document["because"] == {"mapping": 5, "data": 1, "unknown": 0}


def test_apply_says_what_moved(tmp_path: Path, target: Target) -> None:
    env = account(target.base_url)
    write(tmp_path)
    planned = importer("plan", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json", cwd=tmp_path, env=env)
    write(tmp_path, edited=True, city="Bogotá")
    refused = importer("apply", "last", cwd=tmp_path, env=env)
    assert refused.code == 8
    assert "the source (its files have other content) and the mapping moved" in refused.err
    write(tmp_path)
    sent = importer("run", "rows.csv", "-m", "crm.yaml", "--json", cwd=tmp_path, env=env)
    target.requests.clear()
    refused = importer("apply", planned.document["run_id"], cwd=tmp_path, env=env)
    assert (refused.code, target.requests) == (8, [])
    assert f"the ledger (run {sent.document['run_id']} has sent since) moved" in refused.err


def test_force_sends_unchanged_rows_and_nothing_that_says_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    with Target(adopt=True) as target:
        env = account(target.base_url)
        importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
        forced = importer("run", "rows.csv", "-m", "crm.yaml", "--force", "--json", cwd=tmp_path, env=env)
        assert forced.states == {"updated": 6}
        contact = "0f2c1a34-0000-4000-8000-00000000abcd"
        (tmp_path / "ids.yaml").write_text(
            "version: 1\nname: ids\ncontact: {id: id, source: {column: src, write: create_only}}\n", "utf-8"
        )
        (tmp_path / "ids.csv").write_text(f"id,src\n{contact},web\n", "utf-8")
        target.requests.clear()
        done = importer("run", "ids.csv", "-m", "ids.yaml", "--new-ledger", "--force", "--json", cwd=tmp_path, env=env)
        assert (done.code, done.states, target.requests) == (0, {"unchanged": 1}, [])


def test_check_warns_of_what_an_update_may_reset(tmp_path: Path) -> None:
    write(tmp_path)
    told = importer("check", "rows.csv", "-m", "crm.yaml", cwd=tmp_path).err
    assert "email_verified, is_anonymous, phone_verified" in told
    assert "status: not mapped" in told.replace(" and status", ", status")
    mapping = (tmp_path / "crm.yaml").read_text("utf-8")
    (tmp_path / "crm.yaml").write_text(mapping.replace("key:", "update: full\nkey:"), "utf-8")
    assert "not mapped" not in importer("check", "rows.csv", "-m", "crm.yaml", cwd=tmp_path).err
