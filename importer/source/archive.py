"""What the parts of a zip archive really unpack to, counted before anything else reads them.

A directory of an archive says how large each part is; a bomb says less than is true, and who trusts it holds it all.
The fields stand in APPNOTE.TXT of the zip format, 4.3.7 (the header before each part).
"""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

BLOCK = 1 << 20
_HEADER, _NAME, _EXTRA = 30, slice(26, 28), slice(28, 30)
_RAW = -15
"""Deflate without a frame of its own."""


def check_sizes(file: BinaryIO, members: list[zipfile.ZipInfo]) -> None:
    """Raise BadZipFile when a part holds more or less than the directory says, zlib.error when it is damaged."""
    for member in members:
        file.seek(member.header_offset)
        header = file.read(_HEADER)
        lengths = int.from_bytes(header[_NAME], "little") + int.from_bytes(header[_EXTRA], "little")
        file.seek(lengths, 1)
        packed = member.compress_type == zipfile.ZIP_DEFLATED
        held = _count_unpacked(file, member) if packed else member.compress_size
        if held != member.file_size:
            raise zipfile.BadZipFile


def _count_unpacked(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Give how many bytes a part unpacks to, or a number beyond what is said as soon as it is more."""
    unpacker, left, count = zlib.decompressobj(_RAW), member.compress_size, 0
    while not unpacker.eof and count <= member.file_size:
        block = unpacker.unconsumed_tail
        if not block:
            block = file.read(min(BLOCK, left))
            left -= len(block)
            if not block:
                break
        count += len(unpacker.decompress(block, BLOCK))
    return count
