import re
from pathlib import Path

import pytest

from importer.errors import MappingError
from importer.mapping.read.document import Document, read_document

UNREADABLE = [
    (b"", "1:1: the mapping is empty"),
    (b"# only a comment\n", "1:1: the mapping is empty"),
    (b"a:\n\tb: c\n", "2:1: not valid YAML: a tab, or text that begins"),
    (b"a: @x\n", "1:4: not valid YAML: a tab, or text that begins with @"),
    (b"a: b: c\n", "1:5: not valid YAML: a second `: ` in one line"),
    (b"a: {b: c\n", "2:1: not valid YAML: a { or [ is not closed"),
    (b"a: 'b\n", "2:1: not valid YAML: a quote is not closed"),
    (b"a: 1\n b: 2\n", "2:3: not valid YAML: a second `: ` in one line, or wrong indentation"),
    (b"a: 1\nb\nc: 2", "3:1: not valid YAML: a line that is neither"),
    (b'a: "\\q"\n', "1:5: not valid YAML: a backslash in double quotes"),
    (b"a: 1\n---\nb: 2\n", "2:1: a second document begins here"),
    (b"a: b\xf1o\n", "1:5: byte 4 of the file is not UTF-8; save the mapping as UTF-8"),
    ("a: b\n".encode("utf-16"), "1:1: byte 0 of the file is not UTF-8"),
    (b"a: 1\nb: \x07\n", "2:4: the control character U+0007 can't stand in YAML"),
    (b"[" * 1000, "1:34: nested more than 32 deep"),
    (b"- " * 1000, "1:67: nested more than 32 deep"),
    (b"x" * (1024 * 1024 + 1), "1:1: larger than 1 MiB"),
    (b"[" + b"a," * 100_001 + b"]", "1:200000: more than 50,000 values"),
]


def read(folder: Path, raw: bytes | str) -> Document:
    path = folder / "m.yaml"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_document(path)


def faults(document: Document) -> list[str]:
    return [f"{fault.at[0]}:{fault.at[1]}: {fault.place}: {fault.what}" for fault in document.faults]


@pytest.mark.parametrize(("raw", "said"), UNREADABLE, ids=[said for _, said in UNREADABLE])
def test_what_can_not_be_read_is_refused_with_its_position(tmp_path: Path, raw: bytes, said: str) -> None:
    with pytest.raises(MappingError, match=re.escape(f"m.yaml:{said}")):
        read(tmp_path, raw)


def test_every_scalar_is_text_as_it_was_written(tmp_path: Path) -> None:
    words = [
        "NO",
        "0123",
        "12:30",
        "2024-01-31",
        "true",
        "1e3",
        "0x1F",
        ".inf",
        "=",
        "off",
        "1_000",
        "NULL",
        "~",
        "null",
    ]

    assert read(tmp_path, f"a: [{', '.join(words)}]").data == {"a": words}
    assert read(tmp_path, "".join(f"{word}: x\n" for word in words)).data == dict.fromkeys(words, "x")


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_a_key_without_a_value_says_nothing_and_is_a_fault(tmp_path: Path, word: str) -> None:
    document = read(tmp_path, f"a: x\nb: {word}\n")

    assert document.data == {"a": "x", "b": None}
    assert document.told == {("b",)}
    assert faults(document)[0].startswith("2:")
    assert "b: nothing is said here" in faults(document)[0]


def test_a_quoted_null_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 'null'\nb: \"\"").data == {"a": "null", "b": ""}


def test_keys_that_stand_twice_name_both_lines(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nb: 2\n'a': 3\nc: {d: 1, d: 2}\n")

    assert faults(document) == [
        "3:1: a: the key stands twice, first in line 1; keep one",
        "4:11: c.d: the key stands twice, first in line 4; keep one",
    ]


@pytest.mark.parametrize("tag", ["!!python/name:os.system", "!!python/object/apply:os.system", "!!int", "!x", "!"])
def test_a_tag_is_a_fault_and_nothing_is_made_of_it(tmp_path: Path, tag: str) -> None:
    document = read(tmp_path, f"a: {tag} '5'\nb: !!str 5\n")

    assert document.data == {"a": "5", "b": "5"}
    assert faults(document) == [
        f"1:4: : the tag {tag} is not understood; a mapping is text, lists and tables: take it out"
    ]


def test_a_key_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    document = read(tmp_path, "? [a]\n: b\n? {c: d}\n: e\n'': f\n5: g\n")

    assert document.data == {"5": "g"}
    assert [fault.at for fault in document.faults] == [(1, 3), (3, 3), (5, 1)]


def test_an_alias_without_its_anchor_or_inside_itself_is_a_fault(tmp_path: Path) -> None:
    document = read(tmp_path, "a: *x\nb: &y [*y]\n")

    assert [fault.what for fault in document.faults] == [
        "*x has no finished &x above it",
        "*y has no finished &y above it",
    ]


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(9 * ['*' + a])}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]

    with pytest.raises(MappingError, match="unfold to more than 50,000 values"):
        read(tmp_path, "\n".join(lines))


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="can't be read: No such file"):
        read_document(tmp_path / "none.yaml")
    with pytest.raises(MappingError, match="can't be read: Is a directory"):
        read_document(tmp_path)
