"""Where the torture keeps what it came to, for the table in docs/torture.md: see table.py."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PLACE = "TORTURE_FIGURES"
"""The variable that names the file; without it nothing is kept."""


@dataclass
class Figures:
    """What one seeded program came to."""

    seed: int
    kills: int = 0
    in_flight: int = 0
    """Kills at which requests were in flight."""
    doubts: list[int] = field(default_factory=list)
    """Rows in doubt after each kill."""
    months: int = 0
    requests: int = 0
    creates: int = 0
    updates: int = 0
    unknown: int = 0
    """Rows that ended unknown, over all months."""
    twice: int = 0
    lost: int = 0


@dataclass
class Weathered:
    """What one outage came to."""

    fault: str
    seconds: float
    rows: int
    requests: int
    unknown: int
    landed: int


def keep(figures: Figures | Weathered) -> None:
    """Append what a test came to, where somebody wants it."""
    place = os.environ.get(PLACE)
    if place:
        line = json.dumps({"kind": type(figures).__name__, **asdict(figures)}) + "\n"
        # One write, since several processes append to it.
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(line)


def read(path: Path) -> tuple[list[Figures], list[Weathered]]:
    """Give what was kept, in an order of its own: seeds rising, outages by name."""
    kept: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    kinds = [one.pop("kind") for one in kept]
    seeds = [Figures(**one) for kind, one in zip(kinds, kept, strict=True) if kind == "Figures"]
    outages = [Weathered(**one) for kind, one in zip(kinds, kept, strict=True) if kind == "Weathered"]
    return sorted(seeds, key=lambda one: one.seed), sorted(outages, key=lambda one: (one.fault, one.seconds))
