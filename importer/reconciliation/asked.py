"""What is asked of a comparison, and the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be compared with what."""

    export: str
    mapping: str
    against: str | None
    """A file; None: what the ledger knows to have landed."""
    other_mapping: str | None
    """The mapping of that file, where it is another."""
    order: Sequence[str]
    base_url: str | None = None
    """Of the customers that are meant, as the ledger has it; None: whichever it has."""
    account: str | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The world outside."""

    now: Callable[[], datetime]
    token_hex: Callable[[int], str]
    working_dir: Path
    progress: Progress
    announce: Callable[[str], None]
