"""The file itself: opened with errors people understand, and watched for changes while it is read."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from importer.errors import NoInputError, SourceError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Original(Protocol):
    """What a source is read from: a file, or what comes out of a packed one or a pipe."""

    @property
    def name(self) -> str:
        """What it is called in the run's files and in errors."""

    @property
    def path(self) -> str | None:
        """Where it lies, so that it can be opened again; None for a pipe."""

    @property
    def size(self) -> int | None:
        """Bytes as stored, for progress; None where nobody knows."""

    @property
    def plain_size(self) -> int | None:
        """Bytes of what `open` gives; None as long as nobody knows."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Open it for reading from its beginning, unpacked; it must be what it was, now and when it is closed."""

    def check(self) -> None:
        """Raise SourceError when it is no longer what was opened first."""

    def taken(self, length: int) -> int:
        """Give how many stored bytes it took to read the next `length` bytes, for progress."""

    def digest(self) -> bytes:
        """Give the SHA-256 of it as it is stored."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was when it was first looked at."""

    name: str
    stamp: tuple[int, int, int]

    @property
    def path(self) -> str:
        """Where it lies: its name."""
        return self.name

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.stamp[0]

    @property
    def plain_size(self) -> int:
        """Its size in bytes."""
        return self.stamp[0]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it for reading. Raises SourceError when it changed or can't be read."""
        try:
            with Path(self.name).open("rb") as file:
                self.check()
                yield file
                self.check()
        except OSError as error:
            raise SourceError(f"{self.name} can't be read: {error.strerror}.") from None

    def check(self) -> None:
        """Raise SourceError when the file is no longer the one that was opened first."""
        try:
            stamp = _stamp(Path(self.name).stat())
        except OSError:
            stamp = None
        if stamp != self.stamp:
            raise SourceError(f"{self.name} changed while it was read. Wait until it is complete, then run again.")

    def taken(self, length: int) -> int:
        """Give `length`: the file is stored as it is read."""
        return length

    def digest(self) -> bytes:
        """Give its SHA-256."""
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # typeshed asks for readinto, which every binary file has


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def look_at(name: str) -> File:
    """Give the file of that name as it is now.

    Raises NoInputError when there is none or it is empty, SourceError when it is no file.
    """
    try:
        status = Path(name).stat()
    except FileNotFoundError:
        raise NoInputError(f"{name} does not exist. Check the path; it is relative to the current folder.") from None
    except OSError as error:
        raise SourceError(f"{name} can't be read: {error.strerror}.") from None
    if not Path(name).is_file():
        raise SourceError(f"{name} is not a file.")
    if status.st_size == 0:
        raise NoInputError(f"{name} is empty: not even a header.")
    return File(name, _stamp(status))
