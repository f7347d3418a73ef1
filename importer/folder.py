"""The folder of one run: where its files lie, readable by their owner only, and whole or not there."""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

import polars as pl

from importer.errors import StateError, UsageError
from importer.folder_lock import hold_folder
from importer.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

GONE = "The same `importer run` begins anew; what has landed is not sent again."
RUN_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")
STAMP = "%Y%m%dT%H%M%S"
AT_ONCE = 2  # files that are summed side by side
PIECE = 1 << 18
"""Bytes of a file that are summed at a time, always in the same memory."""
CLOSE = timedelta(minutes=1)
"""Runs that follow each other this closely are named in their order; a clock put back further is not hidden."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`STATE/runs/RUN/` and the names of what lies in it."""

    path: Path

    @property
    def run_id(self) -> str:
        """The run's name, which sorts by its start in UTC."""
        return self.path.name

    @property
    def parts(self) -> Path:
        """Where prepare puts its numbered Parquet parts."""
        return self.path / "parts"

    @property
    def plan(self) -> Path:
        """Where plan puts its parts, aligned with those of prepare."""
        return self.path / "plan"

    def part(self, number: int) -> Path:
        """Where a part lies."""
        return self.parts / f"{number:05}.parquet"

    def bodies(self, number: int) -> Path:
        """Where the bodies of a part lie."""
        return self.parts / f"bodies-{number:05}.parquet"

    def plan_part(self, number: int) -> Path:
        """Where the plan of a part lies."""
        return self.plan / f"{number:05}.parquet"

    def kept_cells(self, number: int) -> Path:
        """Where the cells of a part's rejected rows wait for the reject file."""
        return self.parts / f"cells-{number:05}.parquet"

    @property
    def rejects(self) -> Path:
        """The rows to mend."""
        return self.path / "rejects.csv"

    @property
    def results(self) -> Path:
        """How every row ended."""
        return self.path / "results.csv"

    @property
    def summary(self) -> Path:
        """The numbers, as `--json` prints them."""
        return self.path / "run.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.path / "report.html"

    @property
    def job(self) -> Path:
        """What the run was made from, so that it can go on or be applied."""
        return self.path / "job.json"

    def write_json(self, path: Path, document: dict[str, Any]) -> None:
        """Put a document in its place whole: written beside it, synced, renamed."""
        # A path that is no UTF-8 holds lone surrogates; their escapes are JSON and read back the same.
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        write_whole(path, text.encode("utf-8", "backslashreplace"))

    def drop_summary(self) -> None:
        """Take the numbers and their page away, as long as what they tell is not the end."""
        try:
            self.summary.unlink(missing_ok=True)
            self.report.unlink(missing_ok=True)
        except OSError as error:
            raise _full(self.summary, error) from None

    def read_json(self, path: Path) -> dict[str, Any]:
        """Read a document of this run; StateError when it is missing or damaged."""
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise StateError(f"{path} is missing: this run can't go on or be shown. {GONE}") from None
        except (OSError, ValueError):
            raise StateError(f"{path} can't be read: this run can't go on or be shown. {GONE}") from None
        if not isinstance(document, dict):
            raise StateError(f"{path} is damaged: this run can't go on or be shown. {GONE}")
        return document


def write_kept(folder: RunFolder, kept: Kept) -> None:
    """Keep what a run was made from; it is ready to send from then on."""
    folder.write_json(folder.job, asdict(kept))


def read_kept(folder: RunFolder) -> Kept:
    """Read what a run was made from. Raises StateError when it is missing or damaged."""
    document = folder.read_json(folder.job)
    try:
        listed = {name: tuple(document[name]) for name in ("sources", "names", "read_as", "unused")}
        return Kept(**{**document, **listed})
    except (KeyError, TypeError):
        raise StateError(f"{folder.job} is damaged: this run can't go on or be shown. {GONE}") from None


def refuse_purged(folder: RunFolder, kept: Kept) -> None:
    """Raise UsageError when a run's rows were purged: what asks for them can't be answered."""
    if kept.purged:
        raise UsageError(f"run {folder.run_id} was purged on {kept.purged[:10]}: only its numbers are left")


def is_whole(folder: RunFolder) -> bool:
    """Whether all that a run needs to go on lies in its folder, as it was written."""
    try:
        kept = read_kept(folder)
        for path in _needed(folder, kept.parts):
            check_file(path, kept.sums)
    except StateError:
        return False
    return True


def sum_files(folder: RunFolder, parts: int) -> dict[str, int]:
    """Give the CRC-32 of each file that sending reads: Parquet has none that Polars writes, and a bit is a letter.

    Raises StateError when one can't be read.
    """
    paths = list(_needed(folder, parts))
    with ThreadPoolExecutor(AT_ONCE, "sums") as threads:
        return dict(zip(map(_name_in_run, paths), threads.map(_sum_file, paths), strict=True))


def check_file(path: Path, sums: Mapping[str, int]) -> None:
    """Raise StateError when a file of a run is missing, or is not what was written; without a sum it need only be."""
    known = sums.get(_name_in_run(path))
    if (known is None and not path.is_file()) or (known is not None and _sum_file(path) != known):
        raise _damaged(path)


def _needed(folder: RunFolder, parts: int) -> Iterator[Path]:
    return (path(number) for number in range(parts) for path in (folder.part, folder.bodies, folder.plan_part))


def _name_in_run(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _sum_file(path: Path) -> int:
    found, piece = 0, memoryview(bytearray(PIECE))
    try:
        with path.open("rb", buffering=0) as file:
            while size := file.readinto(piece):
                found = crc32(piece[:size], found)
    except OSError:
        raise _damaged(path) from None
    return found


def _damaged(path: Path) -> StateError:
    return StateError(f"{path}: a file of the run is missing or damaged. {GONE}")


def drop_folder(folder: RunFolder) -> None:
    """Take away the folder of a run that never got ready: it holds customers' data that nobody needs."""
    shutil.rmtree(folder.path, ignore_errors=True)


def new_folder(state_dir: Path, now: datetime, token_hex: Callable[[int], str]) -> RunFolder:
    """Make the folder of a new run; `now` is in UTC, `token_hex` keeps two runs of one second apart."""
    folder = RunFolder(state_dir / "runs" / f"{_stamp(state_dir, now)}-{token_hex(3)}")
    try:
        for path in (state_dir, state_dir / "runs", folder.path, folder.parts, folder.plan):
            path.mkdir(mode=0o700, exist_ok=path in (state_dir, state_dir / "runs"))
    except OSError as error:
        raise StateError(
            f"the state folder {state_dir} can't be written ({error.strerror}); "
            "choose another with --state-dir or mend its rights"
        ) from None
    return folder


def _stamp(state_dir: Path, now: datetime) -> str:
    """Give the beginning of a run's name: it sorts after the runs just before it, were they of the same second."""
    newest = max((folder.run_id[:15] for folder in list_folders(state_dir)), default="")
    stamp, soon = (f"{moment:{STAMP}}" for moment in (now, now + CLOSE))
    if not stamp <= newest <= soon:
        return stamp
    return f"{datetime.strptime(newest, STAMP).replace(tzinfo=UTC) + timedelta(seconds=1):{STAMP}}"


@contextmanager
def fresh_folder(state_dir: Path, now: datetime, token_hex: Callable[[int], str]) -> Iterator[RunFolder]:
    """Give the folder of a new run (see `new_folder`); it goes again where the run does not get ready."""
    folder = new_folder(state_dir, now, token_hex)
    with hold_folder(folder.path):
        try:
            yield folder
        except BaseException:
            drop_folder(folder)
            raise


def find_folder(state_dir: Path, run: str) -> RunFolder:
    """Find a run by its id or as `last`, the newest one."""
    if run == "last":
        folders = list_folders(state_dir)
        if not folders:
            raise UsageError(f"there is no run in {state_dir} yet")
        return folders[-1]
    path = state_dir / "runs" / run
    if not RUN_ID.fullmatch(run) or not path.is_dir():
        raise UsageError(f"there is no run {run} in {state_dir}; `importer runs` lists them")
    return RunFolder(path)


def list_folders(state_dir: Path) -> list[RunFolder]:
    """List all runs, oldest first."""
    runs = state_dir / "runs"
    if not runs.is_dir():
        return []
    return [RunFolder(path) for path in sorted(runs.iterdir()) if RUN_ID.fullmatch(path.name)]


def read_frame(path: Path, columns: list[str] | None = None, start: int = 0, height: int | None = None) -> pl.DataFrame:
    """Read a Parquet file of the run, or some columns and rows of it; StateError when it is missing or damaged."""
    try:
        frame = pl.scan_parquet(path).slice(start, height)
        return (frame if columns is None else frame.select(columns)).collect()
    except (OSError, pl.exceptions.PolarsError):
        # Their texts may hold cells.
        raise _damaged(path) from None


def write_frame(frame: pl.DataFrame, path: Path, *, lasting: bool = True) -> None:
    """Write a Parquet file for its owner alone, synced if it must outlast a crash. Raises StateError on a full disk."""
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            frame.write_parquet(file, compression="lz4", statistics=False)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
    except (OSError, pl.exceptions.ComputeError) as error:
        # Polars tells a disk that is full as a computation that failed.
        raise _full(path, error) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, readable by its owner only."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise _full(path, error) from None


def _full(path: Path, error: Exception) -> StateError:
    why = getattr(error, "strerror", None) or "the disk may be full"
    return StateError(f"{path} can't be written ({why}); free some space or mend the rights")
