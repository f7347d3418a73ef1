"""Closed sets: what the words of a column mean, where all of them are known. Those words alone may be shown."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from importer.mapping.words import NO, YES
from importer.suggest.draft import Reading, fit, percent, unfit
from importer.suggest.headers import HERE, normal_form

if TYPE_CHECKING:
    from importer.suggest.evidence import Evidence

ALL = 0.97
"""The share of cells that a table must list."""
MOST = 0.8
REGION = 0.5
"""The share of cells that are known names or codes of states from which on a column holds states."""
SHOWN = "its cells became the keys of this table"
_LETTERS = {
    frozenset("MH"): {"H": "MALE", "M": "FEMALE"},
    frozenset("MF"): {"M": "MALE", "F": "FEMALE"},
    frozenset("VM"): {"V": "MALE", "M": "FEMALE"},
    frozenset("VF"): {"V": "MALE", "F": "FEMALE"},
    frozenset("HF"): {"H": "MALE", "F": "FEMALE"},
    frozenset("MW"): {"M": "MALE", "W": "FEMALE"},
}
"""What a letter means depends on its neighbour: M is a man beside F and a woman beside H."""


def read_sex(evidence: Evidence) -> Reading:
    """Say which cells mean MALE, FEMALE or neither."""
    known, unknown = _meant(evidence, "sex")
    letters = {value: value.upper() for value in unknown if value.upper() in "MHVFW" and len(value) == 1}
    pair = _LETTERS.get(frozenset(letters.values())) or _by_words(set(letters.values()), known)
    if pair is not None:
        known |= {value: pair[letter] for value, letter in letters.items()}
    elif letters:
        only = " and ".join(sorted(set(letters.values())))
        why = f"it holds {only} and not the letter beside it that would tell men from women: who made the export knows"
        men, women = ({**known, **dict.fromkeys(letters, sex)} for sex in ("MALE", "FEMALE"))
        return unfit(why, {"values": men}, {"values": women})
    told = {meaning for meaning in known.values() if meaning}
    if evidence.share_of(list(known)) < ALL or not told:
        return unfit("its words are not those of two sexes; write a table: values: {THEIR WORD: MALE}")
    return fit(
        f"{percent(evidence.share_of(list(known)))} of its cells are words for a sex; {SHOWN}", {"values": known}
    )


def _by_words(letters: set[str], known: dict[str, str]) -> dict[str, str] | None:
    """Read letters by the words beside them that begin so: M is MALE beside Male, and FEMALE beside Mujer."""
    told: dict[str, str] = {}
    for letter in letters:
        meanings = {meaning for word, meaning in known.items() if meaning and word.upper().startswith(letter)}
        if len(meanings) != 1:
            return None
        told |= {letter: meanings.pop()}
    return told if letters else None


def read_status(evidence: Evidence) -> Reading:
    """Say which cells mean ACTIVE, INACTIVE and so on."""
    known, _ = _meant(evidence, "status")
    share = evidence.share_of(list(known))
    if share < ALL:
        return unfit("not all of its words are known for a status; without a table they are sent as they are")
    return fit(f"{percent(share)} of its cells are words for a status; {SHOWN}", {"values": known})


def read_yes_no(evidence: Evidence) -> Reading:
    """Say whether all cells are words for yes and no."""
    words = {word.lower() for word in (*YES, *NO)}
    share = evidence.share_of([value for value in evidence.values if value.lower() in words])
    if share < ALL:
        return unfit("its words are not all known for yes or no; write boolean: {yes: […], no: […]}")
    return fit(f"{percent(share)} of its cells are words for yes or no", {"boolean": "words"})


def status_share(evidence: Evidence) -> float:
    """Give the share of cells that are words for a status."""
    return evidence.share_of(list(_meant(evidence, "status")[0]))


def state_share(evidence: Evidence) -> float:
    """Give the share of cells that name a state, province or department of the Americas or Spain."""
    names = frozenset[str]().union(*_states().values())
    texts = [text for text in evidence.distinct_cells["text"].head(400) if normal_form(text) in names]
    return evidence.share_of(texts)


def state_country(evidence: Evidence) -> str | None:
    """Give the one country whose states nearly all cells are (ISO 3166), if there is one."""
    fits = [
        code
        for code, names in _states().items()
        if evidence.share_of([text for text in evidence.distinct_cells["text"].head(400) if normal_form(text) in names])
        >= MOST
    ]
    return fits[0] if len(fits) == 1 else None


def _meant(evidence: Evidence, name: str) -> tuple[dict[str, str], list[str]]:
    known, unknown = {}, []
    for value in evidence.values:
        meaning = _closed(name).get(normal_form(value).rstrip("."))
        if meaning is None:
            unknown.append(value)
        else:
            known[value] = meaning
    return known, unknown


@cache
def _closed(name: str) -> dict[str, str]:
    return {word: row["means"] for row in _rows("closed.csv") if row["set"] == name for word in row["words"].split("|")}


@cache
def _states() -> dict[str, frozenset[str]]:
    return {row["country"]: frozenset(row["names"].split("|")) for row in _rows("regions.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
