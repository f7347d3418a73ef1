"""Parquet enters as the text a CSV export would hold."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from importer.errors import SourceError
from importer.source import Declared, Described, Sources, open_sources


def opened(folder: Path, frame: pl.DataFrame, **limits: Any) -> Sources:  # noqa: ANN401  # passed on as they are
    path = folder / "given.bin"
    frame.write_parquet(path)
    return open_sources([str(path)], Declared(), **limits)


NOON = dt.datetime(2024, 1, 31, 12, 0, 0, 120000)  # noqa: DTZ001  # a moment without a zone is what is tested


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([dt.date(1999, 12, 31), None], pl.Date, ["1999-12-31", None]),
        ([NOON, NOON.replace(microsecond=0)], pl.Datetime, ["2024-01-31T12:00:00.120", "2024-01-31T12:00:00"]),
        ([NOON], pl.Datetime("ns"), ["2024-01-31T12:00:00.120"]),
        ([NOON], pl.Datetime("us", "UTC"), ["2024-01-31T12:00:00.120Z"]),
        ([NOON], pl.Datetime("ms", "America/Bogota"), ["2024-01-31T07:00:00.120-05:00"]),
        ([dt.time(7, 5), None], pl.Time, ["07:05:00", None]),
        ([True, False, None], pl.Boolean, ["true", "false", None]),
        ([7, -1, 2**63 - 1], pl.Int64, ["7", "-1", "9223372036854775807"]),
        ([12.0, 0.1, 573001234567.0, -0.0, 1e20, float("nan"), None], pl.Float64,
         ["12", "0.1", "573001234567", "0", "1e+20", None, None]),
        ([0.1, 16777216.0], pl.Float32, ["0.1", "16777216"]),
        ([Decimal("12.50"), Decimal("-0.10")], pl.Decimal(10, 2), ["12.50", "-0.10"]),
        (["S", "N"], pl.Categorical, ["S", "N"]),
        (["S", "N"], pl.Enum(["N", "S"]), ["S", "N"]),
        (["007", " é ", "NULL", ""], pl.String, ["007", " é ", "NULL", ""]),
        ([b"abc"], pl.Binary, ["abc"]),
        ([None], pl.Null, [None]),
        ([["a", 'b"'], [], None], pl.List(pl.String), ['["a","b\\""]', "[]", None]),
        ([{"city": "Lima", "zip": None}, None], pl.Struct({"city": pl.String, "zip": pl.Int8}),
         ['{"city":"Lima","zip":null}', None]),
    ],
)  # fmt: skip
def test_every_type_enters_as_text(tmp_path: Path, values: list[object], kind: pl.DataType, texts: list[str]) -> None:
    moment = pl.Datetime("us") if isinstance(kind, pl.Datetime) else kind
    series = pl.Series("x", values, dtype=moment)
    if isinstance(kind, pl.Datetime):
        series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(kind.time_zone) if kind.time_zone else series
        series = series.cast(kind)
    batch = next(opened(tmp_path, series.alias("^x$").to_frame()).batches())
    assert batch.cells.schema == {"^x$": pl.String}
    assert batch.cells.to_series().to_list() == texts


def test_slices_are_numbered_and_read_again(tmp_path: Path) -> None:
    sources = opened(tmp_path, pl.DataFrame({"n": range(25)}), batch_rows=10)
    batches = list(sources.batches())
    assert [(b.ref.part, b.ref.first_row, b.ref.rows) for b in batches] == [(0, 1, 10), (1, 11, 10), (2, 21, 5)]
    assert sum(b.ref.length for b in batches) == sources.size
    assert batches[2].meta.rows()[0] == (21, 21, None, None)
    assert [cell for b in batches for cell in b.cells.to_series()] == [str(number) for number in range(25)]
    assert sources.read(batches[1].ref).cells.equals(batches[1].cells)
    assert sources.described == (Described("parquet"),)


def test_no_rows_give_no_batch(tmp_path: Path) -> None:
    assert list(opened(tmp_path, pl.DataFrame(schema={"a": pl.Int8})).batches()) == []


def test_a_file_without_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    pl.DataFrame().write_parquet(path)
    with pytest.raises(SourceError, match="has no columns"):
        open_sources([str(path)], Declared())


def test_a_damaged_or_misnamed_file_is_a_source_error(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    pl.DataFrame({"a": range(1000)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="damaged"):
        open_sources([str(path)], Declared())
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(SourceError, match="no whole Parquet file"):
        open_sources([str(path)], Declared())


def test_bytes_that_are_no_text_name_their_column(tmp_path: Path) -> None:
    sources = opened(tmp_path, pl.DataFrame({"photo": [b"\xff\xd8"]}))
    with pytest.raises(SourceError, match=r"column 'photo' .Binary. can't be read as text"):
        list(sources.batches())


def test_a_padded_column_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"column 1 has blanks around its name"):
        opened(tmp_path, pl.DataFrame({" a": [1]}))


def test_a_nested_value_reads_as_one_on_top_at_every_depth(tmp_path: Path) -> None:
    one = {
        "whole": 12.0,
        "half": 0.5,
        "none": float("nan"),
        "moment": NOON.replace(microsecond=0),
        "zoned": NOON.replace(microsecond=0, tzinfo=dt.UTC),
        "day": dt.date(2024, 1, 31),
        "price": Decimal("1.50"),
        "yes": True,
        "count": 7,
        "inner": [{"deep": 3.0}],
    }
    frame = pl.DataFrame({"top": [one, None], "list": [[one, None], []]}, strict=False)
    frame = frame.with_columns(pair=pl.Series([[1.0, 2.5], None], dtype=pl.Array(pl.Float64, 2)))
    sources = opened(tmp_path, frame)
    names = [*(f"{place}.{name}" for place in ("top", "list[0]") for name in one), "pair[0]", "pair[1]"]
    names = [name.replace(".inner", ".inner[0].deep") for name in names]
    assert sources.add_paths(names) == tuple(names)
    (batch,) = sources.batches()
    texts = ("12", "0.5", None, "2024-01-31T12:00:00", "2024-01-31T12:00:00Z", "2024-01-31", "1.50", "true", "7", "3")
    assert batch.cells.select(pl.col(*names)).rows() == [(*texts, *texts, "1", "2.5"), (None,) * 22]


def footer(rows: int, size: int) -> bytes:
    """Write a footer by hand, with a row group of so many rows and bytes (Thrift's compact protocol)."""

    def number(value: int) -> bytes:
        value, written = value * 2, b""
        while value > 127:
            value, written = value >> 7, written + bytes([value & 127 | 128])
        return written + bytes([value])

    group = b"\x19\x0c" + b"\x16" + number(size) + b"\x16" + number(rows) + b"\0"
    return b"\x15\x02" + b"\x19\x0c" + b"\x16" + number(rows) + b"\x19\x1c" + group + b"\0"


@pytest.mark.parametrize(
    ("rows", "size", "said"),
    [
        (10, 1 << 40, "more than 200 times its size"),
        (1 << 40, 10, "more than 200 times its size"),
        (10, 5 << 30, "row group of 5,368,709,120 bytes"),
    ],
)
def test_a_bomb_is_known_by_its_footer(tmp_path: Path, rows: int, size: int, said: str) -> None:
    path = tmp_path / "bomb.parquet"
    end = footer(rows, size)
    with path.open("wb") as file:
        file.write(b"PAR1")
        file.truncate(30 << 20 if "group" in said else 100)  # a hole: nothing of it lies on the disk
        file.seek(0, 2)
        file.write(end + len(end).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(SourceError, match=said):
        open_sources([str(path)], Declared())


def test_a_cut_encrypted_or_foreign_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    pl.DataFrame({"id": range(1000)}).write_parquet(path)
    whole = path.read_bytes()
    for content, said in [
        (whole[:-1], "cut or damaged"),
        (whole[:6], "cut or damaged"),
        (whole[:-8] + b"\xff\xff\xff\x7fPAR1", "cut or damaged"),
        (whole[:-12] + b"\xff" * 4 + whole[-8:], "footer of this Parquet file is damaged|no whole Parquet file"),
        (whole[:100] + whole[140:], "damaged"),
        (b"PARE" + whole[4:], "encrypted"),
        (b"id\n1\n", "no whole Parquet file"),
    ]:
        path.write_bytes(content)
        with pytest.raises(SourceError, match=said):
            list(open_sources([str(path)], Declared()).batches())


def test_every_damage_of_a_file_is_a_source_error_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    pl.DataFrame({"id": range(50), "kind": ["S", "N"] * 25}, {"id": pl.Int64, "kind": pl.Categorical}).write_parquet(
        path
    )
    whole = path.read_bytes()
    for at in range(4, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            rows = sum(batch.cells.height for batch in open_sources([str(path)], Declared()).batches())
        except SourceError:
            continue
        assert rows == 50


def test_two_columns_of_one_name_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "given.bin"
    pl.DataFrame({"first": ["1"], "other": ["2"]}).write_parquet(path)
    path.write_bytes(path.read_bytes().replace(b"other", b"first"))
    with pytest.raises(SourceError, match="two columns have the same name"):
        open_sources([str(path)], Declared())


def number(value: int) -> bytes:
    """Write a number as the compact protocol does."""
    left, written = value << 1, b""
    while left > 0x7F:
        left, written = left >> 7, written + bytes([left & 0x7F | 0x80])
    return written + bytes([left])


def fields(*of: tuple[int, int, bytes]) -> bytes:
    """Write a structure: each field as its number, type and content."""
    last, written = 0, b""
    for position, kind, content in of:
        last, written = position, written + bytes([position - last << 4 | kind]) + content
    return written + b"\0"


def text(word: bytes) -> bytes:
    return bytes([len(word)]) + word


def test_moments_as_older_programs_write_them_enter_as_text(tmp_path: Path) -> None:
    """INT96: the nanoseconds of a day, and its number in the Julian calendar; Spark and Impala wrote so."""
    i32, i64, words, many, group = 5, 6, 8, 9, 12
    epoch = 2_440_588
    moment, night = dt.datetime(2024, 1, 31, 12, 0, 5), dt.datetime(1969, 12, 31)  # noqa: DTZ001  # without a zone
    values = b"".join(
        ((when - dt.datetime(when.year, when.month, when.day)).seconds * 10**9).to_bytes(8, "little")  # noqa: DTZ001  # the same
        + ((when.date() - dt.date(1970, 1, 1)).days + epoch).to_bytes(4, "little")
        for when in (moment, night)
    )
    size = number(len(values))
    plain = fields((1, i32, number(2)), (2, i32, number(0)), (3, i32, number(3)), (4, i32, number(3)))
    page = fields((1, i32, number(0)), (2, i32, size), (3, i32, size), (5, group, plain)) + values
    chunk = fields(
        (1, i32, number(3)), (2, many, b"\x15" + number(0)), (3, many, b"\x18" + text(b"at")), (4, i32, number(0)),
        (5, i64, number(2)), (6, i64, number(len(page))), (7, i64, number(len(page))), (9, i64, number(4)),
    )  # fmt: skip
    column = fields((2, i64, number(4)), (3, group, chunk))
    rows = fields((1, many, b"\x1c" + column), (2, i64, number(len(page))), (3, i64, number(2)))
    root = fields((4, words, text(b"root")), (5, i32, number(1)))
    leaf = fields((1, i32, number(3)), (3, i32, number(0)), (4, words, text(b"at")))
    footer = fields(
        (1, i32, number(1)), (2, many, b"\x2c" + root + leaf), (3, i64, number(2)), (4, many, b"\x1c" + rows)
    )
    path = tmp_path / "given.parquet"
    path.write_bytes(b"PAR1" + page + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    batch = next(open_sources([str(path)], Declared()).batches())
    assert batch.cells["at"].to_list() == ["2024-01-31T12:00:05", "1969-12-31T00:00:00"]
