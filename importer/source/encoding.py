"""From a file's bytes to UTF-8, strictly: a byte that means nothing stops the source, and is never replaced."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache

from importer.errors import SourceError
from importer.source.mojibake import find_utf8_letter

# What a byte means there depends on those before it, or they are no encodings of text.
STATEFUL = ("utf-7", "hz", "iso2022", "idna", "punycode", "unicode", "raw", "undefined")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes mean text."""

    name: str
    start: int = 0
    """Bytes of the byte-order mark."""
    detected: bool = False
    """Whether the file showed it; else the mapping says it."""
    doubt: str = ""
    """What speaks against it, where that is too little to refuse the file."""

    @property
    def width(self) -> int:
        """Bytes of a line end: 1, or 2 and 4 in UTF-16 and UTF-32."""
        return _width(self.name)

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

    def reach(self, raw: bytes, eol: str, lines: int) -> int:
        """Give how many bytes the first `lines` lines of `raw` take, line ends included; all when it has fewer."""
        rest = raw.decode(self.name).split(eol, lines)[lines:]
        return len(raw) - sum(len(text.encode(self.name)) for text in rest)

    def decode(self, raw: bytes, where: Place) -> bytes:
        """Give `raw` as UTF-8; what is UTF-8 already is passed on as it is, for the CSV parser checks it (`check`).

        Raises SourceError that names the first byte that means nothing.
        """
        ascii_based = self.width == 1 and _ASCII.decode(self.name) == _ASCII.decode("ascii")
        return raw if self.name == "utf-8" or (ascii_based and raw.isascii()) else self.check(raw, where)

    def check(self, raw: bytes, where: Place) -> bytes:
        """Decode strictly to UTF-8.

        Raises SourceError that names the first byte that means nothing, or the first letter that is UTF-8 already.
        """
        if (found := find_utf8_letter(raw, self.name)) is not None:
            raise two_encodings(where, found, raw.count(where.eol.encode(), 0, found), self)
        try:
            return raw.decode(self.name).encode("utf-8")
        except UnicodeDecodeError as error:
            line = where.line + raw.count(where.eol.encode(self.name), 0, error.start)
            raise bad_byte(where.name, where.offset + error.start, line, self) from None
        except UnicodeEncodeError:
            raise SourceError(
                f"{where.name}: from line {where.line} on it is not text in {self.name}. Save it as UTF-8."
            ) from None


_ASCII = bytes(range(128))


@cache
def _width(name: str) -> int:
    return len("\n".encode(name))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file some bytes begin, for errors."""

    name: str
    offset: int
    line: int
    eol: str = "\n"


def known_encoding(path: str, declared: str) -> str:
    """Give the codec of that name. Raises SourceError for a name that is no encoding of text."""
    try:
        name = codecs.lookup(declared).name
        "\n".encode(name)  # tells encodings of text from other codecs
    except (LookupError, ValueError):
        name = "undefined"
    if name.startswith(STATEFUL):
        raise SourceError(f"{path}: `{declared}` is not an encoding that can be read. Try utf-8, cp1252 or latin-1.")
    return "utf-8" if name == "utf-8-sig" else name


def bad_byte(name: str, offset: int, line: int, encoding: Encoding) -> SourceError:
    """Say which byte of a file is no text, and how to mend it."""
    other = "cp1252" if encoding.name != "cp1252" else "cp850"
    why = "as the rest of the file shows" if encoding.detected else "as the mapping says"
    return SourceError(
        f"{name}: byte {offset} (line {line}) is not {encoding.name} text, {why}. If the whole file is another, say it "
        f"in the mapping (`source: {{encoding: {other}}}`); if only this line is damaged, mend it and save as UTF-8."
    )


def two_encodings(where: Place, offset: int, lines: int, encoding: Encoding) -> SourceError:
    """Say where in a file of one encoding a letter of another stands, `offset` and `lines` beyond `where`."""
    why = "as the rest of the file shows" if encoding.detected else "as the mapping says"
    return SourceError(
        f"{where.name}: byte {where.offset + offset} (line {where.line + lines}) begins a letter in utf-8; the file "
        f"is read as {encoding.name}, {why}: it seems put together from both, and letters would be changed. Save each "
        "part as UTF-8 before they are put together, or mend these lines."
    )
