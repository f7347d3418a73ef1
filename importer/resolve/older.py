"""Brings an older ledger to where it can be trusted: what the runs' folders tell may have been sent is held back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.folder import check_file, list_folders, read_frame, read_kept
from importer.ledger import KeyRule, Ledger, Target
from importer.ledger.holding import Planned, hold_back
from importer.outcome import Action

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.folder import Kept, RunFolder


NOT_SENT = frozenset({"check", "plan"})


def hold_lost(ledger: Ledger, state_dir: Path, sent_by: datetime | None, now: datetime) -> int:
    """Hold back every create that a run's folder planned and the ledger does not know; give how many.

    `sent_by` is when the last request can have been sent; None where nobody knows. Raises StateError, and changes
    nothing, when a folder's files are damaged: nobody would know whom it created.
    """
    return hold_back(ledger, _planned(state_dir), sent_by=sent_by or now, now=now)


def last_record(mark: Path) -> datetime | None:
    """Give when the last transaction was recorded: the mark's own time, None where there is none."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    return None


def _planned(state_dir: Path) -> Iterator[Planned]:
    for folder in reversed(list_folders(state_dir)):
        if not folder.job.exists():
            # It never got ready, so nothing of it was sent.
            continue
        kept = read_kept(folder)
        if kept.verb in NOT_SENT or kept.account is None:
            continue
        if kept.namespace is None:
            raise StateError(
                f"{folder.job}: does not tell whose customers they are: an earlier version made it. Put the newest "
                "copy of the whole state folder back."
            )
        said = kept.namespace
        yield Planned(
            run_id=folder.run_id,
            folder=str(folder.path),
            target=Target(said["base_url"], said["account"], said["name"]),
            keys=KeyRule(tuple(said["key_fields"]), said["key_steps"]),
            creates=_creates(folder, kept),
        )


def _creates(folder: RunFolder, kept: Kept) -> Iterator[pl.DataFrame]:
    for number in range(kept.parts):
        for path in (folder.plan_part(number), folder.part(number)):
            check_file(path, kept.sums)
        rows = pl.concat(
            [
                read_frame(folder.part(number), ["source", "row", "key"]),
                read_frame(folder.plan_part(number), ["action"]),
            ],
            how="horizontal",
        )
        yield (
            rows.with_row_index("position")
            .filter(action=Action.CREATE.value)
            .with_columns(part=pl.lit(number, pl.Int32))
        )
