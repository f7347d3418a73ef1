"""Decides what goes: files of old runs that nothing can come back to, and what dead processes left behind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from importer.folder import RUN_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from importer.folder import RunFolder
    from importer.purge.facts import RunFacts

LEFT_ALONE = timedelta(hours=1)
"""What is younger is not taken for left behind, whoever holds it."""
WORK = ("here", "there")
"""Where a comparison keeps its parts while it lasts."""
Place = tuple[str, int]
"""A run's id and the number of a part."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A run of which only its numbers stay, and the parts in which a body lies that may still be read."""

    facts: RunFacts
    files: tuple[Path, ...]
    """What goes."""
    size: int
    """In bytes."""
    parts: int
    """Parts that stay."""


@dataclass(frozen=True, slots=True)
class Left:
    """A folder that a dead process left, or an old comparison."""

    path: Path
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge would do."""

    before: datetime
    thinned: tuple[Thinned, ...]
    left: tuple[Left, ...]
    needed: tuple[RunFacts, ...]
    """Runs that are old enough, and needed whole."""

    @property
    def size(self) -> int:
        """What it frees, in bytes."""
        return sum(one.size for one in self.thinned) + sum(one.size for one in self.left)


def stays_whole(run: RunFacts, before: datetime) -> bool:
    """Whether a run stays as it is: it is young, or needed. One that was purged once is never whole again."""
    if run.kept is not None and run.kept.purged:
        return False
    return run.needed is not None or run.last >= before


def choose_thinned(runs: Collection[RunFacts], before: datetime, places: Collection[Place]) -> Iterator[Thinned]:
    """Give the runs of which something goes; `places` are the parts that hold a body that may still be read."""
    used = {
        Path(os.path.realpath(source))
        for run in runs
        if stays_whole(run, before) and run.kept
        for source in run.kept.sources
    }
    for run in runs:
        if stays_whole(run, before) or run.kept is None:
            continue
        parts = [number for number in range(run.kept.parts) if (run.folder.run_id, number) in places]
        stays = _staying(run.folder, parts)
        files = [path for path in sorted(_files(run.folder.path)) if path not in stays]
        gone = tuple(path for path in files if Path(os.path.realpath(path)) not in used)
        if gone:
            yield Thinned(run, gone, _size(gone), len(parts))


def choose_left(
    unready: Collection[Path], reconciled: Path, before: datetime, now: datetime, is_held: Callable[[Path], bool]
) -> Iterator[Left]:
    """Give folders of runs that never got ready, old comparisons, and what is left of comparisons that were killed."""
    for path in unready:
        if _begun(path) < now - LEFT_ALONE and not is_held(path):
            yield _left(path)
    # What is no folder of ours, or only points to one, is nobody's business here.
    ours = [path for path in _folders(reconciled) if RUN_ID.fullmatch(path.name)]
    for path in ours:
        if is_held(path) or _begun(path) >= now - LEFT_ALONE:
            continue
        if _begun(path) < before:
            yield _left(path)
            continue
        yield from (_left(work) for work in _folders(path) if work.name in WORK)


def _staying(folder: RunFolder, parts: list[int]) -> set[Path]:
    of_parts = (path(number) for number in parts for path in (folder.part, folder.bodies, folder.plan_part))
    return {folder.job, folder.summary, folder.report, *of_parts}


def _begun(path: Path) -> datetime:
    return datetime.strptime(path.name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def _folders(path: Path) -> list[Path]:
    if not path.is_dir() or path.is_symlink():
        return []
    return [one for one in sorted(path.iterdir()) if one.is_dir() and not one.is_symlink()]


def _files(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        links = (name for name in folders if (Path(path) / name).is_symlink())
        yield from (Path(path) / name for name in (*files, *links))


def _left(path: Path) -> Left:
    return Left(path, _size(tuple(_files(path))))


def _size(files: tuple[Path, ...]) -> int:
    return sum(path.lstat().st_size for path in files)
