"""Measure what each stage of preparing and planning takes: microseconds of processor time a row, one batch at a time.

    python bench/stages.py FILE [--rounds 5]

FILE is the benchmark's. Polars works on one thread here, so the figures add up; medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    # Read by Polars when it is loaded, which is why what uses it is imported below.
    os.environ["POLARS_MAX_THREADS"] = "1"

from importer.folder import write_frame
from importer.prepare import column_uses
from importer.prepare.batch import judge_batch, keep_rows, make_bodies
from importer.prepare.columns import ColumnWatch
from importer.prepare.fill import count_filled
from importer.rules import Known
from importer.session import open_given

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("| stage | µs a row |\n|---|---|")
    for name, taken in measure(options.file, options.rounds).items():
        print(f"| {name} | {taken:.2f} |")


def measure(source: Path, rounds: int) -> dict[str, float]:
    """Give the microseconds of each stage."""
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        return _measure(source, rounds, Path(work))


def _measure(source: Path, rounds: int, work: Path) -> dict[str, float]:
    given = open_given((str(source),), str(HERE / "bench.yaml"), work, work)
    compiled, uses = given.compiled, column_uses(given.loaded.mapping, given.compiled)
    today = datetime.now(UTC).date()
    batch = next(given.sources.batches())
    height = batch.cells.height
    known = Known()
    judged = judge_batch(batch, compiled, today, known)
    part, bodies = make_bodies(judged, compiled)

    def write(frame: pl.DataFrame) -> None:
        path = work / "frame"
        path.unlink(missing_ok=True)
        write_frame(frame, path)

    stages: dict[str, tuple[Callable[[], object], int]] = {
        "read: prove, cut, parse and number": (lambda: next(given.sources.batches()), height),
        "judge: map, rules, key, card numbers": (lambda: judge_batch(batch, compiled, today, known), height),
        "count filled fields": (lambda: count_filled(judged, compiled.values), height),
        "look at columns": (lambda: ColumnWatch(uses, source.stat().st_size).take(judged), height),
        "keep the cells of rejected rows, masked": (lambda: keep_rows(judged, compiled), height),
        "write the part": (lambda: write(judged.rows), height),
        "bodies, fingerprints, sums (plan, run)": (lambda: make_bodies(judged, compiled), height),
        "write the part with its fingerprints (plan, run)": (lambda: write(part), height),
        "write the bodies (plan, run)": (lambda: write(bodies), height),
    }
    return {name: _median(work_, rounds) / rows * 1e6 for name, (work_, rows) in stages.items()}


def _median(stage: Callable[[], object], rounds: int) -> float:
    stage()
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        stage()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
