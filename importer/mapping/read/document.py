"""Reads a YAML file as text, lists and tables, with the position of every key and value.

Every scalar is the text that was written: `NO`, `0123`, `12:30`, `2024-01-31` and `true` are text. One exception: the
value of a key that is left empty, or is a bare `null` or `~`, says nothing and is refused where it stands, so that no
constant "null" is ever sent and no half-written line overlooked. In a list, and as a key, these words are text too
(`blank: [NULL, N/D]`). Another: a body that an example expects is JSON, so that what has no quotes there and is a JSON
number, true, false or null is that. Size, depth and what aliases unfold to are capped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from importer.mapping.fault import Fault, Positions, Steps, refuse, spell
from importer.mapping.read.compose import DEEPEST, MOST_VALUES, Node, Scalar, Sequence, Table, compose

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1024 * 1024
"""Bytes in a mapping file."""

Data: TypeAlias = "str | list[Data] | dict[str, Data] | int | Decimal | None"
"""Text, lists and tables of it; numbers, true, false and null only in the bodies that an example expects."""

_NOTHING = {"", "~", "null", "Null", "NULL"}
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?")
_JSON_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, where each part stands, and what is wrong with its form."""

    data: Data
    positions: Positions
    faults: tuple[Fault, ...]
    told: frozenset[Steps]
    """Values that are None in the data because they say nothing; each has its fault already."""


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Faults that leave the rest readable (duplicate keys, tags, silent values) are given. MappingError is raised, with
    the position, for the others: no such file, more than 1 MiB, not UTF-8, not YAML, nested more than 32 deep, more
    than 50,000 values after aliases are unfolded, a second document.
    """
    root, faults = compose(path, _decode(path, _read(path)))
    unfolding = _Unfolding(path, list(faults))
    data = unfolding.unfold(root, ())
    return Document(data, unfolding.positions, tuple(unfolding.faults), frozenset(unfolding.told))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "such a name can't be used"
        raise refuse(path, [Fault((1, 1), "", f"the mapping can't be read: {why}")]) from None
    if len(raw) > LARGEST:
        raise refuse(path, [Fault((1, 1), "", "larger than 1 MiB; is this really a mapping?")])
    return raw


def _decode(path: Path, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        at = (before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        what = f"byte {error.start} of the file is not UTF-8; save the mapping as UTF-8"
        raise refuse(path, [Fault(at, "", what)]) from None
    if (bad := _NOT_YAML.search(text)) is not None:
        start = bad.start()
        at = (text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        what = f"the control character U+{ord(bad.group()):04X} can't stand in YAML; take it out"
        raise refuse(path, [Fault(at, "", what)])
    return text


@dataclass(slots=True)
class _Unfolding:
    """Makes data of nodes, each use of an alias on its own."""

    path: Path
    faults: list[Fault]
    positions: Positions = field(default_factory=lambda: Positions({}, {}))
    told: set[Steps] = field(default_factory=set)

    def unfold(self, node: Node, steps: Steps) -> Data:
        if len(self.positions.values) >= MOST_VALUES or len(steps) > DEEPEST:
            what = f"the aliases unfold to more than {MOST_VALUES:,} values or {DEEPEST} levels; use fewer"
            raise refuse(self.path, [Fault(node.at, "", what)])
        self.positions.values[steps] = node.at
        if isinstance(node, Scalar):
            return self.text(node, steps)
        if isinstance(node, Sequence):
            return [self.unfold(item, (*steps, index)) for index, item in enumerate(node.items)]
        return self.table(node, steps)

    def text(self, node: Scalar, steps: Steps) -> Data:
        if _is_expected(steps) and node.bare and node.text in _JSON_WORDS:
            return _JSON_WORDS[node.text]
        if _is_expected(steps) and node.bare and _JSON_NUMBER.fullmatch(node.text):
            number = Decimal(node.text)
            return int(node.text) if node.text.lstrip("-").isdecimal() else number
        in_list = bool(steps) and isinstance(steps[-1], int)
        if node.bare and node.text in _NOTHING and not (in_list and node.text):
            self.tell(node, steps, "nothing is said here; say something, or take the key out", node.text)
        elif _SURROGATE.search(node.text):
            self.tell(node, steps, "half a character is written here; write it whole")
        else:
            return node.text
        return None

    def tell(self, node: Scalar, steps: Steps, what: str, literal: str = "") -> None:
        self.told.add(steps)
        quoted = f" (for the text itself write '{literal}')" if literal else ""
        self.faults.append(Fault(node.at if literal else self.positions.key(steps), spell(steps), what + quoted))

    def table(self, node: Table, steps: Steps) -> dict[str, Data]:
        said: dict[str, Data] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar) or not key.text or _SURROGATE.search(key.text):
                self.faults.append(Fault(key.at, spell(steps), "a key must be text, and not empty"))
                continue
            inner = (*steps, key.text)
            if key.text in said:
                what = f"the key stands twice, first in line {self.positions.keys[inner][0]}; keep one"
                self.faults.append(Fault(key.at, spell(inner), what))
                continue
            self.positions.keys[inner] = key.at
            said[key.text] = self.unfold(value, inner)
        return said


def _is_expected(steps: Steps) -> bool:
    """Tell whether this is a value inside a body that an example expects."""
    return len(steps) > 3 and steps[0] == "tests" and steps[2] in {"body", "update"}  # noqa: PLR2004  # tests, its number, body, a field
