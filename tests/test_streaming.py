"""No plan of Polars that reads a file leaves its streaming engine: what falls back holds the whole file in memory."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

# Each plan over a file that is collected is written down with its nodes that fall back, as Polars itself draws them.
WATCHED = """
import json, runpy, sys
import polars as pl

FALLBACK = 'fillcolor="0.0 0.3 1.0"'
told, module = open(sys.argv.pop(1), "a"), sys.argv.pop(1)
collect = pl.LazyFrame.collect

def watched(frame, *args, **named):
    if "SCAN [" in frame.explain():
        drawn = frame.show_graph(plan_stage="physical", engine="streaming", raw_output=True)
        fallen = [line for line in drawn.splitlines() if FALLBACK in line]
        print(json.dumps([str(named.get("engine")), fallen]), file=told, flush=True)
    return collect(frame, *args, **named)

pl.LazyFrame.collect = watched
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
LEAVES = """
import polars as pl, sys
scan = pl.scan_parquet(sys.argv[1])
scan.group_by("number").agg(pl.col("email").map_elements(len, return_dtype=pl.Int64)).collect(engine="streaming")
"""
MAPPING = """
version: 1
name: streamed
key: external_id
contact:
  external_id: number
  email: {column: email, case: lower, required: true}
"""
SANDBOX = ["--sandbox", "--new-ledger", "--max-creates", "100%"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    rows = pl.DataFrame({"number": [f"n{n}" for n in range(400)]}).with_columns(
        email=pl.when(pl.int_range(400) % 9 == 0).then(pl.lit("no email")).otherwise(pl.col("number") + "@example.com")
    )
    rows.write_csv(tmp_path / "rows.csv")
    rows.write_parquet(tmp_path / "rows.parquet", row_group_size=100)
    return tmp_path


def plans(folder: Path, *words: str) -> list[tuple[str, list[str]]]:
    """Give of each plan over a file the engine that was asked for, and its nodes that fall back."""
    told = folder / "plans"
    told.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", WATCHED, str(told), *words], capture_output=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    return [(engine, fallen) for engine, fallen in map(json.loads, told.read_text().splitlines())]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("verb", [["check"], ["run", *SANDBOX]], ids=["check", "run"])
def test_no_plan_over_a_file_leaves_the_streaming_engine(folder: Path, kind: str, verb: list[str]) -> None:
    words = [*verb, str(folder / f"rows.{kind}"), "-m", str(folder / "mapping.yaml"), "--state-dir", str(folder / "s")]
    found = plans(folder, "importer", *words, "-q")
    # Of the file's own slices, of the parts' and of the page's rows.
    assert len(found) >= 2
    assert [each for each in found if each != ("None", [])] == []


def test_a_plan_that_leaves_it_is_seen(folder: Path) -> None:
    (folder / "leaves.py").write_text(LEAVES)
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n{WATCHED}"
    told = folder / "plans"
    words = [sys.executable, "-W", "ignore", "-c", code, str(told), "leaves", str(folder / "rows.parquet")]
    subprocess.run(words, check=True, capture_output=True)
    ((engine, fallen),) = map(json.loads, told.read_text().splitlines())
    assert engine == "streaming"
    assert any("in-memory" in line for line in fallen)
