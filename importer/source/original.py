"""The file itself: opened with errors people understand, and watched for changes while it is read."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import NoInputError, SourceError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from io import BufferedReader

PACKED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip (or an Excel workbook)",
}


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was when it was first looked at."""

    name: str
    stamp: tuple[int, int, int]

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.stamp[0]

    @contextmanager
    def open(self) -> Iterator[BufferedReader]:
        """Open it for reading; it must be the file it was, now and when it is closed.

        Raises SourceError when it changed or can't be read.
        """
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


def look_at(name: str) -> Original:
    """Give the file of that name as it is now.

    Raises NoInputError when there is none or it is empty, SourceError when it is no file, or is packed.
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
    original = Original(name, _stamp(status))
    with original.open() as file:
        magic = file.read(8)
    for mark, kind in PACKED.items():
        if magic.startswith(mark):
            raise SourceError(f"{name} is packed as {kind}. Unpack it (or save it as CSV) and give the file inside.")
    return original
