"""Columns with few distinct cells: looked up among those of earlier batches, every row still has its own cell."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.rules.distinct import Distinct, find_distinct

BATCHES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["Bogotá", "Lima", "", "*", "^a$", None, "Quito"]), min_size=1, max_size=6),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=5,
)


def rows_of(column: Distinct) -> list[str | None]:
    return column.cells.gather(column.places).to_list()


@given(BATCHES)
def test_what_earlier_batches_held_changes_no_cell(batches: list[tuple[list[str | None], int]]) -> None:
    earlier: dict[str, pl.Enum] = {}
    for cells, times in batches:
        frame = pl.DataFrame({"*": cells * times}, schema={"*": pl.String})
        found = find_distinct(frame, ["*"], earlier)
        assert found.keys() >= find_distinct(frame, ["*"]).keys()
        for column in found.values():
            assert rows_of(column) == cells * times
            assert column.cells.n_unique() == len(column.cells)


def test_cells_of_earlier_batches_are_remembered_and_new_ones_join_them() -> None:
    earlier: dict[str, pl.Enum] = {}
    for word in ("Lima", "Quito", "Lima"):
        find_distinct(pl.DataFrame({"city": [word] * 50}), ["city"], earlier)
    assert set(earlier["city"].categories) == {"Lima", "Quito"}


def test_a_column_that_comes_to_differ_in_every_row_is_no_longer_one_of_few_cells() -> None:
    earlier: dict[str, pl.Enum] = {}
    assert find_distinct(pl.DataFrame({"city": ["Lima"] * 50}), ["city"], earlier)
    assert not find_distinct(pl.DataFrame({"city": [f"city {row}" for row in range(50)]}), ["city"], earlier)
