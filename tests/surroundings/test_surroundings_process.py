"""Where and how the process was started: closed pipes, no terminal, no home, few files, folders of others."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from program import account, environment, importer
from small_job import WORDS, prepare, run, run_limited, share
from target import Target

from importer.checking import check
from importer.ledger import make_state_dir
from importer.surroundings import Surroundings

ROWS = 60
PROGRAM = [sys.executable, "-m", "importer"]
ROOT = os.geteuid() == 0


def shell(line: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line of sh, in which $IMPORTER is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env={**env, "IMPORTER": " ".join(PROGRAM)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "ends", share(["<&- 2>&-", "| true"], ["<&-", "2>&-", "> /dev/null 2>&1 < /dev/null"]), ids=str
)
def test_closed_streams_change_neither_the_exit_code_nor_what_is_sent(ends: str, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, bad=3)
    with Target() as target:
        line = f"{{ $IMPORTER {' '.join(WORDS)}; echo $? >code; }} {ends}"
        done = shell(line, tmp_path, account(target.base_url))
        assert (tmp_path / "code").read_text() == "3\n"
        assert "Traceback" not in done.stderr
        assert len(target.created) == ROWS - 3
    with (tmp_path / "importer-state" / "ledger.sqlite").open("rb") as file:
        assert file.read(15) == b"SQLite format 3"


@pytest.mark.parametrize("ends", share([">&-"], ["<&- >&- 2>&-", ">&- 2>&-"]), ids=str)
def test_a_closed_stdout_is_told_with_10_and_the_runs_files_are_whole(ends: str, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, bad=3)
    with Target() as target:
        line = f"{{ $IMPORTER {' '.join(WORDS)}; echo $? >code; }} {ends}"
        done = shell(line, tmp_path, account(target.base_url))
        assert (tmp_path / "code").read_text() == "10\n"
        assert "Traceback" not in done.stderr
        assert ("could not be printed" in done.stderr) == ("2>&-" not in ends)
        assert len(target.created) == ROWS - 3
    (summary,) = tmp_path.glob("importer-state/runs/*/run.json")
    assert json.loads(summary.read_text("utf-8"))["created"] == ROWS - 3
    with (tmp_path / "importer-state" / "ledger.sqlite").open("rb") as file:
        assert file.read(15) == b"SQLite format 3"


def test_a_full_stdout_is_told_with_10_and_the_runs_files_are_whole(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        done = shell(f"$IMPORTER {' '.join(WORDS)} >/dev/full; echo $?", tmp_path, account(target.base_url))
        assert (done.stdout, len(target.created)) == ("10\n", ROWS)
        assert "can't be printed" in done.stderr or "could not be printed" in done.stderr
    (summary,) = tmp_path.glob("importer-state/runs/*/run.json")
    assert json.loads(summary.read_text("utf-8"))["created"] == ROWS


@pytest.mark.parametrize(
    "settings",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=["C", "ascii locale", "ascii streams"],
)
def test_any_locale_is_good_enough(settings: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "campaña ñandú"
    folder.mkdir()
    prepare(folder, ROWS, bad=1)
    done = importer("check", "rows.csv", "-m", "crm.yaml", cwd=folder, env=environment(**settings))
    assert (done.code, "59 of 60" in done.out) == (3, True), done.err


def test_without_home_terminal_or_path_the_job_is_the_same(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        kept = {name: value for name, value in account(target.base_url).items() if name.startswith("IMPORTER_")}
        done = importer(*WORDS, cwd=tmp_path, env={**kept, "PATH": "/usr/bin:/bin"})
        assert (done.code, done.states) == (0, {"created": ROWS})
        assert done.err == "importer: reading rows.csv: csv, utf-8, delimiter ','\n"


@pytest.mark.parametrize("program", [True, False], ids=["program", "library"])
def test_under_umask_000_only_the_owner_reads_what_is_written(*, program: bool, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, bad=3)
    state = tmp_path / "deep" / "state"
    before = os.umask(0)
    try:
        if program:
            with Target() as target:
                run(tmp_path, account(target.base_url), "--state-dir", "deep/state")
        else:
            check((str(tmp_path / "rows.csv"),), str(tmp_path / "crm.yaml"), state, Surroundings())
    finally:
        os.umask(before)
    found = [state.parent, state, *state.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in found}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if not path.is_dir()} == {0o600}


def test_with_few_files_concurrency_is_lowered_and_said(tmp_path: Path) -> None:
    prepare(tmp_path, 600)
    with Target(latency=0.02) as target:
        done = run_limited(tmp_path, account(target.base_url), "RLIMIT_NOFILE", 64, "--concurrency", "200")
        assert (done.code, done.states) == (0, {"created": 600}), done.err
        assert "--concurrency is 24 instead of 200" in done.err
        assert target.peak_in_flight <= 24


def test_with_too_few_files_it_ends_with_4_before_anything_is_sent(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        done = run_limited(tmp_path, account(target.base_url), "RLIMIT_NOFILE", 40)
        assert (done.code, target.requests) == (4, [])
        assert "ulimit -n" in done.err


def test_a_state_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for verb in ("run", "check"):
        words = (verb, "rows.csv", "-m", "crm.yaml", "--state-dir", "link")
        done = importer(*words, cwd=tmp_path, env=account("http://127.0.0.1:9"))
        assert (done.code, "importer: " in done.err) == (10, True)
    assert list((tmp_path / "real").iterdir()) == []


def test_a_state_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    done = run(tmp_path, account("http://127.0.0.1:9"), "--state-dir", "open")
    assert (done.code, "chmod 700" in done.err) == (10, True)


@pytest.mark.skipif(not ROOT, reason="only root can give a folder to somebody else")
def test_a_state_folder_of_somebody_else_is_refused() -> None:
    code = "import os, sys; from pathlib import Path; from importer.ledger import make_state_dir\n"
    code += "os.seteuid(23456)\nmake_state_dir(Path(sys.argv[1]))"
    with TemporaryDirectory() as folder:
        theirs = Path(folder) / "theirs"
        theirs.mkdir()
        os.chown(theirs, 12_345, 12_345)
        Path(folder).chmod(0o755)
        done = subprocess.run([sys.executable, "-c", code, theirs], capture_output=True, text=True, check=False)
    assert "StateError" in done.stderr, done.stderr
    assert "another user" in done.stderr


@pytest.mark.parametrize("place", share(["/proc/importer-state"], ["/dev/null/state", "rows.csv"]))
def test_a_state_folder_that_can_not_be_written_is_refused_before_anything_is_sent(place: str, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        for verb in ("run", "check"):
            words = [verb, "rows.csv", "-m", "crm.yaml", "--state-dir", place]
            done = importer(
                *words, *(["--new-ledger"] if verb == "run" else []), cwd=tmp_path, env=account(target.base_url)
            )
            assert done.code in (2, 10), done.err
            assert "bug" not in done.err
        assert target.requests == []


@pytest.mark.skipif(not ROOT or shutil.which("mount") is None, reason="only root can mount a read-only folder")
def test_a_read_only_state_folder_is_told_with_10(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        assert run(tmp_path, env, "--limit", "10").code == 7
        state = tmp_path / "importer-state"
        mounted = subprocess.run(["mount", "--bind", state, state], check=False, capture_output=True)
        if mounted.returncode:
            pytest.skip("this machine does not let us mount")
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", state], check=True)
            done = run(tmp_path, env)
            assert (done.code, len(target.created)) == (10, 10)
            assert "bug" not in done.err
        finally:
            subprocess.run(["umount", state], check=True)
        assert run(tmp_path, env).states == {"created": ROWS}


def test_planted_links_in_the_state_folder_are_not_followed(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("lock", "ledger.sqlite.new"):
        state = tmp_path / f"state-{name}"
        make_state_dir(state)
        (state / name).symlink_to(victim)
        with Target() as target:
            done = run(tmp_path, account(target.base_url), "--state-dir", str(state))
            assert done.code in (0, 10)
            assert (done.code == 0) == (name == "ledger.sqlite.new"), done.err
        assert victim.read_text() == "mine"


def test_a_name_that_does_not_resolve_ends_with_7_and_nothing_sent(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    env = account("https://nobody.invalid/api", IMPORTER_MAX_WAIT="0.5")
    done = run(tmp_path, env)
    assert (done.code, done.states, done.document["requests"]) == (7, {"unsent": ROWS}, 0)


def test_proxies_of_crons_environment_are_not_asked(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with socket.socket() as nobody, Target() as target:
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        env = account(target.base_url, HTTP_PROXY=proxy, http_proxy=proxy, ALL_PROXY=proxy)
        assert run(tmp_path, env).states == {"created": ROWS}


def test_a_file_whose_name_is_no_text_is_told_and_is_no_bug(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    name = os.fsdecode(b"caf\xe9.csv")
    (tmp_path / "rows.csv").rename(tmp_path / name)
    done = importer("check", name, "-m", "crm.yaml", "--json", cwd=tmp_path)
    assert (done.code, "UTF-8" in done.err) == (5, True), done.err
