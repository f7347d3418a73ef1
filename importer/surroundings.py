"""The world outside, handed in: its clocks, its chance, where we stand, and who watches."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from importer.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a verb needs of the world; by default the real one, and nobody watching."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    processor: Callable[[], float] = time.thread_time
    """Seconds of the processor that the calling thread took."""
    token_hex: Callable[[int], str] = secrets.token_hex
    working_dir: Path = field(default_factory=Path.cwd)
    progress: Progress = field(default_factory=Silent)
    announce: Callable[[str], None] = lambda _text: None
    """Told how each source is read, before it is."""
