"""All that the page of a run tells, gathered from the run's own files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.report.past import Past, read_past
from importer.report.rows import CodeRows, read_codes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.kept import Kept
    from importer.summary import Summary


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: in words, and as a command to type where there is one."""

    words: str
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a page is made of."""

    summary: Summary
    kept: Kept
    begun: datetime
    """In UTC."""
    sentence: str
    """How it went."""
    steps: tuple[Step, ...]
    """What to do next."""
    codes: tuple[CodeRows, ...]
    past: tuple[Past, ...]
    unmasked: bool


def gather(
    folder: RunFolder,
    kept: Kept,
    summary: Summary,
    *,
    sentence: str,
    steps: Sequence[Step],
    unmasked: bool = False,
) -> Figures:
    """Gather what the page of a run tells. Raises StateError when a file of the run is missing or damaged."""
    state_dir: Path = folder.path.parent.parent
    return Figures(
        summary=summary,
        kept=kept,
        begun=datetime.strptime(folder.run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC),
        sentence=sentence,
        steps=tuple(steps),
        codes=read_codes(folder, kept, unmasked=unmasked),
        past=read_past(state_dir, folder, kept, summary),
        unmasked=unmasked,
    )
