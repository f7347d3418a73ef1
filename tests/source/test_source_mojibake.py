"""UTF-8 is never read as another encoding, whether that is declared or shown, wherever in the file it stands."""

from pathlib import Path

import pytest

from importer.errors import SourceError
from importer.source import Declared, Sources, open_sources

MARK = b"\xef\xbb\xbf"
PEOPLE = "id,name\n1,José Muñoz\n2,João Conceição\n3,ÁLVARO NÚÑEZ\n4,plain\n"


def opened(folder: Path, content: bytes, encoding: str | None = None) -> Sources:
    path = folder / "given.csv"
    path.write_bytes(content)
    return open_sources([str(path)], Declared(encoding=encoding))


def names(sources: Sources) -> list[str]:
    return [name for batch in sources.batches() for name in batch.cells["name"]]


@pytest.mark.parametrize("declared", ["cp1252", "latin-1", "cp850", "mac-roman", "ascii", "cp1251"])
def test_a_declared_encoding_does_not_beat_the_mark_of_another(tmp_path: Path, declared: str) -> None:
    for content in (MARK + PEOPLE.encode(), MARK + b"id,name\n1,plain\n"):
        with pytest.raises(SourceError, match=rf"mark says utf-8, and the mapping says {declared}.*encoding: utf-8"):
            opened(tmp_path, content, declared)
    with pytest.raises(SourceError, match=r"mark says utf-16, and the mapping says utf-8.*encoding: utf-16"):
        opened(tmp_path, b"\xff\xfe" + PEOPLE.encode("utf-16-le"), "utf-8")


@pytest.mark.parametrize("declared", ["cp1252", "latin-1", "iso8859-15", "cp850", "mac-roman", "ascii"])
@pytest.mark.parametrize("text", [PEOPLE, "id,name\n1,ñ\n", "id,name\n1,5ª \u2013 “Peña” €\n"])
def test_a_declared_encoding_does_not_beat_letters_that_are_utf8(tmp_path: Path, declared: str, text: str) -> None:
    with pytest.raises(SourceError, match=rf"are UTF-8, and the mapping says {declared}.*encoding: utf-8"):
        opened(tmp_path, text.encode(), declared)


@pytest.mark.parametrize("declared", ["cp1252", "latin-1", "iso8859-15", "cp850", "mac-roman"])
def test_a_declared_encoding_is_obeyed_where_nothing_speaks_against_it(tmp_path: Path, declared: str) -> None:
    found = names(opened(tmp_path, PEOPLE.encode(declared), declared))
    assert found == ["José Muñoz", "João Conceição", "ÁLVARO NÚÑEZ", "plain"]


def test_latin1_that_is_declared_is_read_with_the_signs_of_cp1252(tmp_path: Path) -> None:
    assert names(opened(tmp_path, "id,name\n1,“Peña” \u2013 5 €\n".encode("cp1252"), "latin-1")) == [
        "“Peña” \u2013 5 €"
    ]
    with pytest.raises(SourceError, match=r"byte 10 \(line 2\) is not cp1252"):
        names(opened(tmp_path, b"id,name\n1,\x81\n", "latin-1"))


@pytest.mark.parametrize("word", ["Muñoz", "José", "João", "MUÑOZ", "Óscar", "Écija", "Zoë"])
@pytest.mark.parametrize("codec", ["cp1252", "cp850", "mac-roman"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_file_of_two_encodings_is_refused_at_the_first_letter_of_the_other(
    tmp_path: Path, word: str, codec: str, *, declared: bool
) -> None:
    before = PEOPLE.encode(codec) * 40 + b"5,"
    content = before + f"{word}\n6,x\n".encode() + PEOPLE.encode(codec)
    at = len(before) + next(number for number, byte in enumerate(word.encode()) if byte > 0x7F)
    line = before.count(b"\n") + 1
    with pytest.raises(SourceError, match=rf"byte {at} \(line {line}\) begins a letter in utf-8.*read as {codec}"):
        names(opened(tmp_path, content, codec if declared else None))


def test_a_capital_before_a_sign_is_no_letter_of_another_encoding(tmp_path: Path) -> None:
    lines = ["“IRMÔ", "\u2018MANHÒ", "«AMANHû", "IRMÖ 5", "MAÇÃ… sim", "JOÃO", "AVELÃ\xa0x"]
    text = "id,name\n" + "".join(f"{number},{line}\n" for number, line in enumerate(lines)) + "9,Conceição\n"
    assert names(opened(tmp_path, text.encode("cp1252")))[:-1] == lines


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("cp1251", "Иванов Пётр Сергеевич Москва Анна"),
        ("koi8-r", "Иванов Пётр Сергеевич Москва Анна"),
        ("gbk", "张伟 王芳 李娜 北京 上海"),
        ("shift_jis", "田中 佐藤 タナカ 東京 山本"),
        ("cp1253", "Γιώργος Παπαδόπουλος Αθήνα Μαρία"),
    ],
)
def test_another_script_is_not_read_as_western_letters(tmp_path: Path, codec: str, words: str) -> None:
    text = "id,name\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words.split()))
    with pytest.raises(SourceError, match="encoding"):
        opened(tmp_path, text.encode(codec))
    assert names(opened(tmp_path, text.encode(codec), codec)) == words.split()


def test_one_letter_of_two_bytes_in_another_script_proves_no_utf8(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="fit utf-8 and cp850 alike"):
        opened(tmp_path, "id,name\n1,Íñigo\n".encode("cp850"))
    assert names(opened(tmp_path, "id,name\n1,Άννα\n".encode())) == ["Άννα"]


def test_one_letter_that_makes_sense_in_no_other_encoding_is_utf_8(tmp_path: Path) -> None:
    assert names(opened(tmp_path, "id,name\n1,\u02a4\n".encode())) == ["\u02a4"]


@pytest.mark.parametrize("word", ["ZOË", "NOËL", "Ïa"])
def test_a_rare_letter_of_latin1_is_not_taken_for_another_encoding(tmp_path: Path, word: str) -> None:
    try:
        found = opened(tmp_path, f"id,name\n1,{word}\n".encode("latin-1")).described[0].encoding
    except SourceError as refused:
        assert "cp1252" in str(refused)  # noqa: PT017  # both are right
    else:
        assert found == "cp1252"


def test_accents_typed_as_signs_of_their_own_are_utf_8_and_nothing_else(tmp_path: Path) -> None:
    apart = "id,name\n1,Jose\u0301\n2,Nu\u0301n\u0303ez\n"
    assert names(opened(tmp_path, apart.encode())) == ["Jose\u0301", "Nu\u0301n\u0303ez"]
    with pytest.raises(SourceError, match="are UTF-8, and the mapping says cp1252"):
        opened(tmp_path, apart.encode(), "cp1252")
