"""Shared parts, and tables beside a mapping: what is taken from where, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from importer.errors import MappingError
from importer.mapping.load import Loaded, check_columns, load_mapping

HEAD = "version: 1\nname: a\nkey: external_id\n"


def load(folder: Path, **files: str) -> Loaded:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_csv", ".csv")
        path = path if path.suffix else path.with_suffix(".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_mapping(folder / "main.yaml")


def refusal(folder: Path, **files: str) -> list[str]:
    with pytest.raises(MappingError) as refused:
        load(folder, **files)
    return [line.removeprefix(f"{folder}/") for line in str(refused.value).splitlines()]


def contact(loaded: Loaded) -> Any:  # noqa: ANN401  # the model is made at run time
    return loaded.mapping.contact


def test_a_field_that_the_mapping_says_itself_counts_whole(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        main=HEAD + "include: shared.yaml\ncontact: {external_id: No, city: Mine, tags: {a: Mine}}\n",
        shared="source: {blank: N/D}\ncontact: {city: {column: Theirs, case: title}, country: C, tags: {a: T, b: T}}\n",
    )
    assert contact(loaded).city.column == "Mine"
    assert contact(loaded).city.case is None
    assert contact(loaded).country.column == "C"
    assert {name: said.column for name, said in contact(loaded).tags.items()} == {"a": "Mine", "b": "T"}
    assert loaded.mapping.source.blank == ("N/D",)
    assert loaded.mapping.include is None


def test_of_several_parts_the_later_counts_and_parts_include_parts_relative_to_themselves(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        main=HEAD + "include: [one.yaml, parts/two.yaml]\ncontact: {external_id: No}\n",
        one="contact: {city: One, country: One}\n",
        parts__two="include: three.yaml\ncontact: {city: Two}\n",
        parts__three="contact: {city: Three, channel: Three}\n",
    )
    found = contact(loaded)
    assert (found.city.column, found.country.column, found.channel.column) == ("Two", "One", "Three")


def test_the_content_of_what_is_included_is_in_the_digest_and_the_tests_are_not(tmp_path: Path) -> None:
    main = HEAD + "include: shared.yaml\ncontact: {external_id: No}\n"
    first = load(tmp_path, main=main, shared="contact: {city: A}\n").digest
    tested = main + "tests: [{cells: {No: 1}, body: {external_id: 1}}]\n"
    assert load(tmp_path, main=tested, shared="# other comment\ncontact: {city: A}\n").digest == first
    assert load(tmp_path, main=main, shared="contact: {city: B}\n").digest != first
    assert load(tmp_path, main=HEAD + "contact: {city: A, external_id: No}\n").digest == first


def test_a_fault_in_a_part_is_told_with_the_file_of_the_part(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        main=HEAD + "include: shared.yaml\ncontact: {external_id: No, citi: X}\n",
        shared="name: b\ncontcat: {}\ncontact:\n  city: {column: X, case: Upper}\n  dob: {column: D, date: '%Q'}\n",
    )
    assert [line.split(": ")[0] for line in said] == [
        "main.yaml:5:28",
        "shared.yaml:1:1",
        "shared.yaml:2:1",
        "shared.yaml:4:27",
        "shared.yaml:5:26",
    ]
    assert said[1] == "shared.yaml:1:1: name: only the mapping itself says this; take it out"
    assert said[2].endswith("'contcat' is no key of a shared part; did you mean 'contact'?")


def test_a_missing_column_of_a_part_is_told_with_the_file_of_the_part(tmp_path: Path) -> None:
    main = HEAD + "include: shared.yaml\ncontact: {external_id: No}\n"
    loaded = load(tmp_path, main=main, shared="contact: {city: Ciudad}\n")
    with pytest.raises(MappingError, match=r"shared\.yaml:1:17: contact\.city: the file has no column 'Ciudad'"):
        check_columns(loaded, ["No", "Cuidad"])


@pytest.mark.parametrize(
    ("main", "parts", "said"),
    [
        ("include: none.yaml", {}, "main.yaml:4:10: include: there is no file 'none.yaml' beside the mapping"),
        ("include: [[a]]", {}, "main.yaml:4:11: include: the name of a file is meant here"),
        ("include: main.yaml", {}, "main.yaml:4:10: include: 'main.yaml' includes itself"),
        (
            "include: a.yaml",
            {"a": "include: b.yaml", "b": "include: a.yaml"},
            "b.yaml:1:10: include: 'a.yaml' includes",
        ),
        ("include: {a: b}", {}, "main.yaml:4:10: include: the name of a file, or a list of names, is meant here"),
        ("include: []", {}, "main.yaml:4:1: include: no file is named; take the key out"),
        ("include: {}", {}, "main.yaml:4:1: include: no file is named; take the key out"),
        ("include: ''", {}, "main.yaml:4:1: include: no file is named; take the key out"),
        ("include: [[a.yaml]]", {}, "main.yaml:4:11: include: the name of a file is meant here"),
        ("include: a.yaml", {"a": "- x"}, "a.yaml:1:1: a table is meant here"),
        (
            "include: a.yaml",
            {"a": "x: [\n"},
            "a.yaml:2:1: not valid YAML: a value is missing, or a { or [ is not closed",
        ),
        (f"include: [{', '.join(['a.yaml'] * 17)}]", {"a": "zone: UTC"}, "main.yaml:4:11: include: more than 16 files"),
        (
            "include: p0.yaml",
            {f"p{at}": f"include: p{at + 1}.yaml" for at in range(6)} | {"p6": "zone: UTC"},
            "p3.yaml:1:10: include: parts include parts more than 4 deep",
        ),
    ],
)
def test_what_can_not_be_included_is_told_where_it_is_named(
    tmp_path: Path, main: str, parts: dict[str, str], said: str
) -> None:
    (line,) = refusal(tmp_path, main=HEAD + main + "\ncontact: {external_id: No}\n", **parts)
    assert line.startswith(said)


TABLE = HEAD + "contact: {external_id: No, channel: {column: Canal, values: {file: canales.csv}}}\n"


@pytest.mark.parametrize("text", ['cell,value\nTienda,store\n\n"a,b",x\n', "\ufeffcell;value\r\nTienda;store\r\na,b;x"])
def test_a_table_beside_the_mapping_is_as_good_as_one_in_it(tmp_path: Path, text: str) -> None:
    loaded = load(tmp_path, main=TABLE, canales_csv=text)
    assert contact(loaded).channel.values == {"Tienda": "store", "a,b": "x"}
    inline = TABLE.replace("{file: canales.csv}", "{Tienda: store, 'a,b': x}")
    assert load(tmp_path, main=inline).digest == loaded.digest


def test_a_table_with_one_entry_named_file_is_still_a_table(tmp_path: Path) -> None:
    loaded = load(tmp_path, main=TABLE.replace("canales.csv", "FILE"))
    assert contact(loaded).channel.values == {"file": "FILE"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "0: the table can't be read: No such file or directory; its name is relative to the mapping"),
        ("", "1: its first line must be cell,value"),
        ("a,b\n", "1: its first line must be cell,value"),
        ("cell,value\n", "1: the table has no entry; list what the cells hold and what it means"),
        ("cell,value\n\n", "1: the table has no entry; list what the cells hold and what it means"),
        ("cell,value\na\n", "2: 1 cells; two are meant"),
        ("cell,value\na,b\n\na,c\n", "4: it says again what line 2 says; keep one"),
        ('cell,value\n"a,b\n', "2: a quote is not closed, or stands where none may"),
        ("cell,value\n" + "x" * 1024 * 1024, "0: the table is larger than 1 MiB"),
    ],
)
def test_a_table_that_can_not_be_used_is_told_in_its_line_or_where_it_is_named(
    tmp_path: Path, text: str | None, said: str
) -> None:
    files = {} if text is None else {"canales_csv": text}
    (line,) = refusal(tmp_path, main=TABLE, **files)
    number, _, what = said.partition(": ")
    if number == "0":
        assert line == f"main.yaml:4:68: contact.channel.values: canales.csv: {what}"
    else:
        assert line == f"canales.csv:{number}:1: contact.channel.values: {what}"


def test_what_a_table_gives_is_judged_in_its_line(tmp_path: Path) -> None:
    text = HEAD + "contact: {external_id: No, gender: {column: Sexo, values: {file: sexos.csv}}}\n"
    (line,) = refusal(tmp_path, main=text, sexos_csv="cell,value\nM,MALE\nF,MUJER\n")
    assert line.startswith("sexos.csv:3:1: contact.gender.values.F: gender holds one of MALE, FEMALE")


@pytest.mark.parametrize("name", ["canales.tsv", "./canales", "canales.xlsx", "tablas/canales.txt"])
def test_a_table_whose_name_does_not_end_with_csv_is_refused(tmp_path: Path, name: str) -> None:
    (line,) = refusal(tmp_path, main=TABLE.replace("canales.csv", name))
    assert line.startswith("main.yaml:4:68: contact.channel.values: a table's name ends with .csv")


def test_a_table_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "canales.csv").write_bytes("cell,value\nvía,street\n".encode("cp1252"))
    (line,) = refusal(tmp_path, main=TABLE)
    assert line.endswith("canales.csv: the table is not UTF-8; save it as CSV UTF-8")
