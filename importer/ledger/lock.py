"""One run at a time per ledger, by a lock of the kernel's that dies with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from importer.errors import LockedError, StateError
from importer.ledger.state_dir import make_state_dir, refuse_link


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is held as long as its file is still the one at its path."""

    path: Path
    descriptor: int

    def check(self) -> None:
        """Raise LockedError when the file was removed or replaced: another run may hold the one that is there now."""
        mine = os.fstat(self.descriptor)
        try:
            there = self.path.lstat()
        except OSError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            raise LockedError(
                f"{self.path}: the lock file was removed while this run held it, so another one may have begun. "
                "Nothing more was sent from here. Let the other one end, then run this again; never remove the file."
            )


@contextmanager
def lock(state_dir: Path) -> Iterator[Held]:
    """Hold STATE/lock, making the state folder where it is missing.

    The file stays when the lock is gone; it holds the number of the process that last held it. Raises LockedError when
    another process holds it, StateError when the folder or the file can't be used.
    """
    make_state_dir(state_dir)
    path = state_dir / "lock"
    refuse_link(path)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(f"{path}: the lock can't be opened: {error.strerror}") from None
    try:
        _take(descriptor, path)
        held = Held(path, descriptor)
        # Between opening and locking it may have been removed, and locked anew by another.
        held.check()
        yield held
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise LockedError(
            f"{path}: another run holds this ledger (process {holder or 'unknown'}). "
            "Wait for it to end, or stop it and run this again; it goes on from there."
        ) from None
    except OSError as error:
        raise StateError(f"{path}: can't be locked: {error.strerror}. Is the folder on a network disk?") from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError as error:
        raise StateError(f"{path}: can't be written: {error.strerror}") from None
