"""The footer of a Parquet file, looked at before the file is read, since it tells a cut file or a bomb.

A footer is a Thrift structure in the compact protocol; of it only the row groups' counts are read (the field numbers
stand in parquet.thrift of the Apache Parquet format: FileMetaData 3 and 4, RowGroup 2 and 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SourceError

if TYPE_CHECKING:
    from importer.source.original import File

MAGIC, ENCRYPTED = b"PAR1", b"PARE"
FRAME = 12
"""Bytes of a file around its footer: the mark at both ends and the footer's length."""
RATIO, HARMLESS = 200, 256 << 20
"""As with packed files: times its size that a file may unpack to, and bytes up to which any ratio is let through."""
HARMLESS_ROWS = 10_000_000
LARGEST_GROUP = 4 << 30
"""Bytes of a row group, of which a whole column at a time is held in memory."""

_STOP, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 3, 7, 8, 9, 10, 11, 12
_NUMBERS = (4, 5, 6)
_BOOLEANS = (1, 2)
_LONG = 15
"""A short list's count stands in its first byte; this says that it follows."""


def check_footer(original: File) -> None:
    """Raise SourceError when a Parquet file is cut, damaged, encrypted, or declares far too much for its size."""
    name, size = original.name, original.size
    with original.open() as file:
        begins = file.read(len(MAGIC))
        file.seek(max(size - 8, 0))
        length, ends = int.from_bytes(file.read(4), "little"), file.read(4)
        if ENCRYPTED in (begins, ends):
            raise SourceError(f"{name} is an encrypted Parquet file. Export it again without encryption.")
        if begins != MAGIC:
            raise SourceError(f"{name}: it is no whole Parquet file, whatever its name says. Export it again.")
        if ends != MAGIC or length > size - FRAME:
            raise SourceError(f"{name}: the end of this Parquet file is cut or damaged. Copy or export it again.")
        file.seek(size - 8 - length)
        footer = file.read(length)
    try:
        rows, groups = _Compact(footer).file_counts()
    except (IndexError, ValueError, RecursionError):
        raise SourceError(f"{name}: the footer of this Parquet file is damaged. Copy or export it again.") from None
    if sum(groups) > max(HARMLESS, RATIO * size) or rows > max(HARMLESS_ROWS, RATIO * size):
        raise SourceError(
            f"{name} declares {rows:,} rows in {sum(groups):,} bytes, more than {RATIO} times its size, as no export "
            "does. If it is meant so, save it as CSV and give that."
        )
    if max(groups, default=0) > LARGEST_GROUP:
        raise SourceError(
            f"{name} has a row group of {max(groups):,} bytes, more than can be read in little memory "
            f"({LARGEST_GROUP:,}). Export it with smaller row groups, such as 100,000 rows."
        )


@dataclass(slots=True)
class _Compact:
    """Reads the compact protocol from its beginning. A wrong byte ends in IndexError or ValueError."""

    data: bytes
    at: int = 0

    def file_counts(self) -> tuple[int, list[int]]:
        """Give the rows, and the bytes of each row group before compression."""
        rows, groups, last = 0, [], 0
        while (found := self._field(last)) is not None:
            last, kind = found
            if (last, kind) == (3, 6):
                rows = self._number()
            elif (last, kind) == (4, _LIST):
                count, _ = self._list_head()
                groups = [self._group_bytes() for _ in range(count)]
            else:
                self._skip(kind)
        if min((rows, *groups), default=0) < 0:
            raise ValueError
        return rows, groups

    def _group_bytes(self) -> int:
        total, last = 0, 0
        while (found := self._field(last)) is not None:
            last, kind = found
            if (last, kind) == (2, 6):
                total = self._number()
            else:
                self._skip(kind)
        return total

    def _field(self, last: int) -> tuple[int, int] | None:
        """Give the next field's number and type, None at the end of the structure."""
        byte = self._byte()
        if byte == _STOP:
            return None
        return (last + (byte >> 4) if byte >> 4 else self._number()), byte & 0x0F

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _size(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        value |= byte << shift
        return value

    def _number(self) -> int:
        value = self._size()
        return (value >> 1) ^ -(value & 1)

    def _list_head(self) -> tuple[int, int]:
        byte = self._byte()
        count = byte >> 4 if byte >> 4 != _LONG else self._size()
        if count > len(self.data):
            raise ValueError
        return count, byte & 0x0F

    def _skip(self, kind: int) -> None:
        if kind == _STRUCT:
            last = 0
            while (found := self._field(last)) is not None:
                last, inner = found
                self._skip(inner)
        elif kind in (_LIST, _SET):
            count, inner = self._list_head()
            for _ in range(count):
                self._skip(_BYTE if inner in _BOOLEANS else inner)
        elif kind in _NUMBERS:
            self._size()
        elif kind not in _BOOLEANS:
            length = self._size() if kind == _BINARY else {_BYTE: 1, _DOUBLE: 8}.get(kind, len(self.data))
            self.at += length
