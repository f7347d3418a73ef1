"""Repeated keys are found whatever their number, in little more memory than their hashes take."""

import subprocess
import sys
from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.prepare.repeated import find_equal

HASHES = st.lists(st.lists(st.integers(0, 40) | st.sampled_from([2**64 - 1, 2**63, 8, 16]), max_size=12), max_size=6)
GROWTH = """
import resource
import polars as pl
from importer.prepare.repeated import find_equal
hashes = [pl.Series(range(start, start + 50_000), dtype=pl.UInt64).hash() for start in range(0, 4_000_000, 50_000)]
size = sum(one.estimated_size() for one in hashes) // 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert find_equal(hashes).is_empty()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / size)
"""


@given(HASHES)
def test_those_that_stand_more_than_once_are_found_once(parts: list[list[int]]) -> None:
    found = find_equal([pl.Series("hash", part, pl.UInt64) for part in parts]).to_list()
    counted = Counter(one for part in parts for one in part)
    assert sorted(found) == sorted(one for one, times in counted.items() if times > 1)


def test_finding_them_takes_less_memory_than_a_copy_of_all() -> None:
    done = subprocess.run([sys.executable, "-c", GROWTH], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 1.5  # a table of all came to twelve times as much
