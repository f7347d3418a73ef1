"""Loads a mapping file and says all that is wrong with it at once, each fault with file, line and column."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from importer.mapping.fault import SHOWN, Fault, Positions, Steps, nearest, plain, refuse, spell
from importer.mapping.judge.judge import judge
from importer.mapping.places import beside, columns_at, columns_of, places
from importer.mapping.read.include import read_mapping
from importer.mapping.read.prune import prune
from importer.mapping.read.shape import try_shape, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from importer.mapping.model import Mapping
    from importer.mapping.places import Place
    from importer.mapping.read.document import Data


@dataclass(frozen=True, slots=True)
class Loaded:
    """A mapping that has passed every check that needs no source."""

    mapping: Mapping
    path: Path
    digest: str
    """Hex of what the mapping says: the same for other comments, layout or order of keys. Mappings with equal digests
    make equal bodies; the order of tags counts, since bodies keep it."""
    positions: Positions


def load_mapping(path: Path) -> Loaded:
    """Read and check one mapping.

    Raises MappingError that lists every fault in the order of the file as `path:line:column: place: what; what to do`.
    No message holds a constant or the entry of a table.
    """
    document = read_mapping(path)
    data, positions = document.data, document.positions
    mapping, errors = try_shape(data)
    wrong = {steps for error in errors if (steps := error["loc"])} | set(document.told)
    # A value that says nothing has its fault; what its absence breaks around it is no second one.
    fresh = [
        error
        for error in errors
        if error["loc"] not in document.told
        and not (error["type"] == "value_error" and _holds(error["loc"], document.told))
    ]
    fresh.sort(key=lambda error: positions.key(error["loc"]))
    faults = [*document.faults, *(word(error, data, positions) for error in fresh[:SHOWN])]
    mentioned = _mentioned(data)
    whole = mapping or prune(data, errors)
    if whole is not None:
        senseless = (
            Fault(positions.value(steps), spell(steps), what)
            for steps, what in judge(whole, mentioned)
            if not _holds(steps, wrong)
        )
        # Cut off: judging a thousand bad patterns takes minutes.
        faults += islice(senseless, SHOWN)
    if faults or mapping is None:
        raise refuse(path, faults, more=max(0, len(fresh) - SHOWN))
    return Loaded(mapping, path, _digest(mapping), positions)


def check_columns(loaded: Loaded, columns: Sequence[str]) -> tuple[str, ...]:
    """Give the file's columns that the mapping does not use, in the file's order.

    Raises MappingError that lists every column the file does not have.
    """
    had = set(columns)
    used: set[str] = set()
    faults: list[Fault] = []
    for place in places(loaded.mapping):
        used.update(columns_at(place))
        for position, column in enumerate(columns_of(place.map)):
            if column not in had:
                at = loaded.positions.value((*place.path, *_origin(place, position)))
                faults.append(Fault(at, spell(place.path), _absent(column, columns)))
        if place.when is not None and place.when.column not in had:
            steps = (*place.path[:-1], "when")
            faults.append(Fault(loaded.positions.value(steps), spell(steps), _absent(place.when.column, columns)))
        for keys, column in beside(place.map).items():
            if column not in had:
                steps = (*place.path, *keys)
                faults.append(Fault(loaded.positions.value(steps), spell(steps), _absent(column, columns)))
    if faults:
        raise refuse(loaded.path, faults)
    return tuple(column for column in columns if column not in used)


def _origin(place: Place, position: int) -> Steps:
    if place.map.columns is not None:
        return "columns", position
    return ("sql",) if place.map.sql is not None else ("column",)


def _absent(column: str, columns: Iterable[str]) -> str:
    found = nearest(column, columns)
    guess = f"did you mean '{plain(found)}'?" if found is not None else "write it as in the file's header"
    return f"the file has no column '{plain(column)}'; {guess}"


def _mentioned(data: Data) -> Collection[str]:
    contact = data.get("contact") if isinstance(data, dict) else None
    return tuple(contact) if isinstance(contact, dict) else ()


def _holds(steps: Steps, inner: Iterable[Steps]) -> bool:
    """Say whether any of these is what the steps lead to, or lies inside it."""
    return any(one[: len(steps)] == steps for one in inner)


def _digest(mapping: Mapping) -> str:
    # What makes no body is left out: a run goes on, and a plan is applied, whatever becomes of it.
    said = mapping.model_dump_json(
        exclude_defaults=True, exclude={"tests": True, "run": True, "source": {"take": True}}
    )
    return blake2b(said.encode(), digest_size=16).hexdigest()
