"""Packed files, pipes, folders, patterns, workbooks, and paths into nested columns."""

import datetime as dt
import gzip
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it brings no types
from backports import zstd

from importer.errors import NoInputError, SourceError, UsageError
from importer.source import Declared, Sources, open_sources
from importer.source.original import look_at
from importer.source.unpack import Unpacked

PLAIN = b"id,name\n" + b"".join(b"%d,Pe\xc3\xb1a\n" % number for number in range(5000))


def cells(sources: Sources) -> list[tuple[str | None, ...]]:
    return [row for batch in sources.batches() for row in batch.cells.iter_rows()]


def packed(kind: str) -> bytes:
    return gzip.compress(PLAIN) if kind == "gz" else zstd.compress(PLAIN)


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize("name", ["given.csv", "given.csv.{}"])
def test_a_packed_file_reads_as_what_is_in_it_by_its_content(tmp_path: Path, kind: str, name: str) -> None:
    plain, path = tmp_path / "plain.csv", tmp_path / name.format(kind)
    plain.write_bytes(PLAIN)
    path.write_bytes(packed(kind))
    sources = open_sources([str(path)], Declared(), batch_bytes=4096, beside=tmp_path)
    batches = list(sources.batches())
    assert [b.cells.rows() for b in batches] == [
        b.cells.rows() for b in open_sources([str(plain)], Declared(), batch_bytes=4096).batches()
    ]
    assert sources.size == path.stat().st_size == sum(batch.stored for batch in batches)
    assert sources.read(batches[1].ref).cells.equals(batches[1].cells)
    assert sources.digest() == hashlib.sha256(hashlib.sha256(path.read_bytes()).digest()).hexdigest()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted({path.name, "plain.csv"})


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_packed_file_that_was_cut_or_changes_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(packed(kind)[:-9])
    with pytest.raises(SourceError, match="damaged or cut"):
        list(open_sources([str(path)], Declared(), beside=tmp_path).batches())
    path.write_bytes(packed(kind))
    sources = open_sources([str(path)], Declared(), beside=tmp_path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="changed while it was read"):
        list(sources.batches())


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_bomb_is_stopped_long_before_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    whole = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=1) if kind == "gz" else zstd.ZstdFile(whole, "wb") as file
    ):
        file.write(b"a,b\n" + b"1," * 100 + b"\n")
        for _ in range(300):
            file.write(b"0" * (1 << 20))
    path = tmp_path / "bomb.csv"
    path.write_bytes(whole.getvalue())
    unpacked = Unpacked(str(path), look_at(str(path)), path.open("rb"), tmp_path)
    assert unpacked.read_at(0, 4) == b"a,b\n"
    with pytest.raises(SourceError, match="more than 200 times its size"):
        unpacked.read_at(400 << 20, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"BZh91AY", "packed as bzip2"),
        (b"\xfd7zXZ\x00\x00", "packed as xz"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "gzip twice over"),
        (gzip.compress(b"PAR1xxxx"), "Parquet can't be read from a pipe or packed"),
        (b"PK\x03\x04 no archive", "damaged or cut zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (gzip.compress(b"PK\x03\x04 a book"), "a workbook or zip archive can't be read from a pipe or packed"),
        (b"7z\xbc\xaf\x27\x1cxx", "packed as 7-Zip"),
        (gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\0"), "is a tar archive"),
        (b"%PDF-1.7\n%\xe2\xe3,\n", "is a PDF document"),
        (b"\xef\xbb\xbf\r\n<HTML><table>\r\n<tr><td>id</td></tr>\r\n", "is a web page or XML"),
        (b'<?xml version="1.0"?>\n<Workbook/>\n', "is a web page or XML"),
        (b'[\n {"id": 1, "n": "x"}\n]', "is JSON"),
    ],
    ids=[
        *("bzip2", "xz", "gzip twice", "parquet", "zip", "xls", "xlsx in gzip", "7z", "tar in gzip"),
        *("pdf", "html", "xml", "json"),
    ],  # a packed file holds the time, and ids stay the same
)
def test_what_is_packed_otherwise_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        open_sources([str(path)], Declared(), beside=tmp_path)


def test_a_zstandard_file_may_begin_with_a_frame_that_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b"\x50\x2a\x4d\x18\4\0\0\0abcd" + zstd.compress(b"a,b\n1,2\n"))
    assert cells(open_sources([str(path)], Declared(), beside=tmp_path)) == [("1", "2")]


def test_a_zip_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        archive.writestr("inside.csv", "a,b\n1,2\n")
    with pytest.raises(SourceError, match="packed as zip"):
        open_sources([str(tmp_path / "given.zip")], Declared())


READ_PIPE = """
import sys
from pathlib import Path
from importer.source import Declared, open_sources
sources = open_sources(["-"], Declared(), batch_bytes=4096, beside=Path(sys.argv[1]))
first = next(sources.batches())
rows = sum(batch.ref.rows for batch in sources.batches())
again = sources.read(first.ref).cells.equals(first.cells)
print(sources.names[0], sources.size, rows, again, sources.digest(), *sources.keep_piped(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("content", [PLAIN, gzip.compress(PLAIN)], ids=["plain", "packed"])
def test_a_pipe_is_read_twice_and_hashed_and_kept_for_its_owner(tmp_path: Path, content: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_PIPE, str(tmp_path)], input=content, capture_output=True, check=True
    )
    digest = hashlib.sha256(hashlib.sha256(PLAIN).digest()).hexdigest()
    assert done.stdout.decode().split() == ["stdin", "None", "5000", "True", digest, str(tmp_path / "stdin")]
    assert (tmp_path / "stdin").read_bytes() == PLAIN
    assert (tmp_path / "stdin").stat().st_mode & 0o777 == 0o600
    assert done.stderr == b""


def test_an_empty_pipe_is_no_input(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", READ_PIPE, str(tmp_path)], input=b"", capture_output=True, check=False)
    assert b"NoInputError: stdin is empty" in done.stderr


def test_patterns_and_folders_give_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "month"
    folder.mkdir()
    for name in ("part10.csv", "part2.csv", "part1.csv.gz", ".hidden.csv", "notes.pdf"):
        content = b"id\n%s\n" % name.encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    ordered = ["part1.csv.gz", "part2.csv", "part10.csv"]
    for given in ([str(folder)], [str(folder / "part*")]):
        assert [row[0] for row in cells(open_sources(given, Declared(), beside=tmp_path))] == ordered
    given = [str(folder / "part10.csv"), str(folder / "part[1-2].csv*")]
    names = open_sources(given, Declared(), beside=tmp_path).names
    assert [Path(name).name for name in names] == ["part10.csv", "part1.csv.gz", "part2.csv"]


def test_a_name_with_brackets_that_exists_is_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "export [1].csv"
    path.write_bytes(b"id\n7\n")
    assert cells(open_sources([str(path)], Declared())) == [("7",)]


def test_what_gives_no_file_or_one_twice_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="a folder without a file to read"):
        open_sources([str(tmp_path)], Declared())
    with pytest.raises(NoInputError, match="no file fits"):
        open_sources([str(tmp_path / "*.csv")], Declared())
    (tmp_path / "a.csv").write_bytes(b"id\n1\n")
    with pytest.raises(UsageError, match="given twice"):
        open_sources([str(tmp_path / "a.csv"), str(tmp_path)], Declared())
    (tmp_path / "b.csv").hardlink_to(tmp_path / "a.csv")
    with pytest.raises(UsageError, match=r"b\.csv is given twice \(as .*a\.csv too\)"):
        open_sources([str(tmp_path)], Declared())


def workbook(path: Path) -> str:
    book = xlsxwriter.Workbook(path)
    sheet, other = book.add_worksheet("Clientes"), book.add_worksheet("Otros")
    day, moment, time = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm"))
    sheet.write_string(0, 0, "Informe de clientes")
    sheet.write_row(2, 0, ["code", "number", "date", "flag", "note"])
    sheet.write_string(3, 0, "007")
    sheet.write_number(3, 1, 573001234567)
    sheet.write_datetime(3, 2, dt.date(2024, 1, 31), day)
    sheet.write_boolean(3, 3, boolean=True)
    sheet.write_string(3, 4, "two\nlines, ñ")
    sheet.write_string(5, 0, "1.0")
    sheet.write_number(5, 1, 0.1)
    sheet.write_datetime(5, 2, dt.datetime(2024, 1, 31, 10, 30), moment)  # noqa: DTZ001  # Excel knows no zones
    sheet.write_string(6, 0, "0012")
    sheet.write_number(6, 1, 12)
    sheet.write_datetime(6, 2, dt.time(7, 5), time)
    other.write_row(0, 0, ["a", "b"])
    other.write_row(1, 0, ["x", "y"])
    book.close()
    return str(path)


def test_a_workbook_reads_as_text_with_its_own_row_numbers(tmp_path: Path) -> None:
    path = workbook(tmp_path / "given.xlsx")
    sources = open_sources([path], Declared(), batch_rows=2)
    assert sources.columns == ("code", "number", "date", "flag", "note")
    assert cells(sources) == [
        ("007", "573001234567", "2024-01-31", "true", "two\nlines, ñ"),
        ("1.0", "0.1", "2024-01-31T10:30:00", None, None),
        ("0012", "12", "07:05:00", None, None),
    ]
    batches = list(sources.batches())
    assert [line for batch in batches for line in batch.meta["line"]] == [4, 6, 7]
    assert sources.read_rows(batches[0].ref, pl.Series([1]), batches[0].meta["line"])["code"].to_list() == ["1.0"]
    assert sources.told == (f"{path}: xlsx, sheet 'Clientes', not read: 'Otros'",)
    assert cells(open_sources([path], Declared(sheet="Otros"))) == [("x", "y")]
    with pytest.raises(SourceError, match="no sheet 'None such'; it has Clientes, Otros"):
        open_sources([path], Declared(sheet="None such"))


def test_a_stored_float_loses_what_excel_never_showed(tmp_path: Path) -> None:
    path = tmp_path / "given.xlsx"
    workbook(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"].replace(b"<v>0.1</v>", b"<v>0.30000000000000004</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, sheet if name.endswith("sheet1.xml") else content)
    assert cells(open_sources([str(path)], Declared()))[1][1] == "0.3"


@pytest.mark.parametrize("corner", [0, 2])
def test_an_error_cell_is_told_and_text_like_a_moment_stays_text(tmp_path: Path, corner: int) -> None:
    book = xlsxwriter.Workbook(tmp_path / "given.xlsx")
    book.add_worksheet("First")
    sheet = book.add_worksheet("Clientes & más")
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet.write_row(corner, corner, ["a", "b", "c"])
    sheet.write_formula(corner + 1, corner, "=NA()", None, "#N/A")
    sheet.write_string(corner + 1, corner + 1, "2024-01-31 10:30:00")
    sheet.write_datetime(corner + 1, corner + 2, dt.datetime(2024, 1, 31, 10, 30), moment)  # noqa: DTZ001  # Excel knows no zones
    sheet.write_formula(corner + 2, corner, "=1/0", None, "#DIV/0!")
    sheet.write_formula(corner + 2, corner + 1, '="2024-01-31"&" 00:00:00"', None, "2024-01-31 00:00:00")
    sheet.write_string(corner + 2, corner + 2, "#N/A & co")
    book.close()
    sources = open_sources([str(tmp_path / "given.xlsx")], Declared(sheet="Clientes & más"))
    assert cells(sources) == [
        ("#N/A", "2024-01-31 10:30:00", "2024-01-31T10:30:00"),
        ("#DIV/0!", "2024-01-31 00:00:00", "#N/A & co"),
    ]


@pytest.mark.parametrize(("module", "name"), [("fastexcel", "given.xlsx"), ("backports.zstd", "given.csv")])
def test_a_missing_extra_names_the_command_that_brings_it(tmp_path: Path, module: str, name: str) -> None:
    path = tmp_path / name
    if name.endswith("xlsx"):
        workbook(path)
    else:
        path.write_bytes(zstd.compress(PLAIN))
    code = (
        "import sys\nsys.modules[sys.argv[1]] = None\nsys.modules['compression.zstd'] = None\n"
        "from importer.source import Declared, open_sources\nopen_sources([sys.argv[2]], Declared())"
    )
    done = subprocess.run([sys.executable, "-c", code, module, str(path)], capture_output=True, text=True, check=False)
    assert "pip install 'masivo-importer[" in done.stderr


NESTED = pl.DataFrame(
    {"id": ["1", "2"], "addresses": [[{"city": "Lima", "zip code": 15001}, {"city": "Cusco", "zip code": None}], []]}
)
WANTED = ("id", "addresses[0].city", "addresses[1].city", "addresses[0].zip code", "addresses[9].city", "nowhere.x")


def test_paths_lead_into_nested_columns_of_parquet_and_json_of_csv_alike(tmp_path: Path) -> None:
    NESTED.write_parquet(tmp_path / "given.parquet")
    text = 'id,addresses\n1,"[{""city"":""Lima"",""zip code"":15001},{""city"":""Cusco""}]"\n2,[]\n3,no json\n'
    (tmp_path / "given.csv").write_text(text)
    for name, rows in (("given.parquet", 2), ("given.csv", 3)):
        sources = open_sources([str(tmp_path / name)], Declared())
        assert sources.add_paths(WANTED) == WANTED[1:5]
        (batch,) = sources.batches()
        found = batch.cells.select(WANTED[1:5]).rows()
        assert found == [("Lima", "Cusco", "15001", None), *[(None,) * 4] * (rows - 1)]
        assert sources.columns == ("id", "addresses")
        assert sources.read_rows(batch.ref, pl.Series([0]), batch.meta["line"]).row(0) == batch.cells.row(0)
