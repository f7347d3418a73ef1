"""Workbooks as they come: hidden sheets, charts, formulas never worked out, cells far away, damage."""

import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from importer.errors import NoInputError, SourceError
from importer.source import Declared, open_sources
from importer.source.workbook import HARMLESS_CELLS

TABLE = [["id", "name"], ["007", "Ana"]]


def write(path: Path, sheets: dict[str, list[list[str]]], hidden: str = "") -> str:
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_chartsheet(name) if name == "Chart" else book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(at, column, text)
        if name == hidden:
            sheet.hide()
        elif hidden:
            sheet.activate()
    book.close()
    return str(path)


def rewrite(path: str, part: str, change: Callable[[bytes], bytes]) -> str:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if name == part else data)
    return path


def read(path: str, sheet: str | None = None) -> tuple[str, list[tuple[str | None, ...]]]:
    sources = open_sources([path], Declared(sheet=sheet))
    return sources.told[0].partition(": ")[2], [row for batch in sources.batches() for row in batch.cells.iter_rows()]


def test_the_first_sheet_that_is_shown_and_has_cells_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "given.xlsx", {"Old": [["z"], ["1"]], "Chart": [], "Datos": TABLE}, hidden="Old")
    assert read(path) == ("xlsx, sheet 'Datos', not read: 'Old'", [("007", "Ana")])
    assert read(path, "Old") == ("xlsx, sheet 'Old', not read: 'Datos', a hidden sheet", [("1",)])
    with pytest.raises(SourceError, match=r"no sheet 'Chart'; it has Datos, Old\."):
        read(path, "Chart")


def test_an_empty_first_sheet_names_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "given.xlsx", {"Empty": [], "Datos": TABLE})
    with pytest.raises(NoInputError, match=r"'Empty' has no header\. Say another .*: 'Datos'"):
        read(path)


def test_a_formula_that_was_never_worked_out_is_no_blank(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "given.xlsx")
    sheet = book.add_worksheet()
    for at, row in enumerate([*TABLE, ["8", "x"]]):
        sheet.write_row(at, 0, row)
    sheet.write_formula(2, 1, "=A2", None, "007")
    book.close()
    path = str(tmp_path / "given.xlsx")
    assert read(path)[1] == [("007", "Ana"), ("8", "007")]
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", xml))
    with pytest.raises(SourceError, match=r"1 cells of sheet 'Sheet1' \(the first in row 3\) hold a formula without"):
        read(path)


@pytest.mark.parametrize("said", [True, False])
def test_a_cell_far_away_from_the_others_is_refused_before_all_between_is_held(tmp_path: Path, *, said: bool) -> None:
    book = xlsxwriter.Workbook(tmp_path / "given.xlsx")
    sheet = book.add_worksheet()
    for at, row in enumerate(TABLE):
        sheet.write_row(at, 0, row)
    sheet.write(1_048_575, HARMLESS_CELLS // 1_048_576 + 1, "far")
    book.close()
    path = str(tmp_path / "given.xlsx")
    if not said:
        rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(rb"<dimension[^>]*>", b"", xml))
    with pytest.raises(SourceError, match=r"reaches over 1,048,576 rows and 21 columns, nearly all of them blank"):
        read(path)


def test_a_damaged_workbook_is_refused_or_read(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "given.xlsx", {"Datos": [*TABLE, ["8", "2024-01-31 10:00:00"]]}))
    whole, chance = path.read_bytes(), random.Random(5)  # noqa: S311  # no secret
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            read(str(path))
        except SourceError:
            refused += 1
    assert refused > 40
    path.write_bytes(whole)
    rewrite(str(path), "xl/workbook.xml", lambda xml: re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", xml))
    with pytest.raises(SourceError, match="has no sheet of cells; it has none"):
        read(str(path))
