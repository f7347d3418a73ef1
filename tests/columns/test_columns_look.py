"""What is seen in a column's cells, and that partial looks add up."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.columns import BLANK_WORDS, Look, Sign, look_at, orders, proven_order


def look(*cells: str | None, first_row: int = 1) -> Look:
    rows = pl.Series(range(first_row, first_row + len(cells)), dtype=pl.Int64)
    return look_at(pl.Series(cells, dtype=pl.String), rows, dates=True)


@pytest.mark.parametrize(
    ("cell", "signs"),
    [
        ("13/04/2026", {Sign.DAY_FIRST}),
        (" 31.12.2026 ", {Sign.DAY_FIRST}),
        ("04/13/2026", {Sign.MONTH_FIRST}),
        ("4-13-26 10:00", {Sign.MONTH_FIRST, Sign.SHORT_YEAR}),
        ("03/04/2026", {Sign.EITHER_ORDER}),
        ("03/04/26", {Sign.EITHER_ORDER, Sign.SHORT_YEAR}),
        ("05/05/2026", set()),
        ("5/05/2026", set()),
        ("13/13/2026", set()),
        ("2026-04-03", {Sign.YEAR_FIRST}),
        ("2026-04-03T10:00:00Z", {Sign.YEAR_FIRST}),
        ("45231", {Sign.SERIAL}),
        ("45231.5", {Sign.SERIAL, Sign.DECIMAL_POINT}),
        ("65231", set()),
        ("1.23E+11", {Sign.SCIENTIFIC}),
        ("1,23e+11", {Sign.SCIENTIFIC}),
        ("12E4", set()),
        ("3105554814.0", {Sign.FLOATED, Sign.DECIMAL_POINT}),
        ("12,5", {Sign.DECIMAL_COMMA}),
        ("1.234,56", {Sign.DECIMAL_COMMA}),
        ("1,234.56", {Sign.DECIMAL_POINT}),
        ("1,234", set()),
        ("1.234", set()),
        ("007", {Sign.LED_BY_ZERO}),
        ("0", set()),
        ("'007", {Sign.GUARDED}),
        ("'+573105554814", {Sign.GUARDED}),
        ("'t Hooft", set()),
        ("MuÃ±oz", {Sign.SPOILED}),
        ("JosÃ©", {Sign.SPOILED}),
        ("SÃ£o", {Sign.SPOILED}),
        ("\u00c3\u201cscar", {Sign.SPOILED}),
        ("Oâ€™Brien", {Sign.SPOILED}),
        ("5Â°", {Sign.SPOILED}),
        ("Mu√±oz", {Sign.SPOILED}),
        ("Mu├▒oz", {Sign.SPOILED}),
        ("Mu?oz", {Sign.SPOILED}),
        ("Pe?a", {Sign.SPOILED}),
        ("¿Qué?", set()),
        ("qué? sí", set()),
        ("x.co/a?b=c", set()),
        ("NÃO, IRMÃ", set()),
        ("\u201cA IRMÃ\u201d", set()),
        ("ÂNGELA", set()),
        ("São", set()),
        ("Ana", set()),
    ],
)
def test_a_cell_has_these_signs(cell: str, signs: set[Sign]) -> None:
    assert set(look(cell).signs) == signs


def test_words_for_nothing_are_counted_as_they_are_written() -> None:
    seen = look("NULL", "null", " N/D ", "Ana", "NULL", "nullo")
    assert {word: found.count for word, found in seen.blanks.items()} == {"NULL": 2, "null": 1, "N/D": 1}
    assert seen.blanks["NULL"].rows == ((0, 1), (0, 5))


def test_every_word_for_nothing_is_found_in_any_case() -> None:
    for form in (str, str.upper, str.capitalize):
        seen = look(*(form(word) for word in sorted(BLANK_WORDS)))
        assert sum(found.count for found in seen.blanks.values()) == len(BLANK_WORDS)


def test_blank_cells_are_looked_at_and_not_filled() -> None:
    seen = look(None, "", "  ", "Ana")
    assert (seen.looked, seen.filled, seen.signs) == (4, 1, {})
    assert look(None, "").filled == 0
    assert look() == Look()


def test_the_first_rows_are_the_examples_however_far_in() -> None:
    seen = look(*["Ana"] * 2_500, "'1", "Ana", "'2", *["Ana"] * 3_000, "'1", "'1", first_row=101)
    assert seen.seen(Sign.GUARDED).count == 4
    assert seen.seen(Sign.GUARDED).rows == ((0, 2_601), (0, 2_603), (0, 5_604))


CELLS = st.lists(
    st.sampled_from(
        [None, "", "13/04/2026", "03/04/26", "'7", "NULL", "-", "12,5", "1.0", "007", "12345", "1E+9", "x"]
    ),
    max_size=30,
)


@given(CELLS, CELLS)
def test_looks_at_parts_add_up_to_the_look_at_the_whole(one: list[str | None], other: list[str | None]) -> None:
    assert look(*one) + look(*other, first_row=1 + len(one)) == look(*one, *other)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_a_written_date_never_proves_the_other_order(day: date) -> None:
    assert orders(look(f"{day:%d/%m/%Y}")) in ((), (Sign.DAY_FIRST,))
    assert orders(look(f"{day:%m-%d-%y}")) in ((), (Sign.MONTH_FIRST,))
    assert proven_order(look(day.isoformat())) is Sign.YEAR_FIRST


def test_an_order_is_proven_by_one_cell_and_by_none_against_it() -> None:
    assert proven_order(look("03/04/2026", "13/04/2026")) is Sign.DAY_FIRST
    assert proven_order(look("03/04/2026", "04/13/2026")) is Sign.MONTH_FIRST
    assert proven_order(look("03/04/2026", "13/04/2026", "04/13/2026")) is None
    assert proven_order(look("03/04/2026", "05/06/2026")) is None
    assert proven_order(look("2026-04-03", "05/06/2026")) is None


def test_a_column_may_be_named_like_a_pattern() -> None:
    cells, rows = pl.Series("^c.*$", ["'1", "NULL", "7"]), pl.Series("^r.*$", [1, 2, 3])
    assert look_at(cells, rows) == look("'1", "NULL", "7")
