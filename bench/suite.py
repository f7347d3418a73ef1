"""Measure everything that docs/speed.md says, and write it there: one command, some ten minutes.

    python bench/suite.py [--rows 1000000] [--large 5000000] [--rounds 3] [--work FOLDER] [--write]

It needs the `bench` extra and a machine with nothing else to do. FOLDER should lie in memory (/dev/shm) and have room
for some gigabytes. With `--write` the tables and the chart in docs/ are made anew; without it they are only printed.
It loads nothing large itself: what it holds in memory would count as a child's.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import send
from chart import Bar, draw
from check import FINISHED, FLOOR
from compare import Command, Cost, compare, measure

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
MARKED = re.compile(r"(?<=<!-- suite -->\n).*(?=<!-- end of suite -->)", re.DOTALL)
RECORDED = re.compile(r"^\| (\d+) \| [-.\d]+ \| ([-.\d]+) \|$", re.MULTILINE)
"""Of the benchmark of the ledger: requests in flight, and CPU microseconds a row."""
UNCHANGED = re.compile(r"^wall: ([\d,]+) rows", re.MULTILINE)
"""Of the benchmark of a run in which nothing changed: rows a second after preparing."""
RIVAL_ROWS = 10_000
JOB_ROWS = 100_000


@dataclass(frozen=True)
class Goal:
    """One line of the table."""

    what: str
    least: float
    aim: float
    unit: str
    measured: float
    note: str = ""
    falling: bool = True
    """Whether less is better."""

    def line(self) -> str:
        """Give it as a line of the table."""
        reached = self.measured <= self.least if self.falling else self.measured >= self.least
        shown = f"{_number(self.measured)}{self.unit}" + (f" ({self.note})" if self.note else "")
        least, aim = (f"{_number(value)}{self.unit}" for value in (self.least, self.aim))
        return f"| {self.what} | {least} | {aim} | {shown} | {'yes' if reached else '**no**'} |"


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as folder:
        text, chart = measure_all(options.rows, options.large, options.rounds, Path(folder))
    print(text)
    if options.write:
        page = DOCS / "speed.md"
        page.write_text(MARKED.sub(lambda _: text, page.read_text("utf-8")), "utf-8")
        (DOCS / "speed.svg").write_text(chart, "utf-8")


def measure_all(rows: int, large: int, rounds: int, work: Path) -> tuple[str, str]:
    """Give the page's tables and its chart."""
    scratch = work / "scratch"
    source = send.make_file(rows, work)
    goals = measure_check(source, scratch, rounds)
    goals += measure_memory(rows, large, work, scratch)
    job, again = send.send_fast(send.make_file(JOB_ROWS, work), scratch)
    goals += measure_sending(job, again, rows, work, scratch)
    goals += [measure_help(scratch)]
    rivals = measure_rivals(send.make_file(RIVAL_ROWS, work), scratch)
    told = [
        machine(work),
        "| what | at least | aim | measured | reached |\n|---|---|---|---|---|\n"
        + "\n".join(goal.line() for goal in goals),
        f"The whole process of {JOB_ROWS:,} rows, and of {RIVAL_ROWS:,} rows with what people write instead (nothing "
        "is checked or recorded), one run each, against a server that answers at once:\n\n"
        "| what | rows/s | CPU µs a row |\n|---|---|---|\n"
        + "\n".join(
            f"| {name} | {each:,.0f} | {cpu:,.0f} |"
            for name, each, cpu in [("importer run", job.rows_a_second, job.cpu_a_row), *rivals]
        ),
        "What the parts that we stand on take by themselves on this machine:\n\n" + measure_floors(work),
        "Where the processor time of sending a row goes, 32 in flight, preparing and planning left out:\n\n"
        + measure_parts(work),
        f"Processor time of the stages, one batch at a time on one thread:\n\n{_printed('stages.py', str(source))}",
    ]
    bars = [Bar("importer run", job.rows_a_second, ours=True), *(Bar(name, each) for name, each, _ in rivals)]
    return "\n\n".join(told) + "\n", draw("Rows a second, whole process, a server that answers at once", bars)


def measure_check(source: Path, scratch: Path, rounds: int) -> list[Goal]:
    """Compare `check` with Polars' copy, and with csv and pydantic."""
    floor = Command(
        "floor", [sys.executable, "-c", FLOOR, str(source), str(scratch / "floor" / "out")], scratch / "floor"
    )
    ours = check_command(source, scratch)
    rival = _rival("csv-pydantic", source, str(scratch / "rival" / "out"), scratch)
    costs = compare([floor, ours], rounds)
    pairs = list(zip(costs[ours.name], costs[floor.name], strict=True))
    ratios = [one.wall / other.wall for one, other in pairs]
    cpu = statistics.median(one.cpu / other.cpu for one, other in pairs)
    pydantic = compare([ours, rival], rounds, warm_up=0)
    slow = [other.wall / one.wall for one, other in zip(pydantic[ours.name], pydantic[rival.name], strict=True)]
    spread = f"{min(slow):.2f} to {max(slow):.2f}"
    note = f"{min(ratios):.2f} to {max(ratios):.2f}; of CPU {cpu:.2f}"
    return [
        Goal("`check` of a CSV ÷ Polars writing it as NDJSON", 3, 2, " times", statistics.median(ratios), note),
        Goal("csv + pydantic per row ÷ `check`", 10, 20, " times", statistics.median(slow), spread, falling=False),
    ]


def check_command(source: Path, scratch: Path) -> Command:
    """Give the command that checks a file."""
    words = ["check", str(source), "-m", str(HERE / "bench.yaml"), "--state-dir", str(scratch / "check" / "state")]
    return Command("check", [sys.executable, "-m", "importer", *words, "--json"], scratch / "check", FINISHED)


def measure_memory(rows: int, large: int, work: Path, scratch: Path) -> list[Goal]:
    """Compare the peaks of a file and of one five times as large."""
    goals = []
    for kind, least in (("csv", 1024), ("parquet", 600)):
        peaks: list[Cost] = []
        for height in (rows, large):
            source = send.make_file(height, work, kind)
            peaks.append(measure(check_command(source, scratch)))
            if height == large:
                source.unlink()
        small, big = (cost.peak for cost in peaks)
        goals.append(Goal(f"peak memory, {large:,} rows ÷ {rows:,}, {kind}", 1.3, 1.05, " times", big / small))
        goals.append(Goal(f"peak memory at {large:,} rows, {kind}", least, 600, " MiB", big))
    return goals


def measure_sending(job: send.Job, again: send.Job, rows: int, work: Path, scratch: Path) -> list[Goal]:
    """Compare the main job, shares, recording and a run without changes with their goals."""
    shares = {in_flight: send.send_slowly(work, scratch, in_flight) for in_flight in (32, 128)}
    told_share, told = send.send_limited(work, scratch, told=True)
    untold_share, untold = send.send_limited(work, scratch, told=False)
    busy = RECORDED.findall(_printed("ledger.py", "--rows", "50000", "--work", str(work)))
    recorded = ", ".join(f"{cost} at {in_flight}" for in_flight, cost in busy)
    unchanged = UNCHANGED.findall(_printed("unchanged.py", "--rows", str(rows), "--rounds", "1", "--work", str(work)))
    changed = (
        f"{rows:,} rows; of {again.rows:,} {again.after_prepare:,.0f}, all but preparing {again.but_preparing:,.0f}"
    )
    return [
        Goal(
            "main job, 32 in flight: rows a second, the whole process",
            4000,
            7000,
            "",
            job.rows_a_second,
            f"{job.told['requests'] / job.rows:.0%} of them are sent, at {job.rate:,.0f} requests a second",
            falling=False,
        ),
        Goal("main job: CPU a row, the whole process", 250, 140, " µs", job.cpu_a_row),
        _share(32, 93, 97, *shares[32]),
        _share(128, 88, 95, *shares[128]),
        Goal("share of a server's limit that its answers tell", 97, 99, " %", told_share * 100, falling=False),
        Goal("share of a server's limit that only refusals tell", 97, 99, " %", untold_share * 100, falling=False),
        Goal(
            "requests before a `Retry-After` had ended, both",
            0,
            0,
            "",
            told.early + untold.early,
            f"{told.refused + untold.refused} refused",
        ),
        Goal(
            "intent and outcome, durable, busy: CPU a row",
            30,
            15,
            " µs",
            max(float(cost) for _, cost in busy),
            f"{recorded} in flight",
        ),
        Goal(
            "nothing changed: rows a second after prepare",
            300_000,
            1_000_000,
            "",
            float(unchanged[0].replace(",", "")),
            changed,
            falling=False,
        ),
        Goal("nothing changed: requests", 0, 0, "", again.told["requests"]),
    ]


def _share(in_flight: int, least: float, aim: float, ours: float, alone: float, held: float) -> Goal:
    told = f"aiohttp alone, nothing recorded: {alone * 100:.1f} %; the server itself took {held * 1e3:.1f} ms"
    return Goal(f"share of {in_flight} in flight at 50 ms", least, aim, " %", ours * 100, told, falling=False)


def measure_help(scratch: Path) -> Goal:
    """Compare `--help` with Python that does nothing."""
    nothing = Command("pass", [sys.executable, "-c", "pass"], scratch / "pass")
    click = Command("click", [sys.executable, "-c", "import click"], scratch / "click")
    ours = Command("help", [sys.executable, "-m", "importer", "--help"], scratch / "help")
    costs = compare([nothing, click, ours], rounds=15)
    ratios = {
        name: statistics.median(one.wall / other.wall for one, other in zip(costs[name], costs["pass"], strict=True))
        for name in ("click", "help")
    }
    note = f"`import click` alone {ratios['click']:.2f}"
    return Goal("`importer --help` ÷ `python -c pass`", 2.5, 2, " times", ratios["help"], note)


def measure_rivals(source: Path, scratch: Path) -> list[tuple[str, float, float]]:
    """Give for each other way its rows a second and microseconds of CPU a row."""
    found = []
    with send.serving() as url:
        for way, name in (
            ("requests-threads", "requests, 32 threads"),
            ("requests-loop", "requests in a loop"),
            ("httpx-gather", "httpx, 32 gathered"),
        ):
            cost = measure(_rival(way, source, f"{url}/contacts", scratch))
            found.append((name, RIVAL_ROWS / cost.wall, cost.cpu / RIVAL_ROWS * 1e6))
    return found


def measure_floors(work: Path) -> str:
    """Give the table of what sending and recording can't come below here."""
    with send.serving() as url:
        return _printed("floors.py", url, "--work", str(work))


def measure_parts(work: Path) -> str:
    """Give the table of what the parts of sending take for a row."""
    with send.serving() as url:
        return _printed("budget.py", url, "--work", str(work))


def machine(work: Path) -> str:
    """Say on what it was measured."""
    lies = "in memory" if work.is_relative_to("/dev/shm") else "on a disk"  # noqa: S108  # no file of ours
    known = ", ".join(f"{name} {version(name)}" for name in ("polars", "httpx", "aiohttp", "uvloop", "pydantic"))
    python = f"Python {platform.python_version()}, {platform.machine()}"
    return f"{python}, {known}; {os.cpu_count()} cores, files and ledger {lies}."


def _rival(way: str, source: Path, place: str, scratch: Path) -> Command:
    return Command(way, [sys.executable, str(HERE / "rivals.py"), way, str(source), place], scratch / "rival")


def _printed(script: str, *words: str) -> str:
    """Give the table that another benchmark prints."""
    done = subprocess.run([sys.executable, HERE / script, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"  # noqa: PLR2004  # of few digits


if __name__ == "__main__":
    main()
