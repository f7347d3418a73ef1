"""What stands above the records: preambles, delimiters, Excel's own line, headers, and line ends of every kind."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from importer.errors import SourceError
from importer.source import Declared, Sources, open_sources

Rows = list[tuple[int, int, str | None, tuple[str | None, ...]]]


def opened(folder: Path, content: bytes, declared: Declared | None = None, **limits: Any) -> Sources:  # noqa: ANN401  # passed on as they are
    path = folder / "given.csv"
    path.write_bytes(content)
    return open_sources([str(path)], declared or Declared(), **limits)


def rows(sources: Sources) -> Rows:
    found = []
    for batch in sources.batches():
        for (row, line, shape, _), cells in zip(batch.meta.iter_rows(), batch.cells.iter_rows(), strict=True):
            found.append((row, line, shape, cells))
    return found


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("", 0),
        ("Informe de clientes\n", 1),
        ("Informe de clientes\n\n", 2),
        ("Informe de clientes;;\nFecha: 2024-01-31;;\n;;\n", 3),
        ("Empresa, S.A.\nclientes, todos\n\n\n", 4),
        ('"Informe; ""junio"""\n', 1),
        ("\n\n", 2),
    ],
)
def test_lines_above_the_header_are_left_out_and_counted(tmp_path: Path, above: str, lines: int) -> None:
    text = above + "id;name;city\n1;Ana;Lima\n2;Eva;Cali\n3;Rut;Quito\n"
    for declared in (Declared(), Declared(delimiter=";"), Declared(skip_lines=lines)):
        sources = opened(tmp_path, text.encode(), declared)
        assert sources.columns == ("id", "name", "city")
        assert rows(sources)[0] == (1, lines + 2, None, ("1", "Ana", "Lima"))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id;name\n1;Ana;x\n2;Eva;y\n3;Rut;z\n", ("id", "name")),  # a name is missing: rows are too long, not skipped
        ("name\nRoe,Jo\nDoe,Al\n", ("name",)),
        ("only\n1,5\n2,5\n", ("only",)),
        ("a;b;c\n;;\n1;2;3\n", ("a", "b", "c")),
        ("a;b;c\n1;2;3", ("a", "b", "c")),
    ],
)
def test_a_header_is_not_taken_for_a_line_above_it(tmp_path: Path, text: str, columns: tuple[str, ...]) -> None:
    assert opened(tmp_path, text.encode(), Declared(delimiter=";")).columns == columns


def test_skip_lines_of_nought_says_that_the_first_line_is_the_header(tmp_path: Path) -> None:
    text = b"Report of today\nid;name;city\n1;2;3\n4;5;6\n"
    assert opened(tmp_path, text).columns == ("id", "name", "city")
    with pytest.raises(SourceError, match=r"1 column found with `,`; `;` would give 3"):
        opened(tmp_path, b"Report;of;today\nid,name,city\n1,2,3\n", Declared(skip_lines=0, delimiter=","))


@pytest.mark.parametrize("text", ["a,b;c\n1,2;3\n4,5;6\n", "a;b|c\n1;2|3\n"])
def test_two_delimiters_that_fit_alike_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match=r"`.` and `.` give 2 columns in every line.*delimiter: "):
        opened(tmp_path, text.encode())
    assert len(opened(tmp_path, text.encode(), Declared(delimiter=";")).columns) == 2


def test_a_declared_delimiter_that_few_lines_have_is_answered_with_the_right_one(tmp_path: Path) -> None:
    text = b"Last, first;age;city\nRoe;1;Lima\nDoe;2;Cali\nPoe;3;Quito\n"
    with pytest.raises(SourceError, match=r"2 columns found with `,`.*`;` gives 3 in every line.*delimiter: \";\""):
        opened(tmp_path, text, Declared(delimiter=","))


@pytest.mark.parametrize("mark", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_the_delimiter_line_of_excel_is_obeyed(tmp_path: Path, mark: str, codec: str) -> None:
    sources = opened(tmp_path, f"{mark}\r\na,x;b,y\r\n1,1;2,2\r\n".encode(codec))
    assert (sources.columns, rows(sources)) == (("a,x", "b,y"), [(1, 3, None, ("1,1", "2,2"))])


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_line_ends_of_one_kind(tmp_path: Path, eol: str) -> None:
    text = eol.join(["id,name", "1,Ana", '2,"E' + eol + 'va"', "", "3,Rut", ""])
    assert rows(opened(tmp_path, text.encode())) == [
        (1, 2, None, ("1", "Ana")),
        (2, 3, None, ("2", f"E{eol}va")),
        (3, 6, None, ("3", "Rut")),
    ]


@pytest.mark.parametrize("size", [8, 1 << 20])
def test_line_ends_of_mixed_kinds_part_records_all(tmp_path: Path, size: int) -> None:
    text = 'id,name\r\n1,Ana\n2,Eva\r3,Rut\r\n4,"a\rb"\n5\r6,Leo\n7,Paz\r\r8,Sol\n'
    sources = opened(tmp_path, text.encode(), batch_bytes=size)
    assert "line ends of several kinds" in sources.described[0].notes
    found = rows(sources)
    assert [(line, shape, cells) for _, line, shape, cells in found] == [
        (2, None, ("1", "Ana")),
        (3, None, ("2", "Eva")),
        (3, None, ("3", "Rut")),
        (4, None, ("4", "a\rb")),
        (5, None, ("5\r6", "Leo")),  # one line of the right shape: its carriage return is text
        (6, None, ("7", "Paz")),
        (6, None, ("8", "Sol")),
    ]
    assert [row for row, *_ in found] == list(range(1, len(found) + 1))
    for batch in sources.batches():
        positions = batch.meta["shape"].is_null().arg_true()
        assert sources.read_rows(batch.ref, positions, batch.meta["line"]).equals(batch.cells[positions])


def test_a_header_that_ends_otherwise_than_its_records(tmp_path: Path) -> None:
    assert [cells for *_, cells in rows(opened(tmp_path, b"id,name\r1,Ana\n2,Eva\n"))] == [("1", "Ana"), ("2", "Eva")]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id;name;id", "columns 1 and 3 have the same name .'id'."),
        ("id; name;x", "column 2 has blanks around its name"),
        ("id;;x", "column 2 has no name"),
        ("id;\ufeffname;x", "column 2 holds a byte-order mark"),
    ],
)
def test_a_header_that_cannot_be_used_names_its_columns(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        opened(tmp_path, f"{header}\n1;2;3\n".encode())


@pytest.mark.parametrize(
    ("header", "said"),
    [("id,,name,", "column 2 has no name; column 4 has no name"), ("id,,,", "column 2"), ("id,name,,", "column 3")],
)
@pytest.mark.parametrize("first", ["1,,Ana,", "x,y,z,w", "Ana,Roe,Lima,PE"])
def test_a_header_as_wide_as_its_table_is_not_left_out_for_its_blank_names(
    tmp_path: Path, header: str, said: str, first: str
) -> None:
    with pytest.raises(SourceError, match=said):
        opened(tmp_path, f"{header}\n{first}\n2,q,Eva,r\n3,q,Rut,t\n".encode())


@pytest.mark.parametrize(
    "line", ["ana@example.com,Ana,Lima", "1,Ana,573001234567", "7,20240131,Ana", "+57 300 123 4567,Peña,x"]
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_header_that_is_a_record_is_told_without_a_word_of_it(tmp_path: Path, line: str, kind: str) -> None:
    path = tmp_path / f"given.{kind}"
    if kind == "csv":
        path.write_bytes(f"{line}\n{line}\n".encode())
    else:
        pl.DataFrame([pl.Series(name, ["x"]) for name in line.split(",")]).write_parquet(path)
    with pytest.raises(SourceError, match="looks like data") as refused:
        open_sources([str(path)], Declared())
    assert not any(cell in str(refused.value) for cell in line.split(",") if len(cell) > 1)


@pytest.mark.parametrize("header", ["id,2023,2024,total", "id,20240131", "E-mail (@),x", "id,address 1,address 2"])
def test_names_with_numbers_are_names(tmp_path: Path, header: str) -> None:
    (tmp_path / "given.csv").write_bytes(f"{header}\n".encode())
    assert open_sources([str(tmp_path / "given.csv")], Declared()).columns == tuple(header.split(","))


@pytest.mark.parametrize("size", [8, 1 << 20])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("again", ["id,name", 'id,"name"'])
def test_a_header_repeated_between_the_records_is_no_record(tmp_path: Path, size: int, mark: str, again: str) -> None:
    text = f"{mark}id,name\n1,Ana\n{mark}{again}\n2,Eva\nid,x\n"
    sources = opened(tmp_path, text.encode(), batch_bytes=size)
    assert rows(sources) == [
        (1, 2, None, ("1", "Ana")),
        (2, 3, "the header again", (None, None)),
        (3, 4, None, ("2", "Eva")),
        (4, 5, None, ("id", "x")),
    ]
    raws = [raw for batch in sources.batches() for raw in batch.meta["raw"]]
    assert raws == [None, f"{mark}id,name", None, None]


@pytest.mark.parametrize(("end", "told"), [("\n", False), ("\r\n", False), ("", True), ("\n\n", False)])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_a_last_line_without_a_line_end_is_told(tmp_path: Path, end: str, codec: str, *, told: bool) -> None:
    sources = opened(tmp_path, f"id,name\n1,Ana\n2,Eva{end}".encode(codec))
    assert ("no line end after the last line: is the file whole?" in sources.described[0].notes) is told
    assert len(rows(sources)) == 2
