"""Measure the main job against a fast server on loopback: rows a second, processor time, shares.

    python bench/send.py [--rows 20000] [--work FOLDER]

* `fast`: the server answers at once; 32 in flight. Whole process, preparing, recording and Python's start included.
* `latency`: each answer takes 50 ms; the share is requests a second by what 32 and 128 in flight allow.
* `limited`: the server allows 500 requests a second and refuses the others with `Retry-After: 1`; once it tells its
  limit in each answer, once it tells nothing but that.
* `unchanged`: the same file again, against the same ledger: nothing is to be sent.

FOLDER should lie where fsync is fast (/dev/shm) if the disk is not meant.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare import Command, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
LATENCY = 0.05
ALLOWED = 500
"""Requests a second that the limited server takes."""
SECONDS = 30
"""How long the measurements with latency and limits take, at what is possible."""
ACCOUNT = {"IMPORTER_TOKEN": "benchmark-token", "IMPORTER_ACCOUNT_ID": "3c90c3cc-0d44-4b50-8888-8dd25736052a"}
DONE = frozenset({0, 3})


@dataclass(frozen=True)
class Job:
    """One run of the program, as it tells it, and what its process took."""

    told: dict[str, Any]
    """Its summary."""
    wall: float
    """Seconds of the whole process, Python's start and the writing of its pages included."""
    cpu: float
    """Seconds."""
    peak: float
    """MiB."""
    early: int
    """Requests that came before a `Retry-After` had ended."""
    refused: int
    """Requests that the server refused."""
    held: float
    """Seconds for which the server really held an answer back, on average."""

    @property
    def rows(self) -> int:
        """Rows read."""
        return int(self.told["read"])

    @property
    def rate(self) -> float:
        """Requests a second while it sent."""
        return float(self.told["requests"] / self.told["seconds"]["send"])

    @property
    def rows_a_second(self) -> float:
        """Of the whole process."""
        return self.rows / self.wall

    @property
    def cpu_a_row(self) -> float:
        """Microseconds, of the whole process."""
        return self.cpu / self.rows * 1e6

    @property
    def after_prepare(self) -> float:
        """Rows a second of what the run does after preparing, as it tells: without Python's start and its last page."""
        seconds = self.told["seconds"]
        return float(self.rows / (seconds["total"] - seconds["prepare"]))

    @property
    def but_preparing(self) -> float:
        """Rows a second of the whole process but preparing: Python's start, its last page and its end included."""
        return float(self.rows / (self.wall - self.told["seconds"]["prepare"]))


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Start the server and give its base URL; it ends with the block."""
    words = [sys.executable, str(HERE / "server.py"), *options]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101  # for mypy: it is piped
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def make_file(rows: int, folder: Path, kind: str = "csv") -> Path:
    """Give the benchmark's file of so many rows, made if it is not there."""
    path = folder / f"customers_{rows}.{kind}"
    if not path.exists():
        subprocess.run([sys.executable, str(HERE / "data.py"), str(rows), str(path)], check=True)
    return path


def import_file(source: Path, scratch: Path, url: str, *words: str, keep: bool = False) -> Job:
    """Run the main job once."""
    mapping, state = str(HERE / "bench.yaml"), str(scratch / "state")
    argv = [sys.executable, "-m", "importer", "run", str(source), "-m", mapping, "--state-dir", state]
    argv += ["--json", "--no-progress", "--max-creates", "100%", *words, *([] if keep else ["--new-ledger"])]
    cost = measure(Command("importer run", argv, scratch, DONE, {**ACCOUNT, "IMPORTER_BASE_URL": url}, keep))
    told = json.loads((scratch / "stdout").read_text())
    with urllib.request.urlopen(f"{url}/stats") as answer:  # noqa: S310  # our own server on loopback
        stats = json.load(answer)
    return Job(told, cost.wall, cost.cpu, cost.peak, stats["early"], stats["refused"], stats["held"])


def send_fast(source: Path, scratch: Path) -> tuple[Job, Job]:
    """Give the main job of a file against a server that answers at once, and the same again when nothing changed."""
    with serving() as url:
        return (
            import_file(source, scratch, url, "--concurrency", "32"),
            import_file(source, scratch, url, "--concurrency", "32", keep=True),
        )


def send_slowly(folder: Path, scratch: Path, in_flight: int) -> tuple[float, float, float]:
    """Give the share of what so many requests in flight allow where each answer takes 50 ms, and aiohttp's alone.

    And the seconds that an answer really took the server in ours, since its timers end late.
    """
    possible = in_flight / LATENCY
    rows = int(possible * SECONDS)
    with serving("--latency", str(LATENCY)) as url:
        job = import_file(make_file(rows, folder), scratch, url, "--concurrency", str(in_flight))
        words = [url, "--in-flight", str(in_flight), "--rows", str(rows // 3)]
        alone = subprocess.run([sys.executable, HERE / "floors.py", *words], check=True, capture_output=True, text=True)
    return job.rate / possible, float(alone.stdout) / possible, job.held


def send_limited(folder: Path, scratch: Path, *, told: bool) -> tuple[float, Job]:
    """Give the share of what a server allows, and the job. `told`: each answer tells the limit."""
    with serving("--rate", str(ALLOWED), *([] if told else ["--untold"])) as url:
        job = import_file(make_file(ALLOWED * SECONDS, folder), scratch, url, "--concurrency", "32")
    landed = job.told["created"] + job.told["updated"]
    return landed / job.told["seconds"]["send"] / ALLOWED, job


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
        folder, scratch = Path(work), Path(work) / "run"
        fast, again = send_fast(make_file(options.rows, folder), scratch)
        print(f"fast: {fast.rate:,.0f} requests/s, {fast.rows_a_second:,.0f} rows/s, {fast.cpu_a_row:.0f} µs CPU a row")
        print(
            f"unchanged: {again.after_prepare:,.0f} rows/s after preparing, {again.told['requests']} requests;", end=" "
        )
        print(f"{again.but_preparing:,.0f} rows/s of the whole process but preparing")
        for in_flight in (32, 128):
            share, alone, held = send_slowly(folder, scratch, in_flight)
            print(f"latency, {in_flight} in flight: {share:.1%};", end=" ")
            print(f"aiohttp alone {alone:.1%}, the server itself {held * 1e3:.1f} ms")
        for told in (True, False):
            share, job = send_limited(folder, scratch, told=told)
            said = "told" if told else "not told"
            print(f"limit {said}: {share:.1%}; {job.refused} refused, {job.early} before Retry-After ended")


if __name__ == "__main__":
    main()
