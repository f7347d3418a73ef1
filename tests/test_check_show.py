"""`check --show N`: the first rows as they would be sent, on a terminal, and nowhere else."""

import re
import unicodedata
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from program import Finished, environment, importer
from sample_oracle import FOLDER, MAPPINGS, expected

CARD = "4111111111111111"
MAPPING = """\
version: 1
name: shop
key: external_id
contact:
  id: Id
  external_id: No
  first_name: Name
  email: {columns: [Email, Other], case: lower}
  phone: {column: Phone, phone: CO}
  city: {column: City, on_blank: clear}
  channel: {column: Channel, write: create_only}
  source: {value: web-shop}
  tags:
    note: Note
    "*": {column: Marks, split: ","}
  addresses:
    - {alias: {value: first}, street_1: Street 1}
    - {alias: {value: second}, street_1: Street 2}
"""
HEADER = ("Id", "No", "Name", "Email", "Other", "Phone", "City", "Channel", "Note", "Marks", "Street 1", "Street 2")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def row(**cells: str) -> str:
    named = {"No": "1", "Name": "Ximena", **{name.replace("_", " "): cell for name, cell in cells.items()}}
    return ",".join(f'"{named.get(column, "")}"' for column in HEADER)


def show(folder: Path, rows: list[str], *words: str, width: int = 120) -> Finished:
    (folder / "shop.yaml").write_text(MAPPING, "utf-8")
    (folder / "rows.csv").write_text("\n".join([",".join(HEADER), *rows]) + "\n", "utf-8")
    env = environment(COLUMNS=str(width))
    return importer(
        "check", "rows.csv", "-m", "shop.yaml", "--show", *(words or ("9", "--unmasked")), cwd=folder, env=env
    )


def page(done: Finished) -> str:
    return done.out.partition("\nRead as ")[0]


def sent(text: str) -> list[list[tuple[str, str]]]:
    """Read the right sides again: of each row, place and what is sent there."""
    found = re.compile(r"^  .* -> (\S+) *(.*)$")
    parts = re.split(r"\n\nrow [0-9,]+ \(line [0-9,]+\): ", text)[1:]
    return [[match.groups() for line in part.splitlines() if (match := found.match(line))] for part in parts]  # type: ignore[misc]  # two groups, both there


def flat(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Write a body as place and text; items without their number."""
    told: list[tuple[str, Any]] = []
    for name, value in body.items():
        if isinstance(value, dict):
            told += [(f"tags.{tag}", inner) for tag, inner in value.items()]
        elif isinstance(value, list):
            told += [(f"{name}[].{inner}", text) for item in value for inner, text in item.items()]
        else:
            told.append((name, value))
    return [(place, visible(value)) for place, value in told]


def visible(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text).rstrip()


@pytest.mark.parametrize("sample", sorted(MAPPINGS))
def test_what_is_shown_is_what_the_row_by_row_oracle_sends(sample: str, tmp_path: Path) -> None:
    wanted = expected(sample)
    words = ("check", FOLDER / sample, "-m", MAPPINGS[sample].removesuffix(".yaml"), "--show", "200", "--unmasked")
    shown = sent(page(importer(*words, cwd=tmp_path, env=environment(COLUMNS="420"))))

    assert len(shown) == 200
    for number, fields in enumerate(shown, 1):
        told = [
            (re.sub(r"\[\d+\]", "[]", place), text)
            for place, text in fields
            if text and not text.startswith("left out:")
        ]
        if number in wanted.reasons:
            assert all(text.startswith("! ") for _, text in told)
        else:
            identity = [("id", wanted.ids[number])] if number in wanted.ids else []
            assert sorted(told) == sorted(identity + flat(wanted.bodies[number]))


def test_each_field_stands_beside_the_cells_it_is_taken_from(tmp_path: Path) -> None:
    done = show(tmp_path, [row(Other="Ximena@Example.com", Phone="310 555 4814", Marks="vip, new", Street_2="Calle 1")])

    assert done.code == 0
    assert [re.sub(" +", " ", line) for line in page(done).splitlines()] == [
        "As it would be sent: the first row.",
        "",
        "row 1 (line 2): a create, if it is new",
        " No 1 -> external_id 1",
        " Name Ximena -> first_name Ximena",
        " Other Ximena@Example.com -> email ximena@example.com",
        " Phone 310 555 4814 -> phone +573105554814",
        " -> source web-shop",
        ' Marks vip, new -> tags.* {"vip": true, "new": true}',
        " Street 2 Calle 1 -> addresses[1].street_1 Calle 1",
        " -> addresses[1].alias second",
    ]


def test_an_update_is_shown_as_an_update_is_sent(tmp_path: Path) -> None:
    (fields,) = sent(page(show(tmp_path, [row(Id=ID, Channel="web")])))

    assert dict(fields) == {
        "id": ID,
        "external_id": "1",
        "first_name": "Ximena",
        "city": "null",
        "channel": "",
        "source": "web-shop",
    }


def test_masked_unless_asked_only_forms_and_the_words_of_the_mapping_are_shown(tmp_path: Path) -> None:
    done = show(tmp_path, [row(Email="Ximena.Ñandú7@Example.com", Note="日本語 🌸 ok", Marks="vip")], "1")

    assert not re.search("Ximena|ximena|example|vip|日本|🌸", done.out + done.err, re.IGNORECASE)
    assert "Xxxxxx.Xxxxx#@Xxxxxxx.xxx" in done.out
    assert "xxx x xx" in done.out
    assert '{"xxx": xxxx}' in done.out
    assert "web-shop" in done.out
    assert "--unmasked shows all" in done.out


def test_a_rejected_row_is_shown_with_all_its_reasons_those_of_the_whole_file_too(tmp_path: Path) -> None:
    done = show(tmp_path, [row(Email="ximena@", Phone="12"), row(No="2"), row(No=" 2")])
    first, second, third = page(done).split("\n\nrow ")[1:]

    assert done.code == 3
    assert re.search(r"Email +ximena@ +-> email +! email\n", first)
    assert re.search(r"Phone +12 +-> phone +left out: phone\n", first)
    assert "\n  ! email: It is no email address" in first
    assert "web-shop" not in first
    assert all("rejected\n" in part and "! key: Another row has the same key or id" in part for part in (second, third))


def test_a_record_of_wrong_shape_is_shown_as_it_stands(tmp_path: Path) -> None:
    done = show(tmp_path, [f"only,{CARD},three"])

    assert "  only,[card ************1111],three\n  ! row: The record has too few or too many cells" in done.out
    assert "only" not in show(tmp_path, ["only,two,three"], "1").out


def test_a_full_card_number_is_masked_wherever_it_stands_even_when_unmasked(tmp_path: Path) -> None:
    columns = ("Name", "Phone", "Note", "Marks", "Street_1", "Id", "Email")
    rows = [row(No=str(number), **{column: CARD}) for number, column in enumerate(columns)]
    done = show(
        tmp_path, [*rows, row(No=CARD), row(No="9", Note="4111 1111 1111 1111"), f"{CARD},x"], "20", "--unmasked"
    )

    assert not re.search("4111.?1111.?1111.?1111", done.out + done.err)
    assert page(done).count("************1111]") >= len(rows) + 3


def test_the_pieces_of_a_card_number_that_the_mapping_joins_are_masked_too(tmp_path: Path) -> None:
    steps = "contact: {external_id: No, tags: {joined: {columns: [A, B], join: ' '}}}"
    (tmp_path / "crm.yaml").write_text(f"version: 1\nname: crm\nkey: external_id\n{steps}\n", "utf-8")
    (tmp_path / "rows.csv").write_text("No,A,B\n1,4111 1111,1111 1111\n2,x,y\n", "utf-8")
    done = importer("check", "rows.csv", "-m", "crm.yaml", "--show", "9", "--unmasked", cwd=tmp_path)

    assert "4111" not in done.out + done.err
    assert re.search("A +x +-> tags.joined +x y\n +B +y\n", done.out)


@pytest.mark.parametrize("width", [20, 71, 72, 300])
def test_no_line_is_wider_than_the_terminal(width: int, tmp_path: Path) -> None:
    rows = [
        row(Note="日本語のメモ" * 40, Street_1="a\u0301" * 90, Email="x" * 500),
        row(No="2", Name="é" * 99),
        "shape",
    ]
    for line in page(show(tmp_path, rows, "9", "--unmasked", width=width)).splitlines():
        wide = sum(0 if unicodedata.combining(s) else 2 if unicodedata.east_asian_width(s) in "WF" else 1 for s in line)
        assert wide <= width


def test_a_narrow_terminal_has_the_cells_under_the_fields(tmp_path: Path) -> None:
    done = show(tmp_path, [row(Email="x@example.com")], "1", "--unmasked", width=50)

    assert "\n  email -> x@example.com\n    Email: x@example.com\n" in done.out


def test_nothing_in_a_cell_can_steer_the_terminal(tmp_path: Path) -> None:
    wild = "a\x1b[2Jb\x9bc\u202ed\u2028e\tf"
    rows = [row(Name=wild, Note="one\ntwo"), row(No="2", Email=wild), row(No="3", City=wild)]
    plain, masked = show(tmp_path, rows), show(tmp_path, rows, "9")

    assert not [sign for sign in page(plain) + page(masked) if not (sign.isprintable() or sign == "\n")]
    assert r"a\x1b[2Jb\x9bc\u202ed\u2028e\tf" in page(plain)


def test_rows_of_several_files_are_named_by_their_file_and_no_more_are_shown_than_there_are(tmp_path: Path) -> None:
    show(tmp_path, [row()])
    (tmp_path / "more.csv").write_text("\n".join([",".join(HEADER), row(No="2"), row(No="3")]) + "\n", "utf-8")
    words = ("check", "rows.csv", "more.csv", "-m", "shop.yaml", "--show")

    heads = [line for line in importer(*words, "9", cwd=tmp_path).out.splitlines() if " (line " in line]
    assert [line.partition(":")[0] for line in heads] == [
        "rows.csv, row 1 (line 2)",
        "more.csv, row 1 (line 2)",
        "more.csv, row 2 (line 3)",
    ]
    assert importer(*words, "2", cwd=tmp_path).out.count(" (line ") == 2


def test_what_is_shown_is_on_stdout_only_and_the_run_is_as_without_it(tmp_path: Path) -> None:
    done = show(tmp_path, [row(Note="quetzal"), row(No="2", Email="bad")], "9", "--unmasked", "-v")
    plain = importer("check", "rows.csv", "-m", "shop.yaml", cwd=tmp_path)
    ran = sorted((tmp_path / "importer-state" / "runs").iterdir())
    names = [sorted(str(path.relative_to(run)) for path in run.rglob("*")) for run in ran]

    assert "quetzal" in done.out
    assert "quetzal" not in done.err
    assert done.code == plain.code == 3
    assert page(done) not in plain.out
    assert [name for name, _ in groupby(names)] == [names[0]]
    assert not any(b"quetzal" in path.read_bytes() for path in ran[0].rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "words", [("--unmasked",), ("--show", "1", "--json"), ("--show", "1", "-q"), ("--show", "0"), ("--show", "many")]
)
def test_what_makes_no_sense_is_wrong_usage_and_nothing_is_read(words: tuple[str, ...], tmp_path: Path) -> None:
    done = importer("check", "nowhere.csv", "-m", "shop", *words, cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert not (tmp_path / "importer-state").exists()
