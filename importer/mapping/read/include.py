"""Makes one document of a mapping, the parts it includes, and the tables that lie beside it.

What a file says itself counts instead of what it includes, and a later part instead of an earlier one. `source`,
`contact` and `contact.tags` are taken key by key; all else, a field with its steps or a list of items, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.mapping.fault import Fault, Position, Positions, Steps, did_you_mean, plain, refuse
from importer.mapping.read.document import Document, read_document
from importer.mapping.read.tables import read_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEEPEST = 4
"""Parts that include parts."""
MOST = 16
"""Files that a mapping includes, directly or not."""
SHARED = ("include", "source", "zone", "key", "duplicates", "contact")
"""What a part may say."""

_BY_KEY: frozenset[Steps] = frozenset({(), ("source",), ("contact",), ("contact", "tags")})


def read_mapping(path: Path) -> Document:
    """Read a mapping with all that it includes.

    Raises MappingError as `read_document` does, and where parts include each other, or are too many.
    """
    return _read(path, (path.resolve(),), [])


def _read(path: Path, chain: tuple[Path, ...], read: list[Path]) -> Document:
    whole = read_document(path)
    said = whole.data
    if not isinstance(said, dict):
        return whole
    tables = read_tables(path, said, whole.positions)
    whole = Document(said, whole.positions, (*whole.faults, *tables), whole.told)
    named = said.pop("include", None)
    steps: Steps = ("include",)
    if not named and steps in whole.positions.keys and steps not in whole.told:
        raise refuse(path, [Fault(whole.positions.key(steps), "include", "no file is named; take the key out")])
    names = [named] if isinstance(named, str) else named or []
    if not isinstance(names, list):
        what = "the name of a file, or a list of names, is meant here"
        raise refuse(path, [Fault(whole.positions.value(steps), "include", what)])
    for position, name in reversed(list(enumerate(names))):
        at = whole.positions.value(steps if isinstance(named, str) else (*steps, position))
        if not isinstance(name, str) or not name:
            raise refuse(path, [Fault(at, "include", "the name of a file is meant here")])
        whole = _merged(whole, _part(path, at, name, chain, read))
    return whole


def _part(path: Path, at: Position, name: str, chain: tuple[Path, ...], read: list[Path]) -> Document:
    part = path.parent / name
    read.append(part)
    why = None
    if not part.is_file():
        why = f"there is no file '{plain(name)}' beside the mapping; its name is relative to {path.name}"
    elif part.resolve() in chain:
        why = f"'{plain(name)}' includes itself, perhaps by another; take one of the includes out"
    elif len(chain) > DEEPEST:
        why = f"parts include parts more than {DEEPEST} deep; include fewer"
    elif len(read) > MOST:
        why = f"more than {MOST} files are included; put some together"
    if why is not None:
        raise refuse(path, [Fault(at, "include", why)])
    found = _read(part, (*chain, part.resolve()), read)
    if not isinstance(found.data, dict):
        what = "a table is meant here: what the mapping shares, such as `contact:`"
        raise refuse(part, [Fault((1, 1), "", what)])
    return _placed(found, part)


def _placed(part: Document, path: Path) -> Document:
    """Give each position of a part its file, and refuse what only a mapping itself may say."""

    def place(at: Position) -> Position:
        return at if len(at) == 3 else (*at, str(path))  # noqa: PLR2004  # line, column, file

    positions = Positions(
        {steps: place(at) for steps, at in part.positions.keys.items()},
        {steps: place(at) for steps, at in part.positions.values.items()},
    )
    faults = [Fault(place(fault.at), fault.place, fault.what) for fault in part.faults]
    said: Any = part.data
    for key in [key for key in said if key not in SHARED]:
        only = key in {"version", "name", "tests"}
        what = (
            "only the mapping itself says this; take it out" if only else f"'{plain(key)}' is no key of a shared part"
        )
        guess = "" if only else did_you_mean(key, SHARED)
        faults.append(Fault(positions.key((key,)), plain(key), what + guess))
        del said[key]
    return Document(said, positions, tuple(faults), part.told)


def _merged(own: Document, part: Document) -> Document:
    taken = set(_take(own.data, part.data, ()))
    positions = Positions(
        {**_under(part.positions.keys, taken), **own.positions.keys},
        {**_under(part.positions.values, taken), **own.positions.values},
    )
    told = frozenset(_under(dict.fromkeys(part.told, (0, 0)), taken))
    return Document(own.data, positions, (*own.faults, *part.faults), own.told | told)


def _take(own: Any, part: Any, steps: Steps) -> Iterator[Steps]:  # noqa: ANN401  # tables of YAML
    """Put into `own` what only the part says, and give the steps to it."""
    for key, value in part.items():
        inner = (*steps, key)
        if key not in own:
            own[key] = value
            yield inner
        elif inner in _BY_KEY and isinstance(own[key], dict) and isinstance(value, dict):
            yield from _take(own[key], value, inner)


def _under(places: dict[Steps, Position], taken: set[Steps]) -> dict[Steps, Position]:
    return {
        steps: at for steps, at in places.items() if any(steps[:length] in taken for length in range(1, len(steps) + 1))
    }
