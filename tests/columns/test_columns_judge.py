"""What is said of a column, by what its field does with it."""

import polars as pl
import pytest

from importer.columns import Look, Seen, Use, judge_column, look_at
from importer.columns.use import Reading


def kinds(use: Use, *cells: str | None) -> set[str]:
    return {finding.kind for finding in judge_column(use, look(*cells), Look())}


def look(*cells: str | None) -> Look:
    rows = pl.Series(range(1, len(cells) + 1), dtype=pl.Int64)
    return look_at(pl.Series(cells, dtype=pl.String), rows, dates=True)


DAY = Use("dob", "date", formats=("%d/%m/%Y",))
MONTH = Use("dob", "date", formats=("%m/%d/%Y",))
ISO = Use("dob", "date", formats=("%Y-%m-%d",))


@pytest.mark.parametrize(
    ("use", "cells", "found"),
    [
        (DAY, ("13/04/2026", "03/04/2026"), set()),
        (DAY, ("03/04/2026", "05/06/2026"), {"dates_unproven"}),
        (MONTH, ("03/04/2026", "05/06/2026"), {"dates_unproven"}),
        (DAY, ("05/05/2026",), set()),
        (MONTH, ("13/04/2026", "03/04/2026"), {"date_order"}),
        (DAY, ("04/13/2026",), {"date_order"}),
        (DAY, ("13/04/2026", "04/13/2026"), {"dates_mixed"}),
        (Use("dob", "date", formats=("%d/%m/%Y", "%m/%d/%Y")), ("13/04/2026", "04/13/2026"), {"dates_mixed"}),
        (DAY, ("13/04/2026", "2026-04-03"), {"date_order"}),
        (ISO, ("2026-04-03",), set()),
        (ISO, ("13/04/2026",), {"date_order"}),
        (Use("dob", "date", formats=("%d/%m/%Y", "%Y-%m-%d")), ("13/04/2026", "2026-04-03"), set()),
        (DAY, ("13/04/26",), {"short_years"}),
        (Use("dob", "date", formats=("%d/%m/%y",)), ("13/04/26",), set()),
        (Use("dob", "date", formats=("%D",)), ("04/13/26",), set()),
        (Use("dob", "date", formats=("%d %b %Y",)), ("13 Apr 2026",), set()),
        (DAY, ("13/04/2026", "45231"), {"excel_serials"}),
        (Use("tags.points", "text"), ("45231", "13/04/2026", "04/13/2026"), set()),
    ],
)
def test_dates_are_judged_by_the_formats_that_read_them(use: Use, cells: tuple[str, ...], found: set[str]) -> None:
    assert kinds(use, *cells) == found


@pytest.mark.parametrize("reading", ["phone", "code", "key", "text"])
def test_digits_that_a_spreadsheet_threw_away_are_told(reading: Reading) -> None:
    assert kinds(Use("x", reading), "1.23E+11") == {"scientific"}


def test_numbers_that_became_fractions_are_told_where_digits_are_meant() -> None:
    assert kinds(Use("phone", "phone"), "3105554814.0") == {"floated"}
    assert kinds(Use("points", "number"), "12.0") == set()


FULL = tuple(f"{number:05}" for number in range(10_000, 100_000, 1_000))
LOST = tuple(str(number) for number in range(1_000, 10_000, 1_000))


@pytest.mark.parametrize(
    ("use", "cells", "found"),
    [
        (Use("addresses[0].zip_code", "code"), FULL + LOST, {"zeros_lost"}),
        (Use("phone", "phone"), FULL + LOST, {"zeros_lost"}),
        (Use("addresses[0].zip_code", "code"), FULL, set()),
        (Use("addresses[0].zip_code", "code", padded=True), FULL + LOST, set()),
        (Use("tags.points", "text"), FULL + LOST, set()),
        # Most cédulas have ten digits, many eight, hardly one nine.
        (Use("document_number", "code"), ("1020304050",) * 70 + ("10203040",) * 20, set()),
        # A counter grows by itself; with zeros in front of some it is none.
        (Use("external_id", "key"), FULL + LOST, set()),
        (Use("external_id", "key"), (*FULL, *LOST, "00012"), {"zeros_lost"}),
        (Use("document_number", "code"), tuple("1" * length for length in range(3, 12)), set()),
    ],
)
def test_zeros_are_missed_only_where_the_widths_tell(use: Use, cells: tuple[str, ...], found: set[str]) -> None:
    assert kinds(use, *cells) == found


def test_a_mark_that_the_number_does_not_read_is_told_and_what_to_write() -> None:
    (finding,) = judge_column(Use("tags.points", "number"), look("12,5", "7"), Look())
    assert (finding.kind, finding.advice) == ("decimal_mark", 'Write number: {decimal: ","}.')
    assert kinds(Use("tags.points", "number", decimal=","), "12,5") == set()
    assert kinds(Use("tags.points", "number", decimal=","), "12.5") == {"decimal_mark"}
    (both,) = judge_column(Use("tags.points", "number"), look("12,5", "7.25"), Look())
    assert "1 others have the other mark" in both.advice
    assert kinds(Use("tags.points", "text"), "12,5", "7,5") == {"decimal_mark"}
    assert kinds(Use("city", "text"), "12,5", "Cali", "Bogotá") == set()


def test_an_apostrophe_is_told_unless_it_is_stripped() -> None:
    assert kinds(Use("external_id", "key"), "'1001") == {"guarded"}
    assert kinds(Use("external_id", "key", stripped="'"), "'1001") == set()


def test_letters_spoiled_before_are_told_of_texts() -> None:
    (finding,) = judge_column(Use("first_name", "text"), look("MuÃ±oz", "Ana", "Mu?oz", "José"), Look())
    assert (finding.kind, finding.seen) == ("spoiled_letters", Seen(2, ((0, 1), (0, 3))))
    assert kinds(Use("external_id", "key"), "a?b") == set()


def test_words_for_nothing_are_told_unless_the_mapping_names_them() -> None:
    (finding,) = judge_column(Use("city", "text"), look("NULL", "N/D", "NULL", "Cali"), Look())
    assert (finding.kind, finding.seen) == ("blanks", Seen(3, ((0, 1), (0, 2), (0, 3))))
    assert finding.advice == 'If they mean nothing, add to blank: "NULL", "N/D".'
    assert kinds(Use("city", "text", known=frozenset({"NULL", "N/D"})), "NULL", "N/D") == set()
    assert kinds(Use("city", "text", stripped="-"), "--") == set()


def test_cells_outside_a_table_are_counted_by_what_failed() -> None:
    (finding,) = judge_column(Use("gender", "text", table=True), look("H"), Look(), Seen(7, ((0, 3),)))
    assert (finding.kind, finding.seen.count, finding.exact) == ("outside_table", 7, True)


def test_shares_come_from_the_sample_and_counts_from_both() -> None:
    wrong = look(*["123"] * 500)
    (finding,) = judge_column(Use("zip", "code"), look(*FULL, *LOST), wrong)
    assert (finding.kind, finding.seen.count) == ("zeros_lost", 509)


def test_words_for_nothing_of_one_count_are_told_in_the_order_of_their_letters() -> None:
    words = ("unknown", "N/A", "ND", "nil", "NULL")
    (finding,) = judge_column(Use("city", "text"), look(*words, "ND"), Look())
    assert finding.advice == 'If they mean nothing, add to blank: "ND", "N/A", "NULL", "nil", "unknown".'
