"""Files whose line ends are mixed: every record is read, whatever ends the lines before and inside it."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.source import Declared, open_sources

ENDS = ["\n", "\r\n", "\r"]
cell = st.text(st.sampled_from('abé "'), max_size=3)
broken = st.tuples(st.text("ab", min_size=1, max_size=2), st.sampled_from(ENDS), st.text('b"', max_size=2)).map("".join)


Found = list[tuple[int, int, str | None, tuple[str | None, ...]]]


def read(folder: Path, content: bytes, size: int = 1 << 20) -> Found:
    path = folder / "given.csv"
    path.write_bytes(content)
    sources = open_sources([str(path)], Declared(delimiter=",", skip_lines=0), batch_bytes=size)
    found: Found = []
    for batch in sources.batches():
        numbers = batch.meta.select("row", "line", "shape").iter_rows()
        found += [(*told, cells) for told, cells in zip(numbers, batch.cells.iter_rows(), strict=True)]
        good = batch.meta["shape"].is_null().arg_true()
        if len(good):
            assert sources.read_rows(batch.ref, good, batch.meta["line"]).equals(batch.cells[good])
    return found


def write(row: tuple[str, ...]) -> str:
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator="\r\n").writerow(row)
    return made.getvalue().removesuffix("\r\n")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.tuples(st.just("1"), cell | broken, cell), st.sampled_from(ENDS)), min_size=1),
    size=st.sampled_from([1, 40, 1 << 20]),
)
def test_each_record_is_read_whatever_ends_it(
    tmp_path: Path, rows: list[tuple[tuple[str, ...], str]], size: int
) -> None:
    content = "id,name,note\n" + "".join(write(row) + end for row, end in rows)
    found = read(tmp_path, content.encode(), size)
    assert [tuple(text or "" for text in cells) for _, _, _, cells in found] == [row for row, _ in rows]
    assert [number for number, *_ in found] == list(range(1, len(rows) + 1))


def test_a_quoted_line_break_that_ends_before_more_records_costs_none_of_them(tmp_path: Path) -> None:
    content = b'id,name\r\n0,a\r\n4,"x\r\ny"\r5,e\r6,f\n7,g\r\n'
    assert read(tmp_path, content) == [
        (1, 2, None, ("0", "a")),
        (2, 3, None, ("4", "x\r\ny")),
        (3, 3, None, ("5", "e")),
        (4, 3, None, ("6", "f")),
        (5, 5, None, ("7", "g")),
    ]


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (b'4,"x\r\ny"\r5,e,e', "unclosed quote"),
        (b'4,"x\r\n1,2\r\ny"\r5,e', "unclosed quote"),
        (b'4,"x\r\ny"\r5,\0', "unclosed quote"),
    ],
)
def test_lines_that_do_not_part_into_whole_records_alone_are_rejected(tmp_path: Path, line: bytes, shape: str) -> None:
    found = read(tmp_path, b"id,name\r\n0,a\r\n" + line + b"\r\n7,g\r\n")
    assert found[0] == (1, 2, None, ("0", "a"))
    assert found[1] == (2, 3, shape, (None, None))
    assert found[-1][3] == ("7", "g")


def test_a_file_of_carriage_returns_keeps_a_record_that_follows_a_line_feed(tmp_path: Path) -> None:
    content = b"id,name\r" + b"1,a\r" * 50 + b'2,b\r\n3,"x\ry"\n4,d\r5,e\r'
    assert [cells for *_, cells in read(tmp_path, content)][50:] == [
        ("2", "b"),
        ("3", "x\ry"),
        ("4", "d"),
        ("5", "e"),
    ]
