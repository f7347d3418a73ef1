"""Holds a suggestion against what a person would have made of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from made_files import MadeFile

ITEMS = ("addresses", "billing_info", "payments")


@dataclass(frozen=True)
class Score:
    """How many sure lines are right, and how many of the columns that a person maps were found."""

    sure: int
    needed: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]
    key: str

    def __add__(self, other: Score) -> Score:
        return Score(
            self.sure + other.sure,
            self.needed + other.needed,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.key,
        )

    @property
    def right(self) -> float:
        """The share of sure lines that are right."""
        return 1 - len(self.wrong) / self.sure

    @property
    def found(self) -> float:
        """The share of a person's lines that were found."""
        return 1 - len(self.missed) / self.needed


def score(made: MadeFile, text: str) -> Score:
    """Count a suggestion's lines. Its YAML is read by PyYAML, not by us."""
    said = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # the loader that makes nothing but text
    lines = [(column, place, steps) for place, steps in _lines(said.get("contact") or {}) for column in _columns(steps)]
    right = {column for column, place, steps in lines if _is_right(made, column, place, steps)}
    wrong = (
        f"{made.name}: {column} -> {place} {_plain(steps)}"
        for column, place, steps in lines
        if not _is_right(made, column, place, steps)
    )
    needed = [header for header, truth in made.truth.items() if truth.needed]
    missed = (f"{made.name}: {header}" for header in needed if header not in right)
    return Score(len(lines), len(needed), tuple(wrong), tuple(missed), str(said.get("key", "-")))


def _is_right(made: MadeFile, column: str, place: str, steps: object) -> bool:
    truth = made.truth[column]
    forms = truth.steps.split("&") if truth.steps else []
    return place in truth.places and all(re.search(form.strip(), _plain(steps)) for form in forms)


def _lines(contact: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, said in contact.items():
        if field not in ITEMS:
            yield field, said
            continue
        for item in said:
            for number in range(1, int(item.get("repeat", 1)) + 1):
                for name, steps in item.items():
                    if name != "repeat":
                        yield f"{field}.{name}", _numbered(steps, number)


def _numbered(steps: Any, number: int) -> Any:  # noqa: ANN401  # YAML can be anything
    if isinstance(steps, str):
        return steps.replace("{n}", str(number))
    return {key: value.replace("{n}", str(number)) if isinstance(value, str) else value for key, value in steps.items()}


def _columns(steps: Any) -> list[str]:  # noqa: ANN401  # YAML can be anything
    if isinstance(steps, str):
        return [steps]
    return [steps["column"]] if "column" in steps else steps.get("columns", [])


def _plain(steps: Any) -> str:  # noqa: ANN401  # YAML can be anything
    if not isinstance(steps, dict):
        return str(steps)
    return ", ".join(
        f"{key}: {{{_plain(one)}}}" if isinstance(one, dict) else f"{key}: {one}" for key, one in steps.items()
    )
