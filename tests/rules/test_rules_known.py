"""What distinct cells come to is asked once and counted, not spread: rows are judged as if each stood by itself."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.compile import compile_mapping
from importer.mapping.model import Mapping
from importer.prepare.batch import judge_batch
from importer.prepare.fill import count_filled
from importer.rules import Known
from importer.rules.distinct import find_distinct
from importer.source import Batch, BatchRef

TODAY = date(2026, 11, 22)
TIMES = 60
CELLS: dict[str, list[str | None]] = {
    "key": ["1", "2", " ", None],
    "mail": ["ana@example.com", "no at", "", None],
    "sex": ["H", "M", "X", " ", None],
    "born": ["31/12/1999", "31/02/1999", "01/01/1850", None],
    "town": ["Lima", "Quito", "Bo\x02gotá", "4111 1111 1111 1111", "[card ************1111]", "-", None],
    "state": ["Meta", "", None],
    "legal": ["Gil", " ", None],
    "month": ["1", "13", "x", None],
    "year": ["27", "1", "", None],
    "points": ["1,234", "+0012.50", "4111111111111111", "many", None],
    "^p.*$": ["a", "b", None],
}
COMPILED = compile_mapping(
    Mapping.model_validate(
        {
            "version": "1",
            "name": "known",
            "key": "external_id",
            "source": {"blank": ["-"]},
            "contact": {
                "external_id": "key",
                "email": {"column": "mail", "required": "true"},
                "gender": {"column": "sex", "values": {"H": "MALE", "M": "FEMALE"}, "on_bad": "drop"},
                "dob": {"column": "born", "date": "%d/%m/%Y"},
                "city": {"column": "town", "length": {"max": "8"}},
                "first_name": {"column": "^p.*$", "case": "title"},
                "tags": {"points": {"column": "points", "number": "true"}, "town": "town"},
                "addresses": [{"city": {"column": "town", "required": "true"}, "state": "state"}],
                "billing_info": [{"legal_name": "legal", "country": {"column": "state", "default": "CO"}}],
                "payments": [
                    {
                        "expiry_month": {"column": "month", "number": "true"},
                        "expiry_year": {"column": "year", "number": "2000+", "on_bad": "drop"},
                    }
                ],
            },
        }
    )
)
ROWS = st.lists(st.tuples(*map(st.sampled_from, CELLS.values())), min_size=1, max_size=5)


def batch_of(rows: list[tuple[str | None, ...]]) -> Batch:
    cells = pl.DataFrame(rows, schema=dict.fromkeys(CELLS, pl.String), orient="row")
    row = pl.int_range(1, len(rows) + 1, eager=True)
    none = pl.lit(None, pl.String)
    return Batch(BatchRef(0, 0, 0, 0, 1, 1, len(rows)), cells, pl.select(row=row, line=row, shape=none, raw=none))


@given(st.lists(ROWS, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_rows_of_few_distinct_cells_are_judged_and_counted_like_each_by_itself(
    batches: list[list[tuple[str | None, ...]]],
) -> None:
    known = Known()
    for rows in batches:
        alone = judge_batch(batch_of(rows), COMPILED, TODAY)
        expected = {place: count * TIMES for place, count in count_filled(alone, COMPILED.values).items()}
        together = batch_of(rows * TIMES)
        for bodies in (False, True):
            judged = judge_batch(together, COMPILED, TODAY, known, bodies=bodies)
            names = ["key", "id", "reasons", "dropped"]
            assert judged.rows.select(names).rows() == alone.rows.select(names).rows() * TIMES
            assert count_filled(judged, COMPILED.values) == expected
            if bodies:
                assert judged.values.rows() == alone.values.select(judged.values.columns).rows() * TIMES


def test_what_is_kept_from_batch_to_batch_holds_no_rows() -> None:
    known = Known()
    judge_batch(batch_of([("1", *(cells[0] for cells in list(CELLS.values())[1:]))] * TIMES), COMPILED, TODAY, known)
    assert known.answers
    for _, answers in known.answers.values():
        assert all(len(answer.column.column) == 0 for answer in answers.values())


@given(st.lists(st.sampled_from([f"city {number}" for number in range(24)]), min_size=24, max_size=60))
def test_a_cell_that_is_not_known_is_found_among_few_and_among_many(cells: list[str]) -> None:
    earlier: dict[str, pl.Enum] = {}
    for some in (cells[:1] * 240, cells * 10, [None, *cells] * 10, cells[-1:] * 240):
        found = find_distinct(pl.DataFrame({"city": some}, {"city": pl.String}), ["city"], earlier)
        if "city" in found:
            assert found["city"].cells.gather(found["city"].places).to_list() == some
