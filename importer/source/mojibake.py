"""UTF-8 that would be read as another encoding: a mark or letters that speak against what is declared or found."""

from __future__ import annotations

import re

from importer.errors import SourceError

WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "cp850", "cp858", "cp437", "mac-roman")
"""Encodings in which the two bytes of a UTF-8 letter make no text; in cp1251 they may be Ukrainian."""
FOREIGN, FOREIGN_RARE = 0.4, 0.25
"""From this share of places that no western word has on, a file is in another script; the latter where it seems to be
in a rarer encoding."""
RUN = 4
"""Letters beyond ASCII in a row, as hardly a western word has them."""
_ACCENT = re.compile("(?<=[A-Za-z])[\u0300-\u036f]")
"""An accent typed as a sign of its own, behind its letter."""
_MARK, _BEYOND = re.compile("[\u0300-\u036f]"), re.compile("[^\0-\x7f]+")
_LATIN = re.compile(f"[\u00c0-\u024f\u1e00-\u1eff]|{_ACCENT.pattern}")
_SIGNS = "\u0300-\u036f\u0080-\u00bf\u2010-\u203a\u20ac\u2122"
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


def are_lone_letters(samples: list[bytes]) -> bool:
    """Tell whether all that is beyond ASCII is single letters of two bytes in no western script, as chance makes them.

    No text in Greek, Cyrillic or Hebrew has each letter by itself; `\u00cd\u00f1` in cp850 makes one.
    """
    text = " ".join(sample.decode("utf-8", "ignore") for sample in samples)
    lone = False
    for found in _BEYOND.finditer(_ACCENT.sub("", text) if _MARK.search(text) else text):
        run = found.group()
        if len(run) > 1 or not "\u024f" < run < "\u0800":
            return False
        lone = True
    return lone


def refuse_other_scripts(name: str, encoding: str, places: list[bytes], worths: list[int]) -> None:
    """Raise SourceError where too many of the places beyond ASCII can't stand in a western word.

    `places`: different runs of bytes beyond ASCII, each with a byte on either side; `worths`: what each is worth as
    western text.
    """
    long = [sum(letter.isalpha() for letter in place[1:-1].decode(encoding, "replace")) >= RUN for place in places]
    foreign = sum(run or worth < 0 for run, worth in zip(long, worths, strict=True))
    share = FOREIGN if encoding == "cp1252" else FOREIGN_RARE
    if foreign >= max(share * len(places), 1):
        raise SourceError(
            f"{name}: its letters beyond ASCII are not UTF-8, and make no western words in {encoding} either. Say the "
            "encoding in the mapping (such as `source: {encoding: cp1251}`, cp1250, gbk or shift_jis), or save it as "
            "UTF-8."
        )
