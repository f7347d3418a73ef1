"""A reject file is written so that it comes back the same, straight or through a spreadsheet."""

import csv
import io
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from importer.errors import SourceError, StateError
from importer.rejects import COLUMNS, RejectsFile, guard, unguard
from importer.source import Declared, open_sources

quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
risky = st.sampled_from("=+-@'\t\r\n ;,\"aé€x^")
cell = st.none() | st.text(risky | st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
# Words and not letters at random: those may be text in another encoding, and then nothing is guessed.
WORDS = ("Peña", "José", "NÚÑEZ", "¿Qué?", "São", "€ 5", "“x”")
western = st.none() | st.lists(risky.filter(str.isascii) | st.sampled_from(WORDS), max_size=5).map(" ".join)
NAMES = ("id", "=name", "'")


def numbers_for(rows: int, raw: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": ["-in.csv"] * rows,
            "row": range(1, rows + 1),
            "line": range(2, rows + 2),
            "reasons": ["email|required"] * rows,
            "hints": ["fill it in, then run again"] * rows,
            "raw": [raw] * rows,
        },
        {
            "source": pl.String,
            "row": pl.Int64,
            "line": pl.Int64,
            "reasons": pl.String,
            "hints": pl.String,
            "raw": pl.String,
        },
    )


def write(path: Path, rows: list[tuple[str | None, ...]], raw: str | None = None) -> Path:
    cells = pl.DataFrame(rows, dict.fromkeys(NAMES, pl.String), orient="row")
    with RejectsFile(path, NAMES) as file:
        file.append(cells, numbers_for(len(rows), raw))
    return path


def read(path: Path) -> list[tuple[str | None, ...]]:
    # What a mapping declares of the original is not asked when its rejects come back.
    sources = open_sources([str(path)], Declared(encoding="utf-16", delimiter="|", skip_lines=4))
    assert sources.returned
    assert sources.columns == NAMES
    batches = list(sources.batches())
    assert all(batch.meta["shape"].null_count() == batch.ref.rows for batch in batches)
    return [tuple(text or None for text in row) for batch in batches for row in batch.cells.iter_rows()]


@given(st.lists(cell))
@quick
def test_unguard_is_the_inverse_of_guard(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts}, {"text": pl.String})
    guarded = frame.select(guard(pl.col("text")))
    assert guarded.select(unguard(pl.col("text"))).equals(frame)
    for text in guarded.to_series():
        assert not text or text[0] not in "=+-@\t\r"


@given(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=8))
@quick
def test_what_is_written_comes_back(tmp_path: Path, rows: list[tuple[str | None, ...]]) -> None:
    path = write(tmp_path / "rejects.csv", rows)
    assert read(path) == [tuple(text or None for text in row) for row in rows]


@given(st.lists(st.tuples(western, western, western), min_size=1, max_size=8), st.sampled_from([";", "\t"]))
@quick
def test_what_a_spreadsheet_saved_comes_back(
    tmp_path: Path, rows: list[tuple[str | None, ...]], delimiter: str
) -> None:
    path = write(tmp_path / "rejects.csv", rows)
    table = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    saved = io.StringIO(newline="")
    turned = [[*row[6:], *row[:6]] for row in table]  # columns moved about
    csv.writer(saved, delimiter=delimiter, lineterminator="\r\n").writerows(turned)
    data = saved.getvalue().encode("cp1252")
    # Letters such as "Ã©" in cp1252 are the very bytes of another letter in UTF-8: nothing in the file could tell.
    assume(not set(data.decode("utf-8", "replace")) - set(map(chr, range(128))) - {"\ufffd"})
    path.write_bytes(data)
    sources = open_sources([str(path)], Declared())
    assert sources.returned
    assert set(sources.columns) == set(NAMES)
    found = [row for batch in sources.batches() for row in batch.cells.select(pl.col(*NAMES)).iter_rows()]
    assert [tuple(text or None for text in row) for row in found] == [
        tuple(text or None for text in row) for row in rows
    ]


def test_a_record_of_wrong_shape_is_so_again_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    empty = pl.DataFrame({name: [None, "1"] for name in NAMES}, dict.fromkeys(NAMES, pl.String))
    with RejectsFile(path, NAMES) as file:
        file.append(empty, numbers_for(2, '=1,"2\nfoo\0'))
    batch = next(open_sources([str(path)], Declared()).batches())
    assert batch.meta["shape"].to_list() == ["came back as it was rejected", None]
    assert batch.meta["raw"].to_list() == ['=1,"2\nfoo\u2400', None]


def test_the_file_has_the_agreed_form_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "rejects.csv", [("=1+1", "b,c", None)], "@x")
    assert path.read_bytes() == (
        b"\xef\xbb\xbfid,'=name,'',_source,_row,_line,_reasons,_hints,_raw\r\n"
        b'\'=1+1,"b,c",,\'-in.csv,1,2,email|required,"fill it in, then run again",\'@x\r\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["rejects.csv"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "rejects.csv", [("1", "2", "3")])
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), RejectsFile(path, NAMES):
        _ = 1 / 0
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["rejects.csv"]


def test_a_folder_that_is_not_there_is_a_state_error(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="can't be written"):
        RejectsFile(tmp_path / "none" / "rejects.csv", NAMES)


def test_the_names_kept_for_rejects_are_refused_elsewhere_and_rejects_are_not_mixed(tmp_path: Path) -> None:
    path = write(tmp_path / "rejects.csv", [("1", "2", "3")])
    other = tmp_path / "other.csv"
    other.write_bytes(b"id,=name,'\n1,2,3\n")
    with pytest.raises(SourceError, match="only one of them is a reject file"):
        open_sources([str(path), str(other)], Declared())
    other.write_bytes(b"id,_row\n1,2\n")
    with pytest.raises(SourceError, match="_row have names kept"):
        open_sources([str(other)], Declared())
    assert len(COLUMNS) == 6


def test_what_was_saved_in_another_encoding_is_refused_and_never_misread(tmp_path: Path) -> None:
    path = write(tmp_path / "rejects.csv", [("1", "Peña", "Bogotá"), ("2", "José", "Ibáñez")])
    text = path.read_bytes().decode("utf-8-sig")
    for codec in ("mac-roman", "cp850"):
        path.write_bytes(text.encode(codec))
        with pytest.raises(SourceError, match=f'fit {codec}.*Save it again as "CSV UTF-8"'):
            open_sources([str(path)], Declared(encoding="cp1252"))
    path.write_bytes(text.encode("cp1252"))
    assert [row[1] for row in read(path)] == ["Peña", "José"]
