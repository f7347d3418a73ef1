"""What is wrong with a mapping, where in its file, and how that is told."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from importer.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Steps: TypeAlias = tuple[str | int, ...]
"""Keys and list positions (from 0) that lead to a part of a mapping."""
Position: TypeAlias = tuple[int, int] | tuple[int, int, str]
"""Line and column in the mapping file, both from 1; and the file where it is one that the mapping includes."""
Complaint: TypeAlias = tuple[Steps, str]
"""What is wrong and what to do, at the value these steps lead to."""

SHOWN = 100
"""So many faults are told at once; nobody reads more."""
_LONGEST_WORD = 64


@dataclass(frozen=True, slots=True)
class Positions:
    """Where in the file each key and each value begins."""

    keys: dict[Steps, Position]
    values: dict[Steps, Position]

    def key(self, steps: Steps) -> Position:
        """Give where the key is written; that of the part around it when there is none."""
        return self.keys.get(steps) or self.value(steps)

    def value(self, steps: Steps) -> Position:
        """Give where the value begins; that of the part around it when it is not written (`email: Correo`)."""
        for length in range(len(steps), -1, -1):
            if (found := self.values.get(steps[:length])) is not None:
                return found
        return (1, 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with its position."""

    at: Position
    place: str
    what: str


def refuse(path: Path, faults: Iterable[Fault], more: int = 0) -> MappingError:
    """Give the error that lists faults in the order of the file, `path:line:column: place: what`, one a line.

    At most 100 are listed; `more` are counted besides.
    """
    ordered = sorted(set(faults), key=lambda fault: (fault.at[2:], fault.at, fault.place, fault.what))
    lines = [_line(path, fault) for fault in ordered[:SHOWN]]
    hidden = len(ordered) - len(lines) + more
    if hidden:
        lines.append(f"{path}: {hidden} more; mend these first")
    return MappingError("\n".join(lines))


def _line(path: Path, fault: Fault) -> str:
    line, column, *included = fault.at
    place = f"{fault.place}: " if fault.place else ""
    return f"{included[0] if included else path}:{line}:{column}: {place}{fault.what}"


def spell(steps: Steps) -> str:
    """Give steps as people read them: `contact.addresses[1].city`; nothing for the whole file."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + plain(step)
    return text


def plain(word: str) -> str:
    """Give a word of the mapping fit for one line on a terminal: short, and without control characters."""
    short = word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] + "..."
    return short if short.isprintable() else "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in short)


def listed(words: Iterable[str]) -> str:
    """Give words as a list for people: `a, b, c`."""
    return ", ".join(plain(word) for word in words)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that was probably meant, without regard to accents, case and separators; None for no idea."""
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(_fold(name), name)
    found = difflib.get_close_matches(_fold(word), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean 'x'?` or nothing."""
    found = nearest(word, known)
    return f"; did you mean '{plain(found)}'?" if found is not None else ""


def _fold(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word[:_LONGEST_WORD])
    bare = "".join(" " if c in "_-." else c for c in letters if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
