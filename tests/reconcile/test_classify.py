"""Whatever two sides hold, each of their rows is in one class."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.reconcile.classes import Class, classify

NAMES = ("id", "key", "email", "phone")
CELL = st.sampled_from([None, None, 1, 2, 3, 4])
ROW = st.fixed_dictionaries(
    {
        **dict.fromkeys(NAMES, CELL),
        "content": st.sampled_from([1, 2]),
        "rejected": st.sampled_from([False, False, True]),
        "pending": st.booleans(),
        "superseded": st.booleans(),
        "learned": st.booleans(),
    }
)
SCHEMA: dict[str, Any] = {
    **dict.fromkeys((*NAMES, "content"), pl.UInt64),
    **dict.fromkeys(("rejected", "pending", "superseded", "learned"), pl.Boolean),
}


@dataclass(frozen=True)
class Rows:
    """A side that is nothing but rows."""

    rows: pl.DataFrame
    names: tuple[str, ...] = ()

    def details(self, rows: pl.Series) -> pl.DataFrame:
        raise AssertionError(f"classes come of hashes alone, but the values of {rows.len()} rows were asked for")

    def bodies(self, rows: pl.Series) -> pl.Series:
        raise AssertionError(f"classes come of hashes alone, but the bodies of {rows.len()} rows were asked for")


def side(rows: list[dict[str, Any]]) -> Rows:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return Rows(frame.with_columns(pl.col("superseded") & pl.col("rejected")))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ROW, max_size=8),
    st.lists(ROW, max_size=8),
    st.permutations(NAMES),
    st.dictionaries(st.integers(5, 7), st.integers(0, 7), max_size=3),
    st.sets(st.integers(0, 7)),
)
def test_each_row_is_in_one_class(
    here: list[dict[str, Any]],
    there: list[dict[str, Any]],
    order: list[str],
    old_keys: dict[int, int],
    doubted: set[int],
) -> None:
    for number, row in enumerate(here):
        # Some come by an earlier key of a contact.
        row["key"] = row["key"] and row["key"] + 3 * (number % 2)
    known = {key: row for key, row in old_keys.items() if row < len(there)}
    if known:
        # What a ledger knows is never rejected.
        there = [{**row, "rejected": False} for row in there]
    aliases = pl.DataFrame(
        {"key": list(known), "row": list(known.values())}, schema={"key": pl.UInt64, "row": pl.UInt32}
    )
    sides = side(here), side(there)
    found = classify(*sides, order, aliases=aliases, doubted=lambda rows: rows.is_in(sorted(doubted)))
    for name, rows in zip(("here", "there"), sides, strict=True):
        numbers = Counter(found.entries[name].drop_nulls())
        assert set(numbers.values()) <= {1}
        assert len(numbers) + found.same == rows.rows.height
        rejected = rows.rows["rejected"].arg_true()
        assert set(rejected) <= set(found.entries.filter(pl.col("class") == Class.REJECTED)[name].drop_nulls())
    assert sum(found.by.values()) == found.same + found.entries.filter(pl.col("class") == Class.DIFFERENT).height
    assert found.entries.filter(pl.col("here").is_null() & pl.col("there").is_null()).is_empty()
