"""Records against two oracles: Python's csv module on well-formed files, a slow state machine on damaged ones."""

import csv
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from importer.source import Batch, Declared, open_sources

Row = tuple[int, int, str | None, str | None, tuple[str | None, ...]]
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filled(text: str | None) -> str | None:
    """Give a cell, None when blank."""
    return text or None


def cut(cells: tuple[str | None, ...]) -> list[str | None]:
    """Give cells without the carriage return at their end, which Python leaves unquoted and Polars drops there."""
    return [filled((text or "").removesuffix("\r")) for text in cells]


def rows_of(batches: list[Batch]) -> list[Row]:
    rows: list[Row] = []
    for batch in batches:
        assert batch.cells.height == batch.meta.height == batch.ref.rows
        for (row, line, shape, raw), cells in zip(batch.meta.iter_rows(), batch.cells.iter_rows(), strict=True):
            rows.append((row, line, shape, raw, tuple(filled(cell) for cell in cells)))
    return rows


def read(folder: Path, content: bytes, declared: Declared | None = None, **limits: Any) -> list[Row]:  # noqa: ANN401  # passed on as they are
    path = folder / "given.csv"
    path.write_bytes(content)
    sources = open_sources([str(path)], declared or Declared(), **limits)
    batches = list(sources.batches())
    for number, batch in enumerate(batches):
        assert batch.ref.part == number
        again = sources.read(batch.ref)
        assert rows_of([again]) == rows_of([batch])
        assert again.ref == batch.ref
    for before, after in pairwise(batches):
        assert before.ref.offset + before.ref.length <= after.ref.offset
    return rows_of(batches)


def split(text: str, delimiter: str = ",") -> tuple[str, list[str]]:
    """Walk through a record character by character; give `whole`, `open` or `stray`, and its fields.

    A carriage return at the end of an unquoted cell is dropped, as Polars does; that of the last is the line's.
    """
    fields, field, state = [], "", "start"
    for character in text:
        if state == "quoted":
            if character == '"':
                state = "closed"
            else:
                field += character
        elif character == delimiter:
            fields.append(field if state == "closed" else field.removesuffix("\r"))
            field, state = "", "start"
        elif character == '"':
            if state == "bare":
                return "stray", []
            field += '"' if state == "closed" else ""
            state = "quoted"
        elif state == "closed":
            return "stray", []
        else:
            field, state = field + character, "bare"
    return ("open" if state == "quoted" else "whole"), [*fields, field]


def is_whole(line: str, width: int) -> bool:
    form, fields = split(line.removesuffix("\r"))
    return form == "whole" and len(fields) == width and line not in {"", "\r"} and "\0" not in line


def outside(text: str) -> list[str]:
    """Split at each carriage return outside quotes; nothing is no piece."""
    pieces, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == "\r" and not quoted:
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece]


def several(text: str, width: int) -> list[str]:
    """Give the records of a text of wrong shape that is several whole ones between carriage returns, else none."""
    text = text.removesuffix("\r")
    form, fields = split(text)
    right = form == "whole" and len(fields) == width and "\0" not in text
    pieces = outside(text)
    if right or "\r" not in text or text.count('"') % 2 or "\0" in text:
        return []
    fitting = [split(piece) for piece in pieces]
    return pieces if all(form == "whole" and len(fields) == width for form, fields in fitting) else []


def opens(line: str) -> bool:
    """Tell whether a line, or what stands after its last carriage return outside quotes, begins a quoted line break."""
    if not line.count('"') % 2:
        return False
    *before, last = outside(line.removesuffix("\r")) or [""]
    return split(last)[0] == "open" and all(split(piece)[0] == "whole" for piece in before)


def next_odd(lines: list[str], first: int) -> int | None:
    return next((at for at in range(first + 1, len(lines)) if lines[at].count('"') % 2), None)


def reach(lines: list[str], first: int, width: int) -> int | None:
    """Give the line on which a quoted line break may end, by the rules of swallowed.py; None when it is unclosed."""
    last = next_odd(lines, first)
    if last is None or not opens(lines[first]):
        return None
    joined = "\n".join(lines[first : last + 1])
    form, fields = split(joined.removesuffix("\r"))
    inner = [line for line in lines[first + 1 : last] if line not in {"", "\r"}]
    records = sum(is_whole(line, width) for line in inner)
    if several(joined, width):
        return None if records else last
    if form != "whole" or (len(fields) != width and records):
        return None
    if len(fields) != width or not inner or records < len(inner):
        return last
    wide = all(lines[at].count(",") >= width - 1 for at in (first, last))
    close = (width >= 3 and len(inner) >= 2) or wide
    return None if len(inner) >= 20 or (close and not any(is_prose(line, width) for line in inner)) else last


def is_prose(line: str, width: int) -> bool:
    return not line.strip(',"\r') or ((", " if width > 1 else " ") in line and '"' not in line)


def rival(lines: list[str], first: int, last: int, width: int) -> int | None:
    """Give the line that closes what the last line of a quoted line break opens, where that is the likelier record."""
    inner = [line for line in lines[first + 1 : last] if line not in {"", "\r"}]
    if not all(is_whole(line, width) and not is_prose(line, width) for line in inner):
        return None
    after = reach(lines, last, width)
    if after is None or width == 1 or lines[last].count(",") < width - 1:
        return None
    mine, theirs = (
        len(split("\n".join(lines[begin : end + 1]).removesuffix("\r"))[1])
        for begin, end in ((first, last), (last, after))
    )
    return after if mine == theirs == width else None


def slowly(text: str, width: int) -> list[Row]:
    lines = text.split("\n")[1:]
    rows: list[Row] = []
    at, preferred = 0, -1
    while at < len(lines):
        first, line = at, lines[at]
        at += 1
        if line in {"", "\r"}:
            continue
        form, fields = split(line.removesuffix("\r"))
        if opens(line):
            last = reach(lines, first, width)
            if last is not None and first != preferred and rival(lines, first, last, width):
                preferred, last = last, None
            form, at = ("unclosed", at) if last is None else ("whole", last + 1)
            line = line if last is None else "\n".join(lines[first : last + 1])
            fields = split(line.removesuffix("\r"))[1]
        if pieces := several(line, width):
            for piece in pieces:
                rows.append((len(rows) + 1, first + 2, None, None, tuple(map(filled, split(piece)[1]))))
            continue
        line = line.removesuffix("\r")
        shape = None
        if "\0" in line:
            shape = "NUL character"
        elif form != "whole":
            shape = f"{form} quote"
        elif len(fields) != width:
            shape = f"{len(fields)} fields instead of {width}"
        cells = (None,) * width if shape else tuple(map(filled, fields))
        rows.append((len(rows) + 1, first + 2, shape, shape and line, cells))
    return rows


cell = st.text(
    st.sampled_from('a7 é😀;,"\n\r\t\x01\ufeffxN\u2028') | st.characters(codec="utf-8", exclude_characters="\0")
)


@quick
@given(
    rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    eol=st.sampled_from(["\n", "\r\n"]),
    everything=st.booleans(),
    lines=st.sampled_from([1, 3, 50_000]),
)
def test_a_well_formed_file_reads_as_the_csv_module_reads_it(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str, eol: str, *, everything: bool, lines: int
) -> None:
    inner = [line for row in rows for text in row for line in text.split("\n")[1:-1]]
    assume(all(line.count(delimiter) != 2 for line in inner))  # such lines may be records: test_source_damage.py
    made = io.StringIO(newline="")
    writer = csv.writer(
        made, delimiter=delimiter, lineterminator=eol, quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    )
    writer.writerows([["one", "two", "three"], *rows])
    content = made.getvalue().encode()
    declared = Declared(delimiter=delimiter)
    found = read(tmp_path, content, declared, batch_rows=lines)
    assert [cut(row[4]) for row in found] == [cut(row) for row in rows]
    assert [row[0] for row in found] == list(range(1, len(rows) + 1))
    assert all(row[2] is None for row in found)
    starts = [2]
    for row in rows:
        starts.append(starts[-1] + 1 + sum(text.count("\n") for text in row))
    assert [row[1] for row in found] == starts[:-1]


@quick
@given(
    width=st.integers(1, 3),
    body=st.text(st.sampled_from('a,,""\n\n\r\0x '), max_size=60)
    | st.lists(
        st.sampled_from(
            [
                *("a,b,c", 'a,"b', 'c",d', '"a,b",c,d', 'a,5" b,c', "1,2", '"', '"",,', "x", "", 'q"",a', "1,\0,3"),
                *("a,b,c\rd,e,f", '1,"x', 'y",z\r4,e,f', 'a,"x\ry",c\rd,e,f', 'a,b\rc,"', '"\rc,d', 'y"\r4,e', "1,2\r"),
                *("a, b,c", 'a,b,"c', 'a,b,c"', 'a,",b', 'a,"', '",a', '"a', 'a"', "a b", '""', ",,"),
            ]
        ),
        max_size=24,
    ).map("\n".join),
    size=st.sampled_from([(1, 1), (7, 3), (64, 5), (1 << 20, 1000)]),
)
def test_a_damaged_file_reads_as_the_slow_state_machine_reads_it_wherever_it_is_cut(
    tmp_path: Path, width: int, body: str, size: tuple[int, int]
) -> None:
    header = ",".join(["one", "two", "three"][:width])
    declared = Declared(delimiter=",", skip_lines=0)
    found = read(tmp_path, f"{header}\n{body}".encode(), declared, batch_bytes=size[0], batch_rows=size[1])
    assert found == slowly(f"{header}\n{body}", width)


def test_a_stray_quote_costs_its_record_and_no_other(tmp_path: Path) -> None:
    content = b'a,b,c\n1,"x,y\n2,p,q\n3,r,s\n4,t,u"\n5,5" pipe,v\n6,"w\nw",z\n7,"cut'
    assert read(tmp_path, content) == [
        (1, 2, "unclosed quote", '1,"x,y', (None, None, None)),
        (2, 3, None, None, ("2", "p", "q")),
        (3, 4, None, None, ("3", "r", "s")),
        (4, 5, "stray quote", '4,t,u"', (None, None, None)),
        (5, 6, "stray quote", '5,5" pipe,v', (None, None, None)),
        (6, 7, None, None, ("6", "w\nw", "z")),
        (7, 9, "unclosed quote", '7,"cut', (None, None, None)),
    ]


def test_a_short_and_a_long_row_are_told_by_their_fields(tmp_path: Path) -> None:
    found = read(tmp_path, b'a,b,c\r\n1,2\r\n1,2,3,4\r\n\r\n"x\r\ny",2,3,4\r\n"x\r\ny",2,3\r\n')
    assert found == [
        (1, 2, "2 fields instead of 3", "1,2", (None, None, None)),
        (2, 3, "4 fields instead of 3", "1,2,3,4", (None, None, None)),
        (3, 5, "4 fields instead of 3", '"x\r\ny",2,3,4', (None, None, None)),
        (4, 7, None, None, ("x\r\ny", "2", "3")),
    ]


@pytest.mark.parametrize(
    "cells",
    [
        ("007", " padded ", "NULL"),
        ('""', "null", "NaN"),
        ("x^", "x\x01", "#comment"),
        ("\ufeffmark", "\x1a", "\\N"),
        ("'", "\t", "\u0085"),
    ],
)
def test_text_in_is_text_kept(tmp_path: Path, cells: tuple[str, str, str]) -> None:
    line = ";".join('"' + text.replace('"', '""') + '"' if '"' in text else text for text in cells)
    found = read(tmp_path, f"a;b;c\n{line}\n".encode(), batch_rows=1)
    assert [row[4] for row in found] == [cells]


def test_an_empty_and_a_quoted_empty_cell_are_both_blank(tmp_path: Path) -> None:
    assert read(tmp_path, b'a,b\n,""\n')[0][4] == (None, None)


def test_a_file_of_one_column_keeps_a_quoted_blank_and_skips_a_blank_line(tmp_path: Path) -> None:
    assert [row[:2] for row in read(tmp_path, b'a\n""\n\n  \nz')] == [(1, 2), (2, 4), (3, 5)]


def test_a_file_of_carriage_returns_alone_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, b'a,b\r1,"x\ry"\r\r2,3,4\r5,6')
    assert [(row[0], row[1], row[2], row[4]) for row in found] == [
        (1, 2, None, ("1", "x\ry")),
        (2, 5, "3 fields instead of 2", (None, None)),
        (3, 6, None, ("5", "6")),
    ]


def test_lines_above_the_header_count_as_physical_lines(tmp_path: Path) -> None:
    found = read(tmp_path, b"Report, of today\n\nmade by us\n\na;b\n1;2\n", Declared(skip_lines=3))
    assert found == [(1, 6, None, None, ("1", "2"))]


def test_another_quote_is_obeyed(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n'x,''y',\"z\n", Declared(quote="'"))[0][4] == ("x,'y", '"z')


def test_a_record_wider_than_the_piece_is_read(tmp_path: Path) -> None:
    long = "é" * 5000
    found = read(tmp_path, f'a,b\n1,{long}\n2,"{long}\n{long}"\n3,x'.encode(), batch_bytes=64)
    assert [row[4][1] for row in found] == [long, f"{long}\n{long}", "x"]


def test_many_columns_are_read(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(3000))
    good, short = ",".join(["x"] * 3000), ",".join(["x"] * 2999)
    found = read(tmp_path, f"{names}\n{good}\n{short}\n".encode())
    assert [row[2] for row in found] == [None, "2999 fields instead of 3000"]


def test_a_batch_holds_no_more_rows_than_said(tmp_path: Path) -> None:
    path = tmp_path / "narrow.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 30_000)
    batches = list(open_sources([str(path)], Declared(), batch_rows=7000).batches())
    assert max(batch.ref.rows for batch in batches) <= 7000
    assert len(batches) <= 6
    assert sum(batch.ref.rows for batch in batches) == 30_000
    assert [batch.ref.first_row for batch in batches][1] == batches[0].ref.rows + 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("limits", [{"batch_rows": 2}, {"batch_bytes": 60}, {}])
def test_half_a_character_and_half_the_next_end_no_line(tmp_path: Path, codec: str, limits: dict[str, int]) -> None:
    """Each of these pairs holds the bytes of a line feed across its middle, in one order of bytes or the other."""
    names = ["\u0a41\u0100", "\u0a41\u0100 \u0100\u0a41", "plain", "\u4100\u0a41\u4100\u0a01", "q\nr \u0a41\u0100"] * 3
    text = "id,name\n" + "".join(f'{number},"{name}"\n' for number, name in enumerate(names))
    rows = read(tmp_path, ("\ufeff" + text).encode(codec), None, **limits)
    assert [row[2:] for row in rows] == [(None, None, (str(number), name)) for number, name in enumerate(names)]
