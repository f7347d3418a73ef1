"""Where a comparison works: `STATE/reconciled/TIME/`, in which only differences.csv stays.

The compared values of both sides lie in `here/` and `there/` there while the comparison lasts. They are customers'
data, so what a killed comparison left of them goes when the next one begins.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.folder import RUN_ID
from importer.folder_lock import hold_folder, is_held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.reconciliation.asked import Around

FOLDER = "reconciled"
"""Beside `runs`: a comparison is no run, and must not be taken for the last one."""
DIFFERENCES = "differences.csv"
SIDES = ("here", "there")


@contextmanager
def work_folder(state_dir: Path, around: Around) -> Iterator[Path]:
    """Give the folder of a comparison, held while it lasts. Raises StateError when it can't be made."""
    folder = state_dir / FOLDER / f"{around.now():%Y%m%dT%H%M%S}-{around.token_hex(3)}"
    # Under its own name it is held from the first moment, so that nobody takes it for one that was left.
    begun = folder.with_name(f".{folder.name}.new")
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        _clear_left(folder.parent)
        begun.mkdir(mode=0o700)
    except OSError as error:
        raise StateError(f"{folder} can't be made: {error.strerror}. Give another --state-dir.") from None
    with hold_folder(begun):
        begun.rename(folder)
        try:
            yield folder
        finally:
            _leave_answer(folder)


def _clear_left(parent: Path) -> None:
    """Take away what comparisons that were killed left behind."""
    for path in sorted(parent.iterdir()):
        if RUN_ID.fullmatch(path.name) and path.is_dir() and not path.is_symlink() and not is_held(path):
            _leave_answer(path)


def _leave_answer(folder: Path) -> None:
    for name in SIDES:
        shutil.rmtree(folder / name, ignore_errors=True)
    if not (folder / DIFFERENCES).exists():
        shutil.rmtree(folder, ignore_errors=True)
