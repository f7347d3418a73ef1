"""Measure how `importer reconcile` of two exports compares with Polars reading and joining them.

    python bench/reconcile.py [--rows 200000] [--rounds 3] [--work FOLDER]

Two files of the benchmark's table: the second in another order, with one row in a hundred lost, one in a hundred new
and three in a hundred edited. `polars` reads both whole and full-joins them on the customer's number; it judges nothing
and compares no field. Both as whole processes, interleaved, after one warm-up; medians, CPU seconds of the process and
its peak memory. The goal: at most 3 times Polars.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import data
import polars as pl

KEY = "customer_no"
LOST, EDITED = 100, 33
"""Of so many rows one is missing there, and one moved there."""
MAPPING = Path(__file__).with_name("bench.yaml")
JOIN = """
import sys, polars as pl
here, there = (pl.read_csv(path, infer_schema=False) for path in sys.argv[1:3])
print(here.join(there, on=sys.argv[3], how="full").height)
"""


class Taken(NamedTuple):
    """What a process took."""

    wall: float
    cpu: float
    peak: float
    """MiB."""


def main() -> None:
    """Write the files, time both in turn, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
        folder = Path(work)
        here, there = folder / "here.csv", folder / "there.csv"
        # In a process of its own: a child is told to have needed what its parent had in memory.
        writer = multiprocessing.get_context("spawn").Process(target=write, args=(here, there, options.rows))
        writer.start()
        writer.join()
        program = [
            sys.executable,
            "-m",
            "importer",
            "reconcile",
            str(here),
            "-m",
            str(MAPPING),
            "--against",
            str(there),
        ]
        steps = {
            "polars": [sys.executable, "-c", JOIN, str(here), str(there), KEY],
            "reconcile": [*program, "--state-dir", str(folder / "state"), "--json", "--no-progress"],
        }
        measure(steps, options.rounds, folder)


def write(here_path: Path, there_path: Path, rows: int) -> None:
    """Write two files that differ as months apart do."""
    whole = data.frame(0, rows + rows // 100).unique(KEY, keep="first", maintain_order=True)
    numbers = pl.int_range(pl.len())
    here = whole.head(rows)
    there = (
        whole.filter(numbers % LOST != 0)
        .with_columns(city=pl.when(numbers % EDITED == 1).then(pl.lit("Moved")).otherwise("city"))
        .sample(fraction=1.0, shuffle=True, seed=1)
    )
    here.write_csv(here_path)
    there.write_csv(there_path)


def measure(steps: dict[str, list[str]], rounds: int, folder: Path) -> None:
    """Run each in turn, and print medians and ratios."""
    taken: dict[str, list[Taken]] = {name: [] for name in steps}
    for round_ in range(rounds + 1):
        for name, words in steps.items():
            one = run(words, folder)
            if round_:
                taken[name].append(one)
    print(f"{'what':<12}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'x wall':>9}{'x cpu':>9}")
    floor = taken["polars"]
    for name, runs in taken.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*runs, strict=True))
        ratios = [
            statistics.median(getattr(one, what) / getattr(base, what) for one, base in zip(runs, floor, strict=True))
            for what in ("wall", "cpu")
        ]
        print(f"{name:<12}{wall:>9.2f}{cpu:>9.2f}{peak:>10.0f}{ratios[0]:>9.2f}{ratios[1]:>9.2f}")


def run(words: list[str], folder: Path) -> Taken:
    """Run a process to its end, and give what it took."""
    begun = time.perf_counter()
    with (folder / "out").open("wb") as out:
        child = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"{words[1:5]} ended with {child.returncode}")
    text = (folder / "out").read_text()
    if "reconcile" in words:
        told = json.loads(text)
        for side in ("here", "there"):
            counts = {name: count for name, count in told[side].items() if name not in ("sources", "read")}
            if sum(counts.values()) != told[side]["read"]:
                raise SystemExit(f"the totals do not tie out: {counts}")
    return Taken(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
