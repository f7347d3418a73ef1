"""Memory does not grow with the file: what is held of four times the rows is what is held of the first."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

ROWS = 150_000
FLAT = 1.3
"""A reading or a plan that held the whole file would come to well over twice as much."""
MAPPING = """
version: 1
name: flat
key: external_id
contact:
  external_id: number
  email: {column: mail, case: lower, required: true}
  first_name: {column: name, case: title}
  city: {column: town, values: {B: Bogotá, M: Medellín}}
  dob: {column: born, date: "%d/%m/%Y"}
"""
TEXTS = tuple(f"text{number}" for number in range(12))
WIDE = f"{MAPPING}  tags: {{{', '.join(f'{text}: {text}' for text in TEXTS)}}}\n"
"""It reads many texts: a few rows that are held of a batch must not hold the texts of all its others."""
ACCOUNT = {
    "IMPORTER_TOKEN": "made-up-token",
    "IMPORTER_ACCOUNT_ID": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "IMPORTER_BASE_URL": "http://127.0.0.1:9",
}
"""Of nobody; a plan asks no server."""
# In a process of its own: a child is told to have needed at least what its parent had in memory.
PEAK = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "importer", *sys.argv[1:]], capture_output=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def write(path: Path, rows: int) -> Path:
    number = pl.int_range(rows, eager=True).cast(pl.String)
    frame = pl.DataFrame({"number": number}).with_columns(
        mail=pl.concat_str(pl.lit("Person."), "number", pl.lit("@example.com")),
        name=pl.lit("MARÍA JOSÉ"),
        town=pl.when(pl.col("number").str.ends_with("7")).then(pl.lit("X")).otherwise(pl.lit("B")),
        born=pl.lit("03/04/1988"),
        # Wide enough that a file held whole would show.
        note=pl.concat_str(pl.lit("una nota larga " * 24), "number"),
    )
    if path.stem.startswith("wide"):
        # Mixed, so that a compressed file of 150,000 rows is no small one, which is looked at whole.
        text = pl.concat_str(
            (pl.col("number").cast(pl.Int64) * 2_654_435_761 % 2**32).cast(pl.String), pl.lit(" y unas palabras")
        )
        frame = frame.drop("note").with_columns(text.alias(name) for name in TEXTS)
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path, row_group_size=50_000)
    return path


def peak_of(source: Path, folder: Path, verb: str = "check", *more: str, ends: int = 3) -> float:
    """Give the largest memory of a check, or another command, of the file, MiB."""
    words = [verb, str(source), "-m", str(folder / "flat.yaml"), "--state-dir", str(folder / source.stem), "-q", *more]
    told = subprocess.run(
        [sys.executable, "-c", PEAK, *words], check=True, capture_output=True, text=True, env={**os.environ, **ACCOUNT}
    ).stdout
    code, kilobytes = map(int, told.split())
    assert code == ends
    return kilobytes / 1024


def test_many_texts_that_are_mapped_need_no_more_memory_in_four_times_the_rows(tmp_path: Path) -> None:
    (tmp_path / "flat.yaml").write_text(WIDE)
    small, large = (peak_of(write(tmp_path / f"wide{rows}.parquet", rows), tmp_path) for rows in (ROWS, 4 * ROWS))
    assert large / small < FLAT, f"{small:.0f} MiB of {ROWS:,} rows, {large:.0f} MiB of {4 * ROWS:,}"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_four_times_the_rows_need_no_more_memory(tmp_path: Path, kind: str) -> None:
    (tmp_path / "flat.yaml").write_text(MAPPING)
    small, large = (peak_of(write(tmp_path / f"rows{rows}.{kind}", rows), tmp_path) for rows in (ROWS, 4 * ROWS))
    assert large / small < FLAT, f"{small:.0f} MiB of {ROWS:,} rows, {large:.0f} MiB of {4 * ROWS:,}"


@pytest.mark.torture
def test_a_plan_of_four_times_the_rows_needs_no_more_memory(tmp_path: Path) -> None:
    (tmp_path / "flat.yaml").write_text(WIDE)
    small, large = (
        peak_of(write(tmp_path / f"wide{rows}.csv", rows), tmp_path, "plan", "--new-ledger", ends=11)
        for rows in (ROWS, 4 * ROWS)
    )
    assert large / small < FLAT, f"{small:.0f} MiB of {ROWS:,} rows, {large:.0f} MiB of {4 * ROWS:,}"
