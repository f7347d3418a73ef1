"""What headers mean, by their words alone, against a table typed by hand."""

import csv
from pathlib import Path

import pytest

from importer.suggest.headers import read_header

HERE = Path(__file__).parent


def table(name: str) -> list[tuple[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [(row["header"], row["field"]) for row in csv.DictReader(file)]


def meant(header: str) -> str:
    heading = read_header(header)
    if heading.foreign or heading.meaning in {None, "none"}:
        return "-"
    return f"{heading.context}.{heading.meaning}" if heading.context else str(heading.meaning)


@pytest.mark.parametrize(
    ("name", "least", "right", "found"),
    [
        ("headers.csv", 250, 0.99, 0.99),
        ("headers_held_out.csv", 140, 0.97, 0.92),
        ("headers_strangers.csv", 60, 0.97, 0.95),
    ],
)
def test_headers_of_three_languages_are_understood(name: str, least: int, right: float, found: float) -> None:
    rows = table(name)
    claimed = [(header, field, meant(header)) for header, field in rows if meant(header) != "-"]
    wrong = [row for row in claimed if row[1] != row[2]]
    missed = [header for header, field in rows if field != "-" and meant(header) == "-"]
    wanted = sum(field != "-" for _, field in rows)
    assert len(rows) >= least
    assert len(wrong) <= (1 - right) * len(claimed), wrong
    assert len(missed) <= (1 - found) * wanted, missed


@pytest.mark.parametrize(
    "header", ["", " ", "???", "{n}", "1", "123456", "ñ", "\u00ba", "()", "[x]", "a" * 5000, "日本語"]
)
def test_strange_headers_mean_nothing(header: str) -> None:
    assert meant(header) == "-"


def test_a_number_in_a_header_counts_only_where_it_is_short() -> None:
    assert read_header("addr2_city").pattern == "addr{n}_city"
    assert read_header("city_2024").number is None
