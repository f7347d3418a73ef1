"""A page that can't be written, or that a signal cuts off: told once, no half of it, and the exit code stays."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from program import Finished, account, environment, importer
from small_job import LIMITED, WORDS, prepare, run, share
from target import Target

strace = shutil.which("strace")
needs_strace = pytest.mark.skipif(strace is None, reason="strace is not installed: no fault is injected into syscalls")
ROWS, BAD = 40, 5


def assert_told_without_page(done: Finished, folder: Path, said: str) -> None:
    """Hold that it ended as it would have, its other files are whole, and one line tells of the page."""
    assert done.code == 3, done.err
    assert done.err.count("page") == 1
    assert said in done.err
    assert done.document["files"]["report"] is None
    assert done.document["created"] + done.document["rejected"] == ROWS
    assert not list(folder.glob("*.html"))
    assert not [path for path in folder.glob(".report.html.new") if path.is_file()]
    assert (folder / "run.json").exists()


def begin(folder: Path, env: dict[str, str]) -> Path:
    """Begin a run that the same command goes on with, and give its folder, which is known from then on."""
    prepare(folder, ROWS, BAD)
    assert run(folder, env, "--limit", "5").code == 7
    (found,) = (folder / "importer-state" / "runs").iterdir()
    return found


def go_on(folder: Path, env: dict[str, str], fault: str, path: Path, *how: str) -> Finished:
    """Go on under a fault in a system call on one path."""
    assert strace is not None
    call = fault.partition(":")[0]
    words = [strace, "-f", *how, "-qqq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={fault}"]
    done = subprocess.run(
        [*words, "-P", path, sys.executable, "-B", "-m", "importer", *WORDS],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def test_a_page_whose_place_is_taken_changes_no_exit_code(tmp_path: Path) -> None:
    with Target() as target:
        env = account(target.base_url)
        folder = begin(tmp_path, env)
        (folder / ".report.html.new").mkdir()
        assert_told_without_page(run(tmp_path, env), folder, "the page could not be written, all else is whole")


def test_a_page_that_is_larger_than_a_file_may_be_changes_no_exit_code(tmp_path: Path) -> None:
    prepare(tmp_path, 3, 1)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "RLIMIT_FSIZE", "7000", "check", "rows.csv", "-m", "crm.yaml", "--json"],
        cwd=tmp_path,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("the page could not be written, all else is whole") == 1
    assert not list(tmp_path.rglob("*.html"))


@needs_strace
def test_a_disk_that_is_full_for_the_page_changes_no_exit_code(tmp_path: Path) -> None:
    with Target() as target:
        env = account(target.base_url)
        folder = begin(tmp_path, env)
        done = go_on(tmp_path, env, "write:error=ENOSPC", folder / ".report.html.new", "--seccomp-bpf")
        assert_told_without_page(done, folder, "No space left")


@needs_strace
@pytest.mark.parametrize("number", share([signal.SIGTERM], [signal.SIGINT, signal.SIGHUP]))
def test_a_signal_while_the_page_is_written_leaves_no_half_page_and_the_exit_code(
    number: signal.Signals, tmp_path: Path
) -> None:
    with Target() as target:
        env = account(target.base_url)
        folder = begin(tmp_path, env)
        done = go_on(tmp_path, env, f"fsync:signal={number.name}", folder / ".report.html.new")
        assert_told_without_page(done, folder, f"`importer show {folder.name} --html` makes it")
        assert importer("show", "last", "--html", cwd=tmp_path).code == 0
        assert (folder / "report.html").exists()


def test_a_comparison_whose_page_cant_be_written_ends_as_it_would_have(tmp_path: Path) -> None:
    prepare(tmp_path, 3, 0)
    (tmp_path / "other.csv").write_text((tmp_path / "rows.csv").read_text().replace("Name 1", "Name 9"))
    (tmp_path / "found.html").write_text("mine")
    words = ("reconcile", "rows.csv", "-m", "crm.yaml", "--against", "other.csv", "-o", "found.csv", "--json")
    done = importer(*words, cwd=tmp_path)
    assert (done.code, done.document["files"]["report"]) == (3, None)
    assert done.err.count("found.html is there already") == 1
    assert (tmp_path / "found.html").read_text() == "mine"
