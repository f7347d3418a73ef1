"""What can't be read is said: missing, empty, packed, changed, wrong header, wrong delimiter, wrong bytes."""

import os
from pathlib import Path

import pytest

from importer.errors import NoInputError, SourceError
from importer.source import Declared, Described, Sources, open_sources


def opened(folder: Path, content: bytes, declared: Declared | None = None, name: str = "given.csv") -> Sources:
    path = folder / name
    path.write_bytes(content)
    return open_sources([str(path)], declared or Declared())


def cells(sources: Sources) -> list[tuple[str | None, ...]]:
    return [row for batch in sources.batches() for row in batch.cells.iter_rows()]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NoInputError, match=r"nowhere\.csv does not exist"):
        open_sources(["nowhere.csv"], Declared())
    with pytest.raises(NoInputError):
        open_sources([], Declared())


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n"])
def test_a_file_without_a_header_is_no_input(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NoInputError, match="header"):
        opened(tmp_path, content)


def test_a_header_without_rows_gives_no_batch(tmp_path: Path) -> None:
    for content in (b"a,b", b"a,b\n", b"a,b\r\n\r\n"):
        sources = opened(tmp_path, content)
        assert sources.columns == ("a", "b")
        assert list(sources.batches()) == []


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("a,,c", "column 2 has no name"),
        ("a, b ,c", "column 2 has blanks around its name"),
        ("a,b,a", "columns 1 and 3 have the same name"),
        ("a,b\0,c", "column 2 holds a NUL"),
        ('a,"b', "never closed"),
        ('a,b"x"', "1 fields|not well-formed"),
    ],
)
def test_a_header_that_cannot_be_used_is_told_by_position(tmp_path: Path, header: str, said: str) -> None:
    if header == 'a,b"x"':
        assert opened(tmp_path, header.encode()).columns == ("a", 'b"x"')
        return
    with pytest.raises(SourceError, match=said):
        opened(tmp_path, header.encode() + b"\n1,2,3\n")


def test_a_wrong_delimiter_is_answered_with_the_right_one(tmp_path: Path) -> None:
    header = ";".join(f"c{number}" for number in range(19)).encode()
    with pytest.raises(SourceError, match="1 column found with `,`; `;` would give 19"):
        opened(tmp_path, header + b"\n", Declared(delimiter=","))
    with pytest.raises(SourceError, match="`tab` would give 2"):
        opened(tmp_path, b"a\tb\n1\t2\n", Declared(delimiter=";"))
    assert opened(tmp_path, b"Name, first\nAna\n", Declared(delimiter=";")).columns == ("Name, first",)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        (b"a;b;c\n1,5;2,5;3\n", ";"),
        (b"a\tb\n1,2\t3\n", "\t"),
        (b"a|b\n1|2\n", "|"),
        (b'"x;y",b\n1,2\n', ","),
        (b"Last, first;age\nRoe, Jo;7\nRoe;8\n", ";"),
        (b"only\n1\n", ","),
        (b"sep=;\r\na,x;b\r\n1;2\r\n", ";"),
    ],
)
def test_the_delimiter_is_found(tmp_path: Path, content: bytes, delimiter: str) -> None:
    sources = opened(tmp_path, content)
    assert sources.described == (Described("csv", "utf-8", delimiter),)
    assert all(batch.meta["shape"].null_count() == batch.ref.rows for batch in sources.batches())


def test_tab_is_understood_and_nonsense_is_not(tmp_path: Path) -> None:
    assert cells(opened(tmp_path, b"a\tb\n1\t2\n", Declared(delimiter="tab"))) == [("1", "2")]
    with pytest.raises(SourceError, match="one ASCII character"):
        opened(tmp_path, b"a,b\n", Declared(delimiter="::"))


@pytest.mark.parametrize(
    ("codec", "mark", "declared"),
    [
        ("utf-8", b"", None),
        ("utf-8", b"\xef\xbb\xbf", None),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("cp1252", b"", None),
        ("cp1252", b"", "windows-1252"),
        ("latin-1", b"", "latin-1"),
        ("cp850", b"", "cp850"),
        ("mac-roman", b"", "mac-roman"),
        ("utf-16-le", b"\xff\xfe", None),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("shift_jis", b"", "shift_jis"),
    ],
)
def test_every_encoding_gives_the_same_cells_in_every_cut(
    tmp_path: Path, codec: str, mark: bytes, declared: str | None
) -> None:
    accent = "ソ" if codec == "shift_jis" else "ñÑé"
    text = f'nombre,b\nA{accent},"1\n{accent}"\n\nstray",2\n' + f"{accent},x\n" * 40
    path = tmp_path / "given.csv"
    path.write_bytes(mark + text.encode(codec))
    for size, rows in ((1 << 20, 1000), (16, 2), (50, 7)):
        sources = open_sources([str(path)], Declared(encoding=declared), batch_bytes=size, batch_rows=rows)
        assert sources.columns == ("nombre", "b")
        assert cells(sources) == [(f"A{accent}", f"1\n{accent}"), (None, None), *[(accent, "x")] * 40]
        for batch in sources.batches():
            assert sources.read(batch.ref).cells.equals(batch.cells)
            assert sources.read(batch.ref).meta.equals(batch.meta)


def test_windows_quotes_and_the_euro_are_cp1252(tmp_path: Path) -> None:
    assert cells(opened(tmp_path, b"a,b\n\x93x\x94,\x80\n")) == [("“x”", "€")]


@pytest.mark.parametrize(
    ("content", "encoding", "place"),
    [
        (b"a,b\n1,2\n3,\xff\n", "utf-8", r"byte 10 \(line 3\)"),
        (b"a,b\n1,2\n3,\x81\n", "cp1252", r"byte 10 \(line 3\)"),
        (b"a,b\n\xc3\xa9\xc3\xa9,2\n3,\xe9\n", None, r"byte 13 \(line 3\)"),
        (b"a,b\n\xc3\xa9,2\n3,\xed\xa0\x80\n", "utf-8", r"byte 11 \(line 3\)"),
        (b"a,b\n\xc3\xa9,2\n" + b"1,2\n" * 400_000 + b"\xe9,2\n", None, r"byte 1600009 \(line 400003\)"),
    ],
)
def test_a_byte_that_means_nothing_is_named_and_never_replaced(
    tmp_path: Path, content: bytes, encoding: str | None, place: str
) -> None:
    with pytest.raises(SourceError, match=place):
        cells(opened(tmp_path, content, Declared(encoding=encoding)))


@pytest.mark.parametrize("encoding", ["nonsense", "rot13", "base64", "utf-7", "idna", "iso2022_jp", "unicode_escape"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(SourceError, match="not an encoding"):
        opened(tmp_path, b"a,b\n", Declared(encoding=encoding))


def test_files_of_one_run_have_the_same_columns_in_any_order(tmp_path: Path) -> None:
    one, two, other = tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "3.csv"
    one.write_bytes(b"a,^b$\n1,2\n")
    two.write_bytes(b"^b$;a\n4;3\n5;6;7\n")
    other.write_bytes(b"a,c\n1,2\n")
    sources = open_sources([str(one), str(two)], Declared())
    batches = list(sources.batches())
    assert cells(sources) == [("1", "2"), ("3", "4"), (None, None)]
    assert [(batch.ref.part, batch.ref.source, batch.ref.first_row) for batch in batches] == [(0, 0, 1), (1, 1, 1)]
    assert cells(sources)[1:] == sources.read(batches[1].ref).cells.rows()
    assert sources.size == one.stat().st_size + two.stat().st_size
    with pytest.raises(SourceError, match=r"3\.csv has other columns.*Missing: \^b\$\. Not in the first: c\."):
        open_sources([str(one), str(other)], Declared())


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    sources = opened(tmp_path, b"a,b\n" + b"1,2\n" * 10)
    ref = next(sources.batches()).ref
    with (tmp_path / "given.csv").open("ab") as file:
        file.write(b"3,4\n")
    for act in (lambda: list(sources.batches()), lambda: sources.read(ref), sources.digest):
        with pytest.raises(SourceError, match="changed while it was read"):
            act()


def test_a_file_that_changes_between_two_batches_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 10)
    batches = open_sources([str(path)], Declared(), batch_rows=2).batches()
    next(batches)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="changed while it was read"):
        list(batches)


def test_the_digest_is_of_the_content_and_not_of_the_name(tmp_path: Path) -> None:
    first = opened(tmp_path, b"a,b\n1,2\n", name="x.csv").digest()
    assert opened(tmp_path, b"a,b\n1,2\n", name="y.csv").digest() == first
    assert opened(tmp_path, b"a,b\n1,3\n", name="z.csv").digest() != first
    assert len(first) == 64


def test_a_replacement_character_that_is_in_the_file_stays(tmp_path: Path) -> None:
    assert cells(opened(tmp_path, "a,b\n\ufffd,\ufffd\n".encode())) == [("\ufffd", "\ufffd")]
