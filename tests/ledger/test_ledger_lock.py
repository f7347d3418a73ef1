"""One run at a time, by a lock that dies with its process."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from importer.errors import LockedError, StateError
from importer.ledger import lock

HOLDER = """
import sys, time
from pathlib import Path
from importer.ledger import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(LockedError, match=f"process {os.getpid()}"), lock(tmp_path):
        pass


def test_a_lock_given_up_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with lock(tmp_path / "state"):
            pass
    assert stat.S_IMODE((tmp_path / "state" / "lock").stat().st_mode) == 0o600


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}"), lock(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with lock(tmp_path):
            pass


def test_a_holder_whose_file_was_removed_or_replaced_is_told(tmp_path: Path) -> None:
    with lock(tmp_path) as first:
        first.check()
        (tmp_path / "lock").unlink()
        with pytest.raises(LockedError, match="was removed"):
            first.check()
        with lock(tmp_path) as second:
            second.check()
            with pytest.raises(LockedError, match="was removed"):
                first.check()


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError), lock(tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()
