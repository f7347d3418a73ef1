"""From a file's bytes to UTF-8, strictly: a byte that means nothing stops the source, and is never replaced."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import SourceError

if TYPE_CHECKING:
    from importer.source.original import Original

BLOCK = 1 << 20
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
# What a byte means there depends on those before it, or they are no encodings of text.
STATEFUL = ("utf-7", "hz", "iso2022", "idna", "punycode", "unicode", "raw", "undefined")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes mean text."""

    name: str
    start: int = 0
    """Bytes of the byte-order mark."""

    @property
    def width(self) -> int:
        """Bytes of a line end: 1, or 2 and 4 in UTF-16 and UTF-32."""
        return len("\n".encode(self.name))

    def after_line(self, raw: bytes, eol: str, start: int) -> int:
        """Give where the line that begins at `start` ends, its line end included; the end of `raw` when it has none."""
        mark = eol.encode(self.name)
        found = raw.find(mark, start)
        while found % self.width and found >= 0:  # half of one character and half of the next
            found = raw.find(mark, found + 1)
        return len(raw) if found < 0 else found + self.width

    def before(self, raw: bytes, eol: str, end: int) -> int:
        """Give where the last line end that lies wholly before `end` ends; 0 when there is none."""
        mark = eol.encode(self.name)
        found = raw.rfind(mark, 0, end)
        while found % self.width and found >= 0:
            found = raw.rfind(mark, 0, found + self.width - 1)
        return max(found + self.width, 0) if found >= 0 else 0

    def decode(self, raw: bytes, where: Place) -> bytes:
        """Give `raw` as UTF-8; what is UTF-8 already is passed on as it is, for the CSV parser checks it (`check`).

        Raises SourceError that names the first byte that means nothing.
        """
        ascii_based = self.width == 1 and _ASCII.decode(self.name) == _ASCII.decode("ascii")
        return raw if self.name == "utf-8" or (ascii_based and raw.isascii()) else self.check(raw, where)

    def check(self, raw: bytes, where: Place) -> bytes:
        """Decode strictly to UTF-8. Raises SourceError that names the first byte that means nothing."""
        try:
            return raw.decode(self.name).encode("utf-8")
        except UnicodeDecodeError as error:
            line = where.line + raw.count(where.eol.encode(self.name), 0, error.start)
            raise SourceError(
                f"{where.name}: byte {where.offset + error.start} (line {line}) is not {self.name} text. "
                "Say the encoding in the mapping (`source: {encoding: cp1252}`), or save the file as UTF-8."
            ) from None
        except UnicodeEncodeError:
            raise SourceError(
                f"{where.name}: from line {where.line} on it is not text in {self.name}. Save it as UTF-8."
            ) from None


_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file some bytes begin, for errors."""

    name: str
    offset: int
    line: int
    eol: str = "\n"


def find_encoding(original: Original, declared: str | None) -> Encoding:
    """Give the declared encoding, or the one the file shows.

    A byte-order mark decides; else the first block of the file that is not plain ASCII: UTF-8 when more of its letters
    are valid UTF-8 than not (a bad byte is then named, not read as cp1252 with all others), else cp1252. Raises
    SourceError for a name that is no encoding of text.
    """
    with original.open() as file:
        head = file.read(4)
        mark = next((mark for mark in BOMS if head.startswith(mark)), b"")
        if declared is not None:
            name = _known(original.name, declared)
            same = mark and name in (BOMS[mark], BOMS[mark][:6])
            return Encoding(BOMS[mark], len(mark)) if same else Encoding(UNMARKED.get(name, name))
        if mark:
            return Encoding(BOMS[mark], len(mark))
        file.seek(0)
        return Encoding("utf-8" if _looks_like_utf8(file) else "cp1252")


def _known(path: str, declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
        "\n".encode(name)  # tells encodings of text from other codecs
    except (LookupError, ValueError):
        name = "undefined"
    if name.startswith(STATEFUL):
        raise SourceError(f"{path}: `{declared}` is not an encoding that can be read. Try utf-8, cp1252 or latin-1.")
    return "utf-8" if name == "utf-8-sig" else name


def _looks_like_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while block := file.read(BLOCK):
        if not block.isascii():
            text = decoder.decode(block)
            valid = text.encode("utf-8", "ignore").decode()  # without what stands for bad bytes
            return len(valid) - len(valid.encode("ascii", "ignore")) > len(text) - len(valid)
    return True
