"""What a header says: its words in three languages, without accents, abbreviations or prefixes, and what they mean.

The words are data beside this file: `headers.csv` (phrases and the field they mean), `words.csv` (words that only say
whose field it is), `abbreviations.csv`. A meaning is a field of the contact, or one of the few words that only the
cells can tell apart (`name`, `code`, `estado`, `document`), or one that is several fields (`full_name`, `expiry`).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
CONTEXTS = ("billing", "shipping", "home", "work", "other")
_GLUED = (
    (re.compile(r"\be[\s_-]?mails?\b", re.IGNORECASE), "email"),
    (re.compile(r"\be[\s_-]correo\b", re.IGNORECASE), "correo"),
    (re.compile(r"#"), " numero "),
    (re.compile(r"\b1(?:er|ro|ra|st)\b", re.IGNORECASE), "1"),
    (re.compile(r"\b2(?:do|da|nd)\b", re.IGNORECASE), "2"),
)
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_NUMBER = re.compile(r"[0-9]+")
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]")
"""`Sexo (M/F)`: what stands in brackets often says how cells are written."""
_REACHED = frozenset(("phone", "mobile", "email"))
LONGEST_NUMBER = 2
"""Digits of a number that counts items; a longer one is a year, or part of a name."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What one header says."""

    text: str
    meaning: str | None
    """What it means as a whole, None when that is not known."""
    context: str = ""
    """Whose or which: one of CONTEXTS, or blank for the contact's own."""
    number: int | None = None
    """The number of a repeated group, as in `addr2_street`."""
    pattern: str | None = None
    """The header with `{n}` for that number."""
    alternate: bool = False
    """It is a second one of its kind."""
    own: bool = False
    """It says outright that it is the customer's."""
    foreign: bool = False
    """It is about somebody or something else."""
    hints: tuple[str, ...] = ()
    """What parts of it would mean, where the whole is not known."""


def read_header(text: str) -> Heading:
    """Say what a header means, by its words alone."""
    if sum(letter.isalpha() for letter in text) < 2:  # noqa: PLR2004  # a single letter abbreviates too much
        return Heading(text, None)
    heading = _read(text)
    bare = _ASIDE.sub("", text).strip()
    return (
        heading if heading.meaning is not None or bare in {"", text} else replace(_read(bare), text=text, pattern=None)
    )


def _read(text: str) -> Heading:
    every = _words_of(text)
    plain = tuple(word for word in every if word not in word_class("stop")) or every
    customer = any(word in word_class("customer") for word in plain)
    whole = _look_up(plain)
    if whole is not None:
        return Heading(text, whole, own=customer)
    number, pattern = _numbered(text)
    bare = tuple(word for word in plain if not word.isdecimal())
    foreign = any(word in word_class("party") for word in bare)
    context = next((name for name in CONTEXTS if any(word in word_class(name) for word in bare)), "")
    for words in _narrowed(bare):
        meaning = _look_up(words)
        if meaning is not None:
            left_out = frozenset(bare) - frozenset(words)
            # `Default Address Phone` is a second phone beside `Phone`.
            second = word_class("alternate") | (word_class("address") if meaning in _REACHED else frozenset())
            return Heading(
                text,
                "external_id" if meaning == "code" and customer else meaning,
                context if context and left_out & word_class(context) else "",
                number,
                pattern,
                alternate=bool(left_out & second),
                own=customer,
                foreign=bool(left_out & word_class("party")),
            )
    return Heading(text, None, context, number, pattern, own=customer, foreign=foreign, hints=_hints(bare))


def normal_form(text: str) -> str:
    """Give a text in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def _narrowed(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Give the words, and then fewer and fewer, as those that only say whose it is are left out."""
    yield words
    own = _without(words, ("customer", "main"))
    yield own
    for context in CONTEXTS:
        yield _without(words, (context,))
        yield _without(own, (context,))
    yield _without(own, ("alternate", *CONTEXTS))
    yield _without(own, ("address", *CONTEXTS))


def _without(words: tuple[str, ...], classes: Iterable[str]) -> tuple[str, ...]:
    out = frozenset[str]().union(*(word_class(name) for name in classes))
    return tuple(word for word in words if word not in out)


def _words_of(text: str) -> tuple[str, ...]:
    plain = re.sub("[\u00aa\u00ba\u00b0]", " ", text)
    plain = _HUMPS.sub(" ", "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)))
    for form, word in _GLUED:
        plain = form.sub(word, plain.replace("_", " "))
    return _expanded(_WORDS.findall(plain.lower()))


def _expanded(words: Sequence[str]) -> tuple[str, ...]:
    long = _abbreviations()
    return tuple(part for word in words for part in long.get(word, word).split())


def _numbered(text: str) -> tuple[int | None, str | None]:
    found = _NUMBER.search(text)
    if found is None or len(found.group()) > LONGEST_NUMBER or "{" in text:
        return None, None
    return int(found.group()), f"{text[: found.start()]}{{n}}{text[found.end() :]}"


def _look_up(words: tuple[str, ...]) -> str | None:
    if not words:
        return None
    phrases, glued = _phrases()
    return phrases.get(tuple(sorted(words))) or glued.get("".join(words))


def _hints(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give what pairs and single words of a header would mean, the longer first."""
    parts = [*pairwise(words), *((word,) for word in words if len(word) > LONGEST_NUMBER)]
    return tuple(dict.fromkeys(meaning for part in parts if (meaning := _look_up(part)) is not None))


@cache
def _phrases() -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    """Give meanings by the words of their phrases, whatever their order, and by their letters without blanks."""
    phrases: dict[tuple[str, ...], str] = {}
    glued: dict[str, str] = {}
    for row in _rows("headers.csv"):
        for phrase in row["phrases"].split("|"):
            words = _expanded(_WORDS.findall(phrase))
            words = tuple(word for word in words if word not in word_class("stop")) or words
            phrases.setdefault(tuple(sorted(words)), row["meaning"])
            glued.setdefault("".join(words), row["meaning"])
            glued.setdefault(phrase.replace(" ", ""), row["meaning"])
    return phrases, glued


@cache
def word_class(name: str) -> frozenset[str]:
    """Give the words of one class of `words.csv`."""
    return frozenset(word for row in _rows("words.csv") if row["class"] == name for word in row["words"].split("|"))


@cache
def _abbreviations() -> dict[str, str]:
    return {row["short"]: row["long"] for row in _rows("abbreviations.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
