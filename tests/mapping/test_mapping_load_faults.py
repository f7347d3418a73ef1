"""Each row is something wrong below `contact:` (or beside it) and what is said about it."""

from pathlib import Path

import pytest

from importer.errors import MappingError
from importer.mapping.load import load_mapping

FIELDS = [
    ("emial: X", "3: contact.emial: 'emial' is no field of the contact here; did you mean 'email'?"),
    ("city: {colum: X}", "10: contact.city.colum: 'colum' is no key here; did you mean 'column'?"),
    ("addresses: [{cty: X, state: Y}]", "16: contact.addresses[0].cty: 'cty' is no field of the contact here; did you"),
    ("city: [X]", "9: contact.city: a column name is meant here, or a table such as {column: Correo, case: lower}"),
    ("city: {column: [X]}", "18: contact.city.column: a text is meant here"),
    ("city: {column: X, trim: perhaps}", "27: contact.city.trim: true or false is meant here"),
    ("city: {column: X, case: Titel}", "27: contact.city.case: choose one of lower, upper, title; did you mean 'title"),
    ("city: {column: X, value: Y}", "9: contact.city: say exactly one of column, columns, value"),
    ("city: {columns: []}", "19: contact.city.columns: nothing is said here; name at least one"),
    ("city: {column: X, join: '-'}", "9: contact.city: join goes with columns"),
    ("city: ''", "9: contact.city: a column's name is empty; write it as in the file's header"),
    ("city: null", "9: contact.city: nothing is said here; say something, or take the key out (for the text itself"),
    ("city: {column: X, default: ~}", "30: contact.city.default: nothing is said here"),
    ("city: {column: X, strip: ''}", "28: contact.city.strip: no character is named"),
    ("city: {column: X, match: '[a-z]+'}", "28: contact.city.match: 0 groups; put ( ) around the one part"),
    ("city: {column: X, match: '(a)(b)'}", "28: contact.city.match: 2 groups; put ( ) around the one part"),
    ("city: {column: X, match: '(a'}", "28: contact.city.match: no regular expression (Rust's syntax, without look-ar"),
    ("city: {column: X, match: '(?=a)(b)'}", "28: contact.city.match: no regular expression"),
    ("city: {column: X, match: '(a{1000}{1000})'}", "28: contact.city.match: no regular expression"),
    ("city: {column: X, values: {}}", "29: contact.city.values: the table is empty"),
    ("city: {column: X, values: [a]}", "29: contact.city.values: a table is meant here"),
    ("city: {value: X, case: upper}", "26: contact.city.case: case works on cells and this is a constant"),
    ("city: {value: ' '}", "17: contact.city.value: the constant is blank"),
    ("city: {column: X, number: true}", "29: contact.city.number: number can't fill city, which holds text; take the"),
    ("gender: {column: X, values: {H: MAN}}", "35: contact.gender.values.H: gender holds one of MALE, FEMALE only"),
    ("gender: {value: male}", "19: contact.gender.value: gender holds one of MALE, FEMALE only"),
    ("gender: {column: X, default: x}", "32: contact.gender.default: gender holds one of MALE, FEMALE only"),
    ("gender: {column: X, boolean: {yes: H, no: M}}", "32: contact.gender.boolean: boolean can't fill gender, which h"),
    ("is_anonymous: {value: 'yes'}", "25: contact.is_anonymous.value: is_anonymous holds true or false"),
    ("is_anonymous: {column: X, boolean: {yes: S}}", "38: contact.is_anonymous.boolean.no: the key is missing; add it"),
    ("is_anonymous: {column: X, boolean: {yes: [S, n], no: N}}", "38: contact.is_anonymous.boolean: 1 of its words me"),
    ("is_anonymous: {column: X, date: '%F'}", "35: contact.is_anonymous.date: date can't fill is_anonymous, which hol"),
    ("dob: {value: 1990-02-30}", "16: contact.dob.value: dob holds a real date as 1990-12-31"),
    ("dob: {column: X, default: 30/01/1990}", "29: contact.dob.default: dob holds a real date as 1990-12-31"),
    ("dob: {column: X, date: '%d/%m'}", "26: contact.dob.date[0]: its date format"),
    ("dob: {column: X, date: ['%d/%m/%Y', '%Q']}", "39: contact.dob.date[1]: its format '%Q' holds %Q"),
    ("dob: {column: X, date: '%d/%m/%Y %S.%f'}", "26: contact.dob.date[0]: %f counts billionths; write the fraction"),
    ("dob: {column: X, datetime: '%d/%m/%Y %H:%M'}", "30: contact.dob.datetime: datetime can't fill dob, which holds"),
    ("dob: {column: X, date: '%F', datetime: '%F %T'}", "8: contact.dob: say only one of date, datetime, boolean, num"),
    ("created_at: {value: 2024-01-31}", "23: contact.created_at.value: created_at holds a real date-time as"),
    ("created_at: {column: X, datetime: '%d/%m/%Y'}", "37: contact.created_at.datetime[0]: its datetime format"),
    ("id: {value: 5e1d2c3b-0000-4000-8000-000000000000}", "15: contact.id.value: the same id for many customers would"),
    ("id: {column: X, on_bad: drop}", "27: contact.id.on_bad: a contact whose bad id is dropped would be created agai"),
    ("email: {value: a@example.com}", "18: contact.email.value: the same email for many customers would make them one"),
    ("email: {column: X, default: a@example.com}", "31: contact.email.default: the same email for many customers woul"),
    ("tags: {}", "9: contact.tags: no tag is named"),
    ("tags: {a b: X, a|b: Y}", "23: contact.tags.a|b: two tags differ only in blanks, | and _; rename one"),
    ('tags: {"a\\u200b": X}', "21: contact.tags.a<U+200B>: a tag's name holds a character that"),
    ('city: {value: "a\\u200b"}', "17: contact.city.value: a control character, which no field may carry"),
    ('city: {value: "a\\0"}', "17: contact.city.value: a control character, which no field may carry"),
    ("tags: {vip: {value: S, boolean: {yes: S, no: N}}}", "23: contact.tags.vip.value: vip holds true or false"),
    ("tags: {n: {column: X, number: true, default: a}}", "48: contact.tags.n.default: n holds a number such"),
    ("addresses: []", "14: contact.addresses: no item is given"),
    ("addresses: {city: X}", "14: contact.addresses: a list is meant here: one entry a line after `- `"),
    ("addresses: [X]", "15: contact.addresses[0]: a table is meant here"),
    ("addresses: [{}]", "15: contact.addresses[0]: the item maps no field"),
    ("addresses: [{alias: {value: X}}]", "15: contact.addresses[0]: an item of constants alone is never sent"),
    ("addresses: [{city: 'c{n}'}]", "22: contact.addresses[0].city: {n} has a meaning in repeated items only"),
    ("addresses: [{city: X, repeat: 2}]", "33: contact.addresses[0].repeat: each repetition would be the same"),
    ("addresses: [{city: X, repeat: 51}]", "33: contact.addresses[0].repeat: this must be less than or equal to 50"),
    ("addresses: [{city: 'c{n}', repeat: 2, alias: {value: 'a{n}'}}]", "56: contact.addresses[0].alias.value: {n} is"),
    ("payments: [{expiry_year: Y, expiry_month: {column: X, default: 13}}]", "66: contact.payments[0].expiry_month.d"),
    ("payments: [{expiry_month: Y, expiry_year: {column: X, number: 2000}}]", "65: contact.payments[0].expiry_year.n"),
    ("payments: [{last_four: {column: X, default: 12}}]", "47: contact.payments[0].last_four.default: last_four holds"),
]  # fmt: skip

AROUND = [
    ("version: 2\nname: a\nkey: city", "1:10: version: only '1' is understood"),
    ("version: 1\nkey: city", "1:1: name: the key is missing"),
    ("version: 1\nname: Tienda Ñ\nkey: city", "2:7: name: a name is small letters, digits, _ and -"),
    ("version: 1\nname: a", "1:1: key: the key is missing; write `key:` and the mapped field"),
    (
        "version: 1\nname: a\nkey: external_id",
        "3:6: key[0]: external_id is not mapped; map it under contact, or choose",
    ),
    ("version: 1\nname: a\nkey: cty", "3:6: key[0]: 'cty' is no field of the contact; did you mean 'city'?"),
    ("version: 1\nname: a\nkey: id", "3:6: key[0]: id is no key"),
    ("version: 1\nname: a\nkey: [city, city]", "3:13: key[1]: city stands twice"),
    ("version: 1\nname: a\nkey: country", "3:6: key: a constant is the same for every customer"),
    ("version: 1\nname: a\nkey: channel", "6:33: contact.channel.default: a key field takes no default"),
    ("version: 1\nname: a\nkey: city\nurl: https://x", "4:1: url: settings never come from a mapping; take it out"),
    ("version: 1\nname: a\nkey: city\ntoken: x", "4:1: token: settings never come from a mapping; take it out"),
    (
        "version: 1\nname: a\nkey: city\nsource: {account: x}",
        "4:10: source.account: settings never come from a mapping",
    ),
    ("version: 1\nname: a\nkey: city\nsource: {encoding: utf-9}", "4:20: source.encoding: no such encoding"),
    ("version: 1\nname: a\nkey: city\nsource: {encoding: hex}", "4:20: source.encoding: no such encoding"),
    ("version: 1\nname: a\nkey: city\nsource: {delimiter: ab}", "4:21: source.delimiter: one character is meant here"),
    (
        "version: 1\nname: a\nkey: city\nsource: {delimiter: abcde}",
        "4:21: source.delimiter: one character is meant here",
    ),
    (
        "version: 1\nname: a\nkey: city\nsource: {delimiter: '\"'}",
        "4:21: source.delimiter: the delimiter can be neither",
    ),
    *(
        (f"version: 1\nname: a\nkey: city\nsource: {{encoding: {name}}}", "4:20: source.encoding: no such encoding")
        for name in ("idna", "punycode", "unicode_escape", "utf-7", "hz", "iso2022_jp", '"a\\0"')
    ),
    *(
        (f"version: 1\nname: a\nkey: city\nsource: {{quote: {quote}}}", "4:17: source.quote: a quote is one sign")
        for quote in ("é", '"\\n"', "' '", "a", "7")
    ),
    (
        'version: 1\nname: a\nkey: city\nsource: {files: [a.csv, "a\\0b"]}',
        "4:25: source.files[1]: no file can have this name",
    ),
    (
        "version: 1\nname: a\nkey: city\nsource: {skip_lines: two}",
        "4:22: source.skip_lines: a whole number is meant here",
    ),
    ("version: 1\nname: a\nkey: city\nsource:", "4:1: source: nothing is said here"),
    ("version: 1\nname: a\nkey: city\n<<: {a: b}", "4:1: <<: merging keys with << is not understood"),
]


def refusal(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as refused:
        load_mapping(path)
    return [line.removeprefix(f"{path}:") for line in str(refused.value).splitlines()]


@pytest.mark.parametrize(("line", "said"), FIELDS, ids=[line for line, _ in FIELDS])
def test_a_wrong_field_has_one_fault_at_its_place(tmp_path: Path, line: str, said: str) -> None:
    lines = refusal(tmp_path / "m.yaml", f"version: 1\nname: crm\nkey: channel\ncontact:\n  channel: C\n  {line}\n")

    assert len(lines) == 1
    assert lines[0].startswith(f"6:{said}")


@pytest.mark.parametrize(("head", "said"), AROUND, ids=[said for _, said in AROUND])
def test_what_is_wrong_around_the_contact_has_one_fault_at_its_place(tmp_path: Path, head: str, said: str) -> None:
    contact = "contact:\n  city: C\n  channel: {column: X, default: Y}\n  country: {value: CO}\n"

    lines = refusal(tmp_path / "m.yaml", f"{head}\n{contact}")

    assert len(lines) == 1
    assert lines[0].startswith(said)


def test_a_key_is_never_dropped(tmp_path: Path) -> None:
    contact = "contact:\n  city: {column: C, on_bad: drop}\n"
    (said,) = refusal(tmp_path / "m.yaml", f"version: 1\nname: a\nkey: city\n{contact}")
    assert said.startswith("5:29: contact.city.on_bad: a customer whose bad key is dropped")


def test_a_table_with_a_name_that_no_file_has_is_told_at_its_place(tmp_path: Path) -> None:
    contact = 'contact:\n  city: {column: C, values: {file: "a\\0.csv"}}\n'
    (said,) = refusal(tmp_path / "m.yaml", f"version: 1\nname: a\nkey: city\n{contact}")
    assert said == "5:36: contact.city.values: a<U+0000>.csv: no file can have this name"


def test_a_contact_of_an_id_alone_maps_nothing(tmp_path: Path) -> None:
    said = refusal(tmp_path / "m.yaml", "version: 1\nname: a\ncontact: {id: X}")

    assert said == ["3:10: contact: no field of the contact is mapped; name at least one besides id"]


def test_a_fault_holds_neither_a_constant_nor_an_entry_of_a_table(tmp_path: Path) -> None:
    text = (
        "version: 1\nname: SECRET\nkey: city\ntoken: SECRET\ncontact:\n"
        "  city: {value: SECRET, boolean: {yes: [SECRET], no: [SECRET]}}\n"
        "  gender: {column: X, values: {H: SECRET}, default: SECRET, case: SECRET, trim: SECRET, on_bad: [SECRET]}\n"
    )
    assert "SECRET" not in "\n".join(refusal(tmp_path / "m.yaml", text))


def test_at_most_a_hundred_faults_are_told_and_the_others_counted(tmp_path: Path) -> None:
    text = "version: 1\nname: a\nkey: city\ncontact:\n  city: X\n" + "".join(f"  zz{n}: X\n" for n in range(1000))

    lines = refusal(tmp_path / "m.yaml", text)

    assert len(lines) == 101
    assert lines[-1].endswith("900 more; mend these first")
