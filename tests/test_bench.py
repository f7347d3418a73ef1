"""The benchmarks keep working: their file is the same every time, and their mapping fits it."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from importer.mapping.compile import compile_mapping
from importer.mapping.load import load_mapping
from importer.mapping.places import mapping_columns

BENCH = Path(__file__).parents[1] / "bench"
ROWS = 5000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    paths = [tmp_path_factory.mktemp("bench") / name for name in ("one.csv", "two.csv", "three.parquet")]
    for path in paths:
        subprocess.run([sys.executable, BENCH / "data.py", str(ROWS), path], check=True)
    return paths


def test_the_file_is_the_same_every_time(made: list[Path]) -> None:
    assert made[0].read_bytes() == made[1].read_bytes()


def test_csv_and_parquet_hold_the_same_cells(made: list[Path]) -> None:
    csv, parquet = pl.read_csv(made[0], infer_schema=False), pl.read_parquet(made[2])
    assert csv.shape == (ROWS, 35)
    assert csv.equals(parquet)


def test_about_three_rows_in_a_hundred_are_bad(made: list[Path]) -> None:
    cells = pl.read_csv(made[0], infer_schema=False)
    bad = cells.select(
        pl.any_horizontal(
            ~pl.col("email").str.contains("@").fill_null(value=False),
            pl.col("masivo_id").str.len_chars() != 36,
            pl.col("customer_no").str.strip_chars() == "",
            pl.col("customer_no").is_duplicated(),
            pl.col("dob") == "31/02/1988",
            pl.col("gender") == "X",
            pl.col("status") == "Moroso",
            pl.col("newsletter") == "quizás",
            pl.col("points") == "muchos",
            pl.col("card").str.len_chars() != 4,
            pl.col("expires") == "13/27",
        ).fill_null(value=False)
    ).to_series()
    assert 0.02 < bad.sum() / ROWS < 0.04


def test_the_mapping_uses_every_column_of_the_file(made: list[Path]) -> None:
    mapping = load_mapping(BENCH / "bench.yaml").mapping
    assert sorted(mapping_columns(mapping)) == sorted(pl.read_csv(made[0], n_rows=0).columns)
    assert compile_mapping(mapping).key == ("external_id",)
