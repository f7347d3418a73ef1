"""The high-water mark: how far the ledger came, kept in a file beside it, so that an older ledger is told apart.

Every transaction adds one to a counter in the ledger. When it is durable, and before anybody is told so, the same
number is written to `ledger.mark`. So at every moment, whatever stops the program:

* **mark <= ledger.** A kill between the two leaves the mark one behind, a power cut some more, since the mark is not
  synced (a sync a commit would double what recording costs). A ledger ahead of its mark is sound and opens.
* **No request leaves before its intent is in the mark**, as the kernel sees it. So a ledger behind its mark has lost
  something that may have been sent: its log was cut or deleted, or an older copy was put back. It is refused.

Under that line it names every run that ever began to send. So it is seen when an older ledger knows nothing of one and
its folder is gone too.

Not told apart: what is lost by a power cut and by a disk that broke its promise to sync in the same moment, as far as
the mark was not on the disk either; and the whole folder put back from a copy, mark and all.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from zlib import crc32

from importer.errors import StateError
from importer.ledger.state_dir import refuse_link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINE = re.compile(rb"importer ledger ([0-9a-f]{32}) ([0-9]{20}) ([0-9a-f]{8})\n")
SENDERS = b"runs that sent\n"
SENDER = re.compile(rb"(.+) ([0-9a-f]{8})\n")
AGAIN = (
    "Put ledger.sqlite, ledger.sqlite-wal and ledger.mark back together, as they last were. If they are gone, "
    "`importer resolve RUN --older-ledger` with an export of the target holds back every create that may have been "
    "sent, and settles what it can."
)


@dataclass(frozen=True, slots=True)
class Height:
    """How far a ledger came."""

    ledger: str
    """A random name that it got when it was made, 32 hexadecimal digits."""
    commits: int
    """Transactions since."""


class Mark:
    """The open file of a ledger's mark."""

    def __init__(self, path: Path, descriptor: int, ledger: str) -> None:
        self._path = path
        self._descriptor = descriptor
        self._ledger = ledger

    @classmethod
    def open(cls, path: Path, ledger: str) -> Self:
        """Open the mark of that ledger. Raises StateError."""
        refuse_link(path)
        try:
            return cls(path, os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC), ledger)
        except OSError as error:
            raise _told(path, error) from None

    def write(self, commits: int) -> None:
        """Say that so many transactions are durable. Not synced: see above. Raises StateError."""
        try:
            os.pwrite(self._descriptor, _line(Height(self._ledger, commits)), 0)
        except OSError as error:
            raise _told(self._path, error) from None

    def name_sender(self, run_id: str) -> None:
        """Say, durably, that a run begins to send. Raises StateError."""
        senders = read_senders(self._path)
        if senders is None or run_id in senders:
            return
        try:
            # What a power cut left half written behind the last whole line is written over.
            end = len(_line(Height(self._ledger, 0)) + _named(senders))
            os.ftruncate(self._descriptor, end)
            os.pwrite(self._descriptor, _sender(run_id), end)
            os.fsync(self._descriptor)
        except OSError as error:
            raise _told(self._path, error) from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def mark_of(ledger: Path) -> Path:
    """Give where the mark of a ledger lies."""
    return ledger.with_name("ledger.mark")


def read_mark(path: Path) -> Height | None:
    """Give what the mark says, None where there is none. Raises StateError when it can't be read or is damaged."""
    read = _read(path)
    return read and read[0]


def read_senders(path: Path) -> tuple[str, ...] | None:
    """Give the ids of all runs that began to send, in that order; None where nobody knows. Raises StateError."""
    read = _read(path)
    return read and read[1]


def _read(path: Path) -> tuple[Height, tuple[str, ...] | None] | None:
    refuse_link(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _told(path, error) from None
    first, *lines = content.splitlines(keepends=True) or [b""]
    found = LINE.fullmatch(first)
    senders = _read_senders(lines)
    if found is None or int(found[3], 16) != crc32(found[1] + found[2]) or isinstance(senders, bytes):
        raise StateError(f"{path}: is damaged, so nobody can tell whether the ledger beside it is the newest. {AGAIN}")
    return Height(found[1].decode(), int(found[2])), senders


def _read_senders(lines: list[bytes]) -> tuple[str, ...] | bytes | None:
    """Give the runs named in a mark's further lines, None where there are none, or the line that is damaged."""
    if not lines:
        return None
    # The last one may have been cut off by a power cut; then nothing of its run was sent.
    whole = [line for line in lines if line.endswith(b"\n")]
    runs = []
    for number, line in enumerate(whole):
        told = SENDER.fullmatch(line)
        if number and told and int(told[2], 16) == crc32(told[1]):
            runs.append(told[1].decode())
        elif number or line != SENDERS:
            return line
    return tuple(runs) if whole else None


def make_mark(path: Path, height: Height, senders: Sequence[str] | None = None) -> None:
    """Put a mark in its place, whole and durable (0600), whatever was there. Raises StateError.

    `senders` are the ids of all runs that ever sent; None where nobody knows them.
    """
    aside = path.with_name(f"{path.name}.new")
    try:
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_line(height) + (b"" if senders is None else _named(senders)))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise _told(path, error) from None


def check_mark(path: Path, mark: Height | None, found: Height | None) -> None:
    """Raise StateError when the ledger at `path` is not the one its mark speaks of, or has lost what that one held.

    `found` is None for a ledger from before there were marks. Nothing was ever recorded where both stand at 0.
    """
    commits, needed = found.commits if found else 0, mark.commits if mark else 0
    if not commits and not needed:
        return
    where = mark_of(path)
    if mark is None:
        raise StateError(
            f"{where}: is missing, so nobody can tell whether the ledger beside it is the newest or an older copy, "
            f"which would create customers again. {AGAIN}"
        )
    if commits < needed:
        raise StateError(
            f"{path}: has lost records: it holds {commits:,} transactions, and {needed:,} were made. Its log (-wal) "
            "was damaged or taken away, or an older copy was put back. Any create that a run in the state folder "
            f"planned and that this ledger does not know may have been sent. {AGAIN}"
        )
    if found is None or mark.ledger != found.ledger:
        raise StateError(f"{path}: is not the ledger that {where.name} beside it speaks of. {AGAIN}")


def refuse_loss(path: Path) -> None:
    """Raise StateError when a mark says that there was a ledger at `path`, where there is none."""
    mark = read_mark(mark_of(path))
    if mark is not None and mark.commits:
        raise StateError(
            f"{path}: the ledger is gone; {mark_of(path).name} beside it says that there was one, and a new one would "
            "create every customer again. Put the ledger back. Where nothing was ever sent for real, give another "
            "--state-dir."
        )


def _line(height: Height) -> bytes:
    said = f"{height.commits:020}"
    told = crc32(f"{height.ledger}{said}".encode())
    return f"importer ledger {height.ledger} {said} {told:08x}\n".encode()


def _named(senders: Sequence[str]) -> bytes:
    return SENDERS + b"".join(_sender(run_id) for run_id in senders)


def _sender(run_id: str) -> bytes:
    return f"{run_id} {crc32(run_id.encode()):08x}\n".encode()


def _told(path: Path, error: OSError) -> StateError:
    return StateError(
        f"{path}: can't be read or written: {error.strerror}. Mend its rights or make room, and run again."
    )
