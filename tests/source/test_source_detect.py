"""The encoding is found by what the letters make, never guessed where two fit alike, and shown."""

from pathlib import Path

import pytest

from importer.errors import SourceError
from importer.source import Declared, Sources, open_sources

SPANISH = ["José Muñoz", "María Peña", "Íñigo Ibáñez", "Córdoba", "Calle 5ª nº 3", "¿Quién? ¡Sí!", "ÁLVARO NÚÑEZ"]
PORTUGUESE = ["João Conceição", "São Paulo", "Goiânia", "Antônia Araújo", "MARIA DA CONCEIÇÃO", "Três Corações"]
NEIGHBOURS = ["Zoë Müller", "Élodie Lefèvre", "François", "Niccolò", "Jürgen Groß", "Åsa Björk"]
ONE_LETTER = ["Peña", "José", "Ramón", "NUÑEZ", "Ángel", "IBÁÑEZ", "São", "João", "Conceição", "Itaú", "Óscar"]


def opened(folder: Path, content: bytes, declared: Declared | None = None) -> Sources:
    path = folder / "given.csv"
    path.write_bytes(content)
    return open_sources([str(path)], declared or Declared())


def encoding(folder: Path, text: str, codec: str, mark: bytes = b"") -> str | None:
    sources = opened(folder, mark + f"id,nombre\n{text}".encode(codec))
    cells = [row for batch in sources.batches() for row in batch.cells.iter_rows()]
    assert cells == [tuple(line.split(",")) for line in text.splitlines()]
    return sources.described[0].encoding


@pytest.mark.parametrize("words", [SPANISH, PORTUGUESE, NEIGHBOURS, SPANISH + PORTUGUESE + NEIGHBOURS])
@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("cp1252", b"", "cp1252"),
        ("latin-1", b"", "cp1252"),
        ("cp850", b"", "cp850"),
        ("mac-roman", b"", "mac-roman"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\0\0", "utf-32-le"),
    ],
)
def test_an_encoding_is_found_by_its_letters(
    tmp_path: Path, words: list[str], codec: str, mark: bytes, name: str
) -> None:
    text = "".join(f"{number},{word}\n" for number, word in enumerate(words))
    assert encoding(tmp_path, text, codec, mark) == name


@pytest.mark.parametrize("word", ONE_LETTER)
@pytest.mark.parametrize("codec", ["cp1252", "cp850", "mac-roman"])
def test_one_word_is_read_right_or_not_at_all(tmp_path: Path, word: str, codec: str) -> None:
    try:
        found = encoding(tmp_path, f"1,{word}\n", codec)
    except SourceError as refused:
        assert "fit" in str(refused)  # noqa: PT017  # both are right
        assert "encoding:" in str(refused)  # noqa: PT017
    else:
        assert found == codec


@pytest.mark.parametrize("words", [["Noël"], ["D\u00b4Angelo"], ["D\u00b4Angelo", "Noël"]])
def test_one_or_two_letters_prove_no_rare_encoding_where_another_makes_sense_too(
    tmp_path: Path, words: list[str]
) -> None:
    with pytest.raises(SourceError, match="fit mac-roman and cp850 alike"):
        encoding(tmp_path, "".join(f"1,{word}\n" for word in words), "cp850")


@pytest.mark.parametrize("word", ["Peña", "José", "Ramón", "IBÁÑEZ", "João", "Conceição"])
def test_one_common_word_in_cp1252_is_enough(tmp_path: Path, word: str) -> None:
    assert encoding(tmp_path, f"1,{word}\n", "cp1252") == "cp1252"


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,\xa4\n",  # a sign alone: currency in cp1252, a letter in cp850
        "a,b\n1,é\n".encode() + b"2,\xe9\n3,\xe9\n",  # as much UTF-8 as not
    ],
)
def test_balanced_evidence_is_refused_and_a_word_in_the_mapping_decides(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"fit .+ and .+ alike.*`source: \{encoding: "):
        opened(tmp_path, content)
    sources = opened(tmp_path, content, Declared(encoding="cp850"))
    assert sources.described[0].text == "csv, cp850, delimiter ',', encoding as the mapping says"


def test_letters_deep_in_a_large_file_decide_wherever_they_stand(tmp_path: Path) -> None:
    line = b"1234567,some words of plain text\n"
    filler = line * (6_000_000 // len(line))
    for before, after in ((filler, b""), (b"", filler), (filler, filler)):
        content = b"a,b\n" + before + "1,Peña Ibáñez\n".encode("cp850") + after
        assert opened(tmp_path, content).described[0].encoding == "cp850"


def test_a_bad_byte_far_behind_the_samples_is_named_by_the_strict_read(tmp_path: Path) -> None:
    line = "1,Peña\n".encode()
    content = b"a,b\n" + line * 900_000
    at = 8 * 400_000 + 4 + 2
    sources = opened(tmp_path, content[:at] + b"\xff" + content[at + 1 :])
    with pytest.raises(SourceError, match=rf"byte {at} \(line 400002\) is not utf-8.*cp1252.*mend it"):
        list(sources.batches())


def test_what_was_detected_is_told(tmp_path: Path) -> None:
    sources = opened(tmp_path, b"Informe\r\n\r\na;b;c\r\n" + "1;ñandú;x\r\n".encode("cp1252"))
    assert sources.told == (f"{tmp_path}/given.csv: csv, cp1252, delimiter ';', 2 lines above the header left out",)


CENTRAL = ["Łukasz Wiśniewski", "Łódź", "Żaneta Dąbrowska", "Kraków", "Győző Szűcs", "Pécs"]


def test_signs_inside_words_are_another_code_page(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"1,{word}\n" for word in CENTRAL)
    with pytest.raises(SourceError, match=r"fit cp1252 and cp1250 alike"):
        opened(tmp_path, text.encode("cp1250"))
    read = opened(tmp_path, text.encode("cp1250"), Declared(encoding="cp1250"))
    assert [name for batch in read.batches() for name in batch.cells["b"]] == CENTRAL


@pytest.mark.parametrize(
    ("codec", "words", "said"),
    [
        ("cp1250", ["Łukasz", "José", "Ruíz", "Gómez"], "signs inside words at 1 different places: is it cp1250?"),
        ("cp1250", ["Jiří Dvořák"], "letters that Spanish and Portuguese lack (ø): is it cp1250 or cp1254?"),
        ("cp1250", ["Szűcs"], "letters that Spanish and Portuguese lack (û): is it cp1250 or cp1254?"),
        ("cp1254", ["Ayşe", "Çağla", "José", "Ruíz", "Gómez"], "lack (ð þ): is it cp1250 or cp1254?"),
        ("cp1252", ["m³ de 1¼ a £5", "¿Qué?", "Señor ¿sí?", "5ª", "João"], ""),
    ],
)
def test_letters_that_may_be_another_code_page_are_told(
    tmp_path: Path, codec: str, words: list[str], said: str
) -> None:
    sources = opened(tmp_path, ("a,b\n" + "".join(f"1,{word}\n" for word in words)).encode(codec))
    assert sources.described[0].text.startswith("csv, cp1252, delimiter ','")
    assert sources.described[0].text.endswith(said or "','")
