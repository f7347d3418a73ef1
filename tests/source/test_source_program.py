"""Reading as its users meet it: what is said, what is kept, and sources that no argument names."""

import fcntl
import gzip
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import polars as pl
import pytest
from program import Finished, environment, importer, read_rejects

MAPPING = """\
version: 1
name: shop
key: external_id
contact: {external_id: id, first_name: name}
"""
ROWS = "id;name\n1;Peña\n2;Núñez;more\n3;Ana\n"


def piped(content: bytes, *words: str, cwd: Path) -> Finished:
    done = subprocess.run(
        [sys.executable, "-m", "importer", *words],
        cwd=cwd,
        env=environment(),
        input=content,
        capture_output=True,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def mapping(folder: Path, more: str = "") -> str:
    (folder / "shop.yaml").write_text(MAPPING + more, "utf-8")
    return "shop.yaml"


def test_how_a_source_is_read_is_said_on_stderr_and_kept(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(ROWS.encode("cp1252"))
    words = ("check", "in.csv", "-m", mapping(tmp_path))
    done = importer(*words, "--json", cwd=tmp_path)
    assert done.code == 3
    assert "importer: reading in.csv: csv, cp1252, delimiter ';'" in done.err.splitlines()
    assert done.document["read_as"] == ["in.csv: csv, cp1252, delimiter ';'"]
    assert json.loads(Path(done.document["files"]["run"]).read_text("utf-8"))["read_as"] == done.document["read_as"]
    (row,) = read_rejects(done.document)
    assert (row["_reasons"], row["_row"], row["_line"], row["_raw"]) == ("row|shape", "2", "3", "2;Núñez;more")
    assert importer(*words, "-q", cwd=tmp_path).err == ""


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_checked_and_leaves_no_copy(tmp_path: Path, pack: type[bytes]) -> None:
    done = piped(pack(ROWS.encode("utf-16")), "check", "-", "-m", mapping(tmp_path), "--json", cwd=tmp_path)
    assert (done.code, done.states) == (3, {"unsent": 2, "rejected": 1})
    assert read_rejects(done.document)[0]["_source"] == "stdin"
    kept = [path.name for path in (tmp_path / "importer-state").rglob("*") if path.is_file()]
    assert "stdin" not in kept


def test_a_plan_of_a_pipe_keeps_what_came_for_apply(tmp_path: Path) -> None:
    planned = piped(ROWS.encode(), "plan", "-", "-m", mapping(tmp_path), "--sandbox", "--json", cwd=tmp_path)
    assert planned.code == 11, planned.err
    run = planned.document["run_id"]
    copy = tmp_path / "importer-state" / "runs" / run / "stdin"
    assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (ROWS.encode(), 0o600)
    applied = importer("apply", run, "--sandbox", "--json", cwd=tmp_path)
    assert (applied.code, applied.states) == (3, {"created": 2, "rejected": 1}), applied.err


def test_sources_may_come_from_the_mapping_beside_it(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    name = "there/" + mapping(tmp_path / "there", 'source: {files: "in*.csv"}\n')
    for number in (10, 9):
        (tmp_path / "there" / f"in{number}.csv").write_text(f"id,name\n{number},Ana\n")
    done = importer("check", "-m", name, "--json", cwd=tmp_path)
    assert (done.code, done.document["read"]) == (0, 2), done.err
    assert [text.split(":")[0][-8:] for text in done.document["read_as"]] == ["/in9.csv", "in10.csv"]


def test_no_source_anywhere_is_wrong_usage(tmp_path: Path) -> None:
    done = importer("check", "-m", mapping(tmp_path), cwd=tmp_path)
    assert (done.code, "no SOURCE was given" in done.err) == (2, True)


def test_a_balanced_encoding_ends_with_5_and_the_words_to_write(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,name\n1,\xa4\n")
    done = importer("check", "in.csv", "-m", mapping(tmp_path), cwd=tmp_path)
    assert (done.code, "source: {encoding: cp" in done.err) == (5, True)
    name = mapping(tmp_path, "source: {encoding: cp850}\n")
    assert importer("check", "in.csv", "-m", name, cwd=tmp_path).code == 0


def test_a_path_into_a_nested_column_works_again_in_the_reject_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        "version: 1\nname: shop\nkey: external_id\n"
        "contact: {external_id: id, email: {column: 'person.mails[0]', required: true}}\n"
    )
    people = [{"mails": ["ana@example.com"], "age": 7}, {"mails": ["wrong"], "age": 8}, {"mails": [], "age": 9}]
    pl.DataFrame({"id": ["1", "2", "3"], "person": people}).write_parquet(tmp_path / "in.parquet")
    first = importer("check", "in.parquet", "-m", "shop.yaml", "--json", cwd=tmp_path)
    assert first.states == {"unsent": 1, "rejected": 2}, first.err
    rejects = Path(first.document["files"]["rejects"])
    assert [row["person"] for row in read_rejects(first.document)] == [
        '{"mails":["wrong"],"age":8}',
        '{"mails":[],"age":9}',
    ]
    rejects.write_text(rejects.read_text("utf-8").replace("wrong", "eva@example.com"), "utf-8")
    second = importer("check", rejects, "-m", "shop.yaml", "--json", cwd=tmp_path)
    assert second.states == {"unsent": 1, "rejected": 1}, second.err


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_progress_on_a_terminal_is_out_of_the_bytes_as_stored(tmp_path: Path, pack: type[bytes]) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(pack(b"id,name\n" + b"".join(b"%d,Ana\n" % number for number in range(120_000))))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    words = [sys.executable, "-m", "importer", "check", "in.csv", "-m", mapping(tmp_path)]
    shown = b""
    with subprocess.Popen(words, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        while block := read_terminal(ours):
            shown += block
    os.close(ours)
    assert process.returncode == 0
    # It is drawn ten times a second at most; that the steps add up to the whole is held in test_source_kinds.py.
    drawn = re.findall(rb"reading: +\d+%.*?([\d.]+)([kM]?)/([\d.]+)([kM])", shown)
    scale = {b"": 1, b"k": 1000, b"M": 1_000_000}
    stored = path.stat().st_size
    assert drawn
    assert all(float(total) * scale[unit] == pytest.approx(stored, rel=0.01) for *_, total, unit in drawn)
    assert all(float(done) * scale[unit] <= stored * 1.01 for done, unit, *_ in drawn)


def read_terminal(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:  # so Linux says that nobody writes any more
        return b""
