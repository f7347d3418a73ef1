"""UTF-8 that would be read as another encoding: a mark or letters that speak against what is declared or found."""

from __future__ import annotations

import re

from importer.errors import SourceError

WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "cp850", "cp858", "cp437", "mac-roman")
"""Encodings in which the two bytes of a UTF-8 letter make no text; in cp1251 they may be Ukrainian."""
_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_SIGNS = "\u0080-\u00bf\u2010-\u203a\u20ac\u2122"
_ALL_LATIN = re.compile(f"[\\0-\x7f\u00c0-\u024f\u1e00-\u1eff{_SIGNS}]*")
# In cp1252 the first byte is a capital A with tilde. What is a closing quote, a dash or the like after it may end a
# word in Portuguese; in the midst of a word, or after a small letter, it can't.
_PAIR = re.compile(
    rb"\xc3(?:[\x80-\x84\x86-\x90\x95\x98\x9a\x9c-\x9f\xa1-\xad\xaf-\xb6\xb8-\xba\xbc-\xbf]"
    rb"|[\x85\x91-\x94\x99\x9b\xae\xb7\xbb](?=[A-Za-z])|[\x85\x91-\x94\x96\x97\x99\x9b\xa0\xae\xb7\xbb](?<=[a-z]..))",
    re.DOTALL,
)


def refuse_declared_over_mark(name: str, declared: str, marked: str) -> SourceError:
    """Give the error for a file whose byte-order mark says another encoding than the mapping."""
    usual = marked if marked == "utf-8" else marked[:6]
    return SourceError(
        f"{name}: its byte-order mark says {usual}, and the mapping says {declared}. "
        f"Say `source: {{encoding: {usual}}}`, or leave the encoding out."
    )


def refuse_declared_over_letters(name: str, declared: str, samples: list[bytes]) -> None:
    """Raise SourceError where all letters beyond ASCII are valid UTF-8 and Latin, and the mapping says otherwise."""
    try:
        texts = [_whole_end(sample).decode() for sample in samples]
    except UnicodeDecodeError:
        return
    if any(map(_LATIN.search, texts)) and all(map(_ALL_LATIN.fullmatch, texts)):
        raise SourceError(
            f"{name}: its letters beyond ASCII are UTF-8, and the mapping says {declared}, which would change them. "
            "Say `source: {encoding: utf-8}`, or leave the encoding out."
        )


def _whole_end(sample: bytes) -> bytes:
    """Leave out what may be the beginning of a character that the sample cuts."""
    begun = next((at for at in range(1, min(4, len(sample)) + 1) if sample[-at] >= 0xC0), 0)  # noqa: PLR2004  # 11xxxxxx begins one
    return sample[:-begun] if begun and sample[-begun] >> (7 - begun) & 1 else sample


def find_utf8_letter(raw: bytes, encoding: str) -> int | None:
    """Give where in the bytes of a western single-byte encoding a letter stands that is UTF-8; None where none does.

    Only letters of two bytes from U+00C0 to U+00FF are looked for: those of Spanish, Portuguese and their neighbours.
    """
    if encoding not in WESTERN:
        return None
    found = _PAIR.search(raw)
    return found.start() if found else None
