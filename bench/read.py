"""Measure how reading compares: one table, written in several ways, read whole by `importer.source` and by Polars.

    python bench/read.py [--rows 300000] [--rounds 5] [--work FOLDER]

All in one process, interleaved, one warm-up, medians. `polars` reads the plain file by pieces as large as ours without
a look at its structure; `plain` is ours; the others hold the same rows as cp1252, with every cell quoted, with a quoted
line break in every record, and packed. The goals: plain at most 2 times polars; cp1252, quoted and breaks at most 2
times plain. `open` is detection alone, on two large files; one is all ASCII, so all of it must be looked through.
"""

from __future__ import annotations

import argparse
import gzip
import io
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import data
import polars as pl

from importer.source import Declared, open_sources

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = 16 << 20


def main() -> None:
    """Write the files, time all in turn, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_000_000_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
        folder = Path(work)
        write(folder, options.rows)
        measure(folder, options.rounds)
        measure_detection(folder, options.large)


def write(folder: Path, rows: int) -> None:
    """Write the same table in every way."""
    table = data.frame(0, rows).select(pl.all().str.replace_all('["\\n,]', " "))
    plain = table.write_csv(quote_style="never")
    broken = table.with_columns(notes=pl.concat_str(pl.lit("one\ntwo "), pl.col("street").fill_null("")))
    (folder / "plain.csv").write_bytes(plain.encode())
    (folder / "cp1252.csv").write_bytes(plain.encode("cp1252"))
    (folder / "utf16.csv").write_bytes(plain.encode("utf-16"))
    (folder / "packed.csv").write_bytes(gzip.compress(plain.encode(), 6))
    (folder / "quoted.csv").write_bytes(table.write_csv(quote_style="always").encode())
    (folder / "breaks.csv").write_bytes(broken.write_csv().encode())


def measure(folder: Path, rounds: int) -> None:
    """Time each way in turn, and print medians and what they come to beside the plain file."""
    ways = ("plain", "cp1252", "quoted", "breaks", "utf16", "packed")
    steps: dict[str, Callable[[], int]] = {"polars": lambda: read_plainly(folder / "plain.csv")}
    for way in ways:
        steps[way] = partial(read, folder / f"{way}.csv")
    taken: dict[str, list[float]] = {name: [] for name in steps}
    heights = {step() for step in steps.values()}  # the warm-up
    if len(heights) != 1:
        raise SystemExit(f"the ways disagree on the number of rows: {heights}")
    for _ in range(rounds):
        for name, step in steps.items():
            begun = time.perf_counter()
            step()
            taken[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    megabytes = (folder / "plain.csv").stat().st_size / 1e6
    print(f"{heights.pop():,} rows, {megabytes:,.0f} MB, {rounds} rounds, interleaved")
    for name, median in medians.items():
        beside = {other: median / medians[other] for other in ("plain", "polars")}
        print(f"{name:<8}{median:>8.2f} s {beside['plain']:>6.2f} x plain {beside['polars']:>6.2f} x polars")


def read(path: Path) -> int:
    """Read a file as a run does; give its rows."""
    sources = open_sources([str(path)], Declared(), beside=path.parent)
    return sum(batch.cells.height for batch in sources.batches())


def read_plainly(path: Path) -> int:
    """Parse a file by pieces cut at line ends, as if nothing could be wrong with it."""
    rows, held, header = 0, b"", True
    with path.open("rb") as file:
        while block := file.read(PIECE):
            held += block
            end = held.rfind(b"\n") + 1
            frame = pl.read_csv(io.BytesIO(held[:end]), has_header=header, infer_schema=False)
            rows, held, header = rows + frame.height, held[end:], False
    return rows


def measure_detection(folder: Path, size: int) -> None:
    """Time opening a large file that is all ASCII, and one whose letters stand everywhere."""
    lines = {"ASCII": b"1234567,some words,of plain text\n", "cp1252": "1,Peña,Bogotá\n".encode("cp1252")}
    for name, line in lines.items():
        path = folder / "large.csv"
        with path.open("wb") as file:
            file.write(b"a,b,c\n")
            for _ in range(size // (len(line) << 14)):
                file.write(line * (1 << 14))
        begun = time.perf_counter()
        how = open_sources([str(path)], Declared()).described[0].encoding
        seconds, megabytes = time.perf_counter() - begun, path.stat().st_size / 1e6
        print(f"open    {seconds:>8.2f} s for {megabytes:,.0f} MB of {name}, read as {how}")


if __name__ == "__main__":
    main()
