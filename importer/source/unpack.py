"""What comes out of a packed file or a pipe: kept in a file without a name as far as it was read.

It is read twice and from any place, which neither gzip nor a pipe allows. The file has no name, so nobody else can open
it and nothing is left of it, however the program ends.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import os
import re
import shutil
import tempfile
import weakref
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import SourceError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.source.original import File, Original

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""How a frame without content begins, as some programs write before the first (RFC 8878, 3.1.2)."""
BLOCK = 1 << 20
RATIO = 200
"""Times its packed size that a file may hold: exports come to 5 to 30, a bomb to a thousand and more."""
HARMLESS = 256 << 20
"""Bytes up to which any ratio is let through."""


def is_packed(first: bytes) -> bool:
    """Tell by its first bytes whether a file is packed as gzip or Zstandard."""
    return first.startswith((GZIP, ZSTD)) or SKIPPED.match(first) is not None


class _Counted(io.RawIOBase):
    """Reads a stream, with `first` put back in front, and counts."""

    def __init__(self, file: BinaryIO, first: bytes = b"") -> None:
        self._file, self._first, self.count = file, first, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        block = self._first[: len(buffer)]
        self._first = self._first[len(block) :]
        block = block or self._file.read(len(buffer))
        buffer[: len(block)] = block
        self.count += len(block)
        return len(block)


class Unpacked:
    """A packed file, or a pipe, packed or not. `file` is None for a pipe; nothing is read before it is asked for."""

    def __init__(self, name: str, file: File | None, stream: BinaryIO, folder: Path) -> None:
        """Read `stream` into a nameless file in `folder`. Raises StateError when there can't be one."""
        self.name, self._source, self._stream = name, file, stream
        first = stream.read(len(ZSTD))
        self._counted = _Counted(stream, first)
        reader, damage = _reader(name, io.BufferedReader(self._counted, BLOCK), first)
        self._reader = reader
        self._damage: tuple[type[Exception], ...] = (EOFError, OSError, zlib.error, *damage)
        self.packed = is_packed(first)
        try:
            self._kept = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with this object
        except OSError as error:
            raise _full(name, error) from None
        self._told = self._filled = 0
        self._whole = False
        weakref.finalize(self, _close, reader, self._kept, stream)

    @property
    def path(self) -> str | None:
        """Where the packed file lies."""
        return self._source.path if self._source else None

    @property
    def size(self) -> int | None:
        """Bytes of the packed file."""
        return self._source.size if self._source else None

    @property
    def plain_size(self) -> int | None:
        """Bytes of what was unpacked, once that is all."""
        return self._filled if self._whole else None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open what was unpacked, as far as that goes; more follows when it is read on."""
        self.check()
        with io.BufferedReader(_View(self), BLOCK) as view:
            yield view
        self.check()

    def check(self) -> None:
        """Raise SourceError when the packed file changed."""
        if self._source is not None:
            self._source.check()

    def taken(self, length: int) -> int:  # noqa: ARG002  # what is unpacked says nothing of what is stored
        """Give how many stored bytes were read since this was asked last."""
        before, self._told = self._told, self._counted.count
        return self._told - before

    def digest(self) -> bytes:
        """Give the SHA-256 of the packed file, or of all that came through the pipe, unpacked."""
        if self._source is not None:
            return self._source.digest()
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # see original.py

    def read_at(self, place: int, length: int) -> bytes:
        """Read what was unpacked, and unpack as far as that needs.

        Raises SourceError when it is damaged, cut or a bomb, StateError when the disk is full.
        """
        while not self._whole and self._filled < place + length:
            self._fill()
        return os.pread(self._kept.fileno(), length, place)

    def _fill(self) -> None:
        try:
            block = self._reader.read(BLOCK)
        except self._damage:
            raise SourceError(
                f"{self.name}: what is packed in it is damaged or cut after about {self._counted.count:,} bytes. "
                "Copy or export it again."
            ) from None
        if not block:
            self._whole = True
            return
        if self.packed and self._filled + len(block) > max(HARMLESS, RATIO * self._counted.count):
            raise SourceError(
                f"{self.name} unpacks to more than {RATIO} times its size, as no export does. If it is meant so, "
                "unpack it yourself and give the file inside."
            )
        try:
            os.pwrite(self._kept.fileno(), block, self._filled)
        except OSError as error:
            raise _full(self.name, error) from None
        self._filled += len(block)


def keep_whole(original: Original, path: Path) -> str:
    """Write all of what came through a pipe to a file of its owner's; give its absolute path.

    Raises StateError when the disk is full.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with original.open() as given, os.fdopen(handle, "wb") as kept:
            shutil.copyfileobj(given, kept, BLOCK)
            kept.flush()
            os.fsync(kept.fileno())
    except OSError as error:
        raise StateError(f"{path} can't be written ({error.strerror}); free some space or mend the rights") from None
    return str(path.absolute())


class _View(io.RawIOBase):
    """A place of its own in what is unpacked."""

    def __init__(self, unpacked: Unpacked) -> None:
        self._unpacked, self._place = unpacked, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset if whence == os.SEEK_SET else self._place + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        block = self._unpacked.read_at(self._place, len(buffer))
        buffer[: len(block)] = block
        self._place += len(block)
        return len(block)


def _reader(name: str, stream: BinaryIO, first: bytes) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    """Give what reads the stream unpacked, and which errors tell that it is damaged."""
    if first.startswith(GZIP):
        return gzip.GzipFile(fileobj=stream), ()  # type: ignore[return-value]  # typeshed does not call it a BinaryIO
    if not is_packed(first):
        return stream, ()
    for module in ("compression.zstd", "backports.zstd"):  # the first is Python's own, from 3.14 on
        try:
            zstd = importlib.import_module(module)
        except ImportError:
            continue
        return zstd.ZstdFile(stream), (zstd.ZstdError,)
    raise SourceError(
        f"{name} is packed as Zstandard, and what reads that is not installed: "
        "`pip install 'masivo-importer[zst]'`, or unpack it."
    )


def _full(name: str, error: OSError) -> StateError:
    return StateError(
        f"{name} can't be unpacked beside the state folder ({error.strerror}); free some space or choose another "
        "folder with --state-dir"
    )


def _close(*files: BinaryIO) -> None:
    for file in files:
        file.close()
