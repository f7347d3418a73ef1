"""Which encoding a file shows, from samples of it; where two fit alike nothing is guessed.

A byte-order mark decides. Without one: zeros at every other byte are UTF-16; letters that are valid UTF-8 are UTF-8;
else each of the single-byte encodings is asked what Spanish, Portuguese and their neighbours it would make of the
bytes. Latin-1 is not asked: text in it reads the same as cp1252, which only adds signs where Latin-1 has controls.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from importer.errors import SourceError
from importer.source.code_pages import CENTRAL, doubt, is_central
from importer.source.encoding import Encoding, known_encoding
from importer.source.mojibake import (
    are_lone_letters,
    refuse_declared_over_letters,
    refuse_declared_over_mark,
    refuse_other_scripts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.source.original import Original

BLOCK = 1 << 20
END = 1 << 18
WINDOWS = 14
WINDOW = 1 << 16
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
UNMARKED = {"utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
SINGLE = ("cp1252", "cp850", "mac-roman")
PLACES = 5_000
"""Different places of bytes beyond ASCII, each with its neighbours, that are weighed at most."""
BALANCED = 0.6
"""From this share of the best score on, the second best is as likely."""
THIN = 7
"""Below it, two letters that are certain, a rare encoding is not believed where another makes sense too."""
DOUBTFUL = 0.25
"""From this share of valid UTF-8 among the letters on, a file with bad ones may be UTF-8 with damage."""

_BEYOND = re.compile(rb"[\x80-\xff]+")
_CORE = frozenset("áéíóúüñçãõâêôà")
_OTHER = frozenset("äöëïîûèìòùåøæßœýÿ")
_NEVER_FIRST = frozenset("üçãõâêôà")
_OPENING = frozenset("“\u2018«¿¡„\u2039")
_CLOSING = frozenset("”\u2019»…\u203a")
_ORDINAL, _DASH, _SIGN = frozenset("ºª°"), frozenset("\u2013—"), frozenset("®™©·•¢£½¼¾²³§\xa0")


def find_encoding(original: Original, declared: str | None, *, usual: str | None = None) -> Encoding:
    """Give the declared encoding, or the one the file shows; `usual` is taken where no letter speaks for another.

    Latin-1 that is declared is read as cp1252. Raises SourceError for a name that is no encoding of text, where the
    evidence is balanced, and where a byte-order mark or all letters say another encoding than is declared.
    """
    with original.open() as file:
        head = file.read(BLOCK)
    mark = next((mark for mark in BOMS if head.startswith(mark)), b"")
    if declared is not None:
        name = known_encoding(original.name, declared)
        if mark and name in (BOMS[mark], BOMS[mark][:6]):
            return Encoding(BOMS[mark], len(mark))
        if mark:
            raise refuse_declared_over_mark(original.name, declared, BOMS[mark])
        if not name.startswith("utf"):
            refuse_declared_over_letters(original.name, declared, list(_samples(original)))
        if name == "iso8859-1":  # what says so mostly means the same with signs where it has controls
            name = "cp1252"
        return Encoding((_utf16(head) or "utf-16-le") if name == "utf-16" else UNMARKED.get(name, name))
    if mark:
        return Encoding(BOMS[mark], len(mark), detected=True)
    if wide := _utf16(head):
        return Encoding(wide, detected=True)
    return _weigh(original, usual)


def _utf16(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: Latin letters have a zero for their other half."""
    pairs = len(head) // 2
    first, second = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if max(first, second) * 2 > pairs > 1 and min(first, second) * 20 < max(first, second):
        return "utf-16-le" if second > first else "utf-16-be"
    return None


def _weigh(original: Original, usual: str | None) -> Encoding:
    samples = list(_samples(original))
    valid, bad = _count_utf8(samples)
    lone = not bad and are_lone_letters(samples)
    if (not bad or valid > bad) and not lone:  # a bad byte is then named, not read as cp1252 with all others
        return Encoding("utf-8", detected=True)
    places = sorted({place for sample in samples for place in _places(sample)})[:PLACES]
    worths = {name: _worths(name, places) for name in SINGLE}
    scores = {name: sum(found) for name, found in worths.items()}
    no_other = "utf-8" if lone else usual
    if no_other is not None and max(scores.values()) <= 0:
        return Encoding(no_other, detected=True)
    likely = _likely(scores)
    first = likely[0]
    usable = [worth for worth in worths["cp1252"] if worth]
    if "cp1252" not in likely and usable and min(usable) > 0:  # by far the most usual, and nothing speaks against it
        likely.append("cp1252")
    if likely == ["cp1252"] and is_central(places):
        likely.append(CENTRAL)
    if lone:
        likely = ["utf-8", first]
    elif usual is None and len(likely) == 1:
        refuse_other_scripts(original.name, first, places, worths[first])
    if not lone and valid >= DOUBTFUL * (valid + bad):
        likely = ["utf-8 with damaged bytes", *likely]
    if usual is not None and likely != [usual]:
        raise SourceError(
            f"{original.name}: its letters beyond ASCII are not UTF-8, and fit {' and '.join(likely)}. "
            'Save it again as "CSV UTF-8": a wrong guess would change them.'
        )
    if len(likely) > 1:
        raise SourceError(
            f"{original.name}: its letters beyond ASCII fit {' and '.join(likely)} alike, and a wrong guess would "
            f"change them. Say which it is in the mapping (`source: {{encoding: {first}}}`), or save it as UTF-8."
        )
    return Encoding(first, detected=True, doubt=doubt(places) if likely == ["cp1252"] else "")


def _likely(scores: dict[str, int]) -> list[str]:
    """Give the encodings that may be meant, the likeliest first; more than one where the evidence is balanced."""
    first, second = sorted(scores, key=lambda name: -scores[name])[:2]
    if scores[first] <= 0:
        return [first, *(name for name in SINGLE if name != first)]
    thin = first != SINGLE[0] and scores[first] < THIN and scores[second] > 0
    return [first, second] if thin or scores[second] >= BALANCED * max(scores[first], 1) else [first]


def _samples(original: Original) -> Iterator[bytes]:
    """Give both ends and some of the middle; where that is ASCII, the first block of the file that is not."""
    found = False
    with original.open() as file:
        size = original.plain_size
        if size is not None and size > 2 * BLOCK:
            step = (size - END) // WINDOWS
            places = [(0, END), *((END + number * step, WINDOW) for number in range(WINDOWS)), (size - END, END)]
            for place, length in places:
                file.seek(place)
                block = file.read(length)
                if not block.isascii():
                    found = True
                    yield _whole_characters(block) if place else block
            file.seek(0)
        while not found and (block := file.read(BLOCK)):
            if not block.isascii():
                found = True
                yield _whole_characters(block)


def _whole_characters(block: bytes) -> bytes:
    """Leave out what may be the rest of a UTF-8 character that began before."""
    begun = next((at for at, byte in enumerate(block[:4]) if byte & 0xC0 != 0x80), 0)  # noqa: PLR2004  # 10xxxxxx
    return block[begun:]


def _count_utf8(samples: list[bytes]) -> tuple[int, int]:
    """Count the letters beyond ASCII that are valid UTF-8, and the bytes that are not."""
    valid = bad = 0
    for sample in samples:
        # What a sample cuts off at its end is not told as bad.
        text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample)
        sound = text.encode("utf-8", "ignore")  # without what stands for bad bytes
        bad += len(text) - len(sound.decode())
        valid += len(sound.decode()) - len(sound.decode().encode("ascii", "ignore"))
    return valid, bad


def _places(sample: bytes) -> Iterator[bytes]:
    """Give bytes beyond ASCII with one byte on either side; a blank where there is none."""
    framed = b" " + sample + b" "
    for found in _BEYOND.finditer(framed):
        yield framed[found.start() - 1 : found.end() + 1]


def _worths(name: str, places: list[bytes]) -> list[int]:
    """Say of each place how far it looks like text."""
    found = []
    for place in places:
        text = place.decode(name, "replace")
        marks = [at for at in range(1, len(text) - 1) if not text[at].isascii()]
        found.append(sum(_worth(text[at], text[at - 1], text[at + 1]) for at in marks))
    return found


def _worth(letter: str, before: str, after: str) -> int:
    """Say how far a character between two others looks like text, from 3 to -10."""
    if letter.lower() in _CORE or letter.lower() in _OTHER:
        return _letter_worth(letter, before, after)
    for signs, worth in _SIGNS:
        if letter in signs:
            return worth(before, after)
    if letter == "\ufffd":
        return -10
    return -1 if letter.isalpha() else -3


_SIGNS: tuple[tuple[frozenset[str], Callable[[str, str], int]], ...] = (
    (_OPENING, lambda before, after: 2 if not before.isalnum() and (after.isalnum() or after in _OPENING) else -1),
    (_CLOSING, lambda before, _: 2 if before.isalnum() or before in ".,!?)" else -1),
    (_ORDINAL, lambda before, after: 2 if before.isalnum() and not after.isalpha() else -1),
    (_DASH, lambda before, after: 1 if before.isalnum() == after.isalnum() and not before.isalpha() else -2),
    (_SIGN, lambda before, after: -2 if before.isalpha() or after.isalpha() else 0),
    (frozenset("\u00b4"), lambda before, after: 1 if before.isalpha() and after.isalpha() else -1),
    (frozenset("€"), lambda before, after: -2 if before.isalpha() or after.isalpha() else 1),
)
"""What a sign is worth where it stands."""


def _letter_worth(letter: str, before: str, after: str) -> int:
    if not before.isalpha() and not after.isalpha():
        return 0
    if letter.isupper() and before.islower():
        return -2
    if letter.islower() and before.isupper() and after.isupper():
        return -2
    if letter in _NEVER_FIRST and not before.isalpha():
        return 0
    return 3 if letter.lower() in _CORE else 1
