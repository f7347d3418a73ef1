"""Workbooks as they come: hidden sheets, charts, formulas never worked out, cells far away, damage."""

import random
import re
import zipfile
import zlib
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


def shown(tmp_path: Path, *cells: tuple[float | str, str]) -> str:
    """Write a sheet with one record of numbers, each under a format."""
    book = xlsxwriter.Workbook(tmp_path / "given.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", *(f"c{at}" for at in range(len(cells)))])
    sheet.write_string(1, 0, "a")
    for at, (value, code) in enumerate(cells, 1):
        sheet.write(1, at, value, book.add_format({"num_format": code}))
    book.close()
    return str(tmp_path / "given.xlsx")


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (123, "00000", "00123"),
        (123, "[<=99999]00000;00000-0000", "00123"),
        (15551234, "(000) 000-0000", "0015551234"),
        (0, "000", "000"),
        (123456, "00000", "123456"),
        (123, "0", "123"),
        (123, "#,##0", "123"),
        (12.5, "00000", "12.5"),
        (-7, "00000", "-7"),
        (7, "0.00", "7"),
        (7, "00%", "7"),
        ("7", "00000", "7"),
        (45322, "dd/mm/yyyy", "2024-01-31"),
        (45322, '"00"dd/mm/yyyy', "2024-01-31"),
    ],
)
def test_zeros_that_a_format_shows_in_front_are_read(tmp_path: Path, value: float | str, code: str, text: str) -> None:
    assert read(shown(tmp_path, (value, code)))[1] == [("a", text)]


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_told(tmp_path: Path) -> None:
    fine = shown(tmp_path, (310555481412345, "0"), ("31055548141234567", "@"))
    assert read(fine)[0] == "xlsx, sheet 'Sheet1'"
    told = "xlsx, sheet 'Sheet1', 2 numbers of more than 15 digits, of which a spreadsheet keeps 15 (row 2)"
    assert read(shown(tmp_path, (3105554814123456, "0"), (1.5e19, "0")))[0] == told


@pytest.mark.parametrize("result", [b"<v/>", b"<v></v>", b"<v />"])
def test_an_empty_result_of_a_formula_is_none_unless_it_is_a_text(tmp_path: Path, result: bytes) -> None:
    book = xlsxwriter.Workbook(tmp_path / "given.xlsx")
    sheet = book.add_worksheet()
    for at, row in enumerate(TABLE):
        sheet.write_row(at, 0, row)
    sheet.write_formula(1, 1, "=1+1")
    book.close()
    part, path = "xl/worksheets/sheet1.xml", str(tmp_path / "given.xlsx")
    rewrite(path, part, lambda xml: re.sub(rb"</f><v>[^<]*</v>", b"</f>" + result, xml))
    with pytest.raises(SourceError, match="hold a formula without its result"):
        read(path)
    rewrite(path, part, lambda xml: xml.replace(b'<c r="B2"', b'<c r="B2" t="str"'))
    assert read(path)[1] in ([("007", None)], [("007", "")])


def test_what_a_sheet_says_of_its_reach_is_not_believed(tmp_path: Path) -> None:
    path, part = write(tmp_path / "given.xlsx", {"Datos": TABLE}), "xl/worksheets/sheet1.xml"
    far = b'<row r="900000"><c r="XFD900000"><v>1</v></c></row></sheetData>'
    rewrite(path, part, lambda xml: xml.replace(b"</sheetData>", far))
    with pytest.raises(SourceError, match="reaches over 900,000 rows and 16,384 columns"):
        read(path)
    path = write(tmp_path / "other.xlsx", {"Datos": TABLE})
    rewrite(path, part, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml))
    assert read(path)[1] == [("007", "Ana")]


def test_a_part_that_unpacks_to_more_than_its_directory_says_is_not_read(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "given.xlsx", {"Datos": TABLE}))
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/sharedStrings.xml")
        begun = archive.read(part)[:64]
    content = bytearray(path.read_bytes())
    # Size and checksum of its first 64 bytes, in the directory at the end.
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/sharedStrings.xml"))
    content[entry + 16 : entry + 20] = zlib.crc32(begun).to_bytes(4, "little")
    content[entry + 24 : entry + 28] = len(begun).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(SourceError, match="can't be read as a workbook"):
        read(str(path))
