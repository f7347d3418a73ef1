"""Measure `importer check` and `plan` against Polars writing the same file unchanged as NDJSON: a floor for both.

    python bench/check.py [--rows 1000000] [--rounds 5] [--kind csv|parquet] [--work FOLDER]

Whole processes, interleaved, one warm-up, medians. FOLDER should lie in memory (/dev/shm) if disk writes are not meant.
`check` reads, maps and judges every row and writes parts and the reject file; it sends nothing, so it makes neither
bodies nor fingerprints. `plan --sandbox` makes and writes them too, and joins all with a ledger, here an empty one.
The goal is a `check` of at most 3 times the floor's time, in under 1 GiB.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import Command, compare, table

HERE = Path(__file__).resolve().parent
FLOOR = """
import sys, polars as pl
scan = pl.scan_parquet(sys.argv[1]) if sys.argv[1].endswith("parquet") else pl.scan_csv(sys.argv[1], infer_schema=False)
scan.sink_ndjson(sys.argv[2])
"""
FINISHED = frozenset({0, 3, 11})
"""`check` ends with 3 when rows are rejected, as 3 % here are; `plan` with 11 when there is something to send."""


def main() -> None:
    """Make the file if it is not there, time both, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kind", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    source = HERE / "data" / f"customers_{options.rows}.{options.kind}"
    if not source.exists():
        subprocess.run([sys.executable, HERE / "data.py", str(options.rows), source], check=True)
    size = source.stat().st_size / 1e6
    print(f"{options.rows:,} rows, {size:,.0f} MB {options.kind}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
        runs = compare(commands(source, Path(work)), options.rounds)
    print(table(runs, baseline="sink_ndjson"))


def commands(source: Path, work: Path) -> list[Command]:
    """Give the floor, `importer check` and `importer plan`, each with its own folder."""
    floor = work / "floor"
    return [
        Command("sink_ndjson", [sys.executable, "-c", FLOOR, str(source), str(floor / "out.ndjson")], floor),
        Command("importer check", _importer("check", source, work / "check"), work / "check", FINISHED),
        Command("importer plan", _importer("plan", source, work / "plan", "--sandbox"), work / "plan", FINISHED),
    ]


def _importer(verb: str, source: Path, scratch: Path, *more: str) -> list[str]:
    mapping, state = str(HERE / "bench.yaml"), str(scratch / "state")
    return [sys.executable, "-m", "importer", verb, str(source), "-m", mapping, "--state-dir", state, "--json", *more]


if __name__ == "__main__":
    main()
