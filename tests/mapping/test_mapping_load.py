from pathlib import Path
from typing import Any

import pytest

from importer.errors import Exit, MappingError
from importer.mapping.load import Loaded, check_columns, load_mapping
from importer.mapping.places import mapping_columns

GOOD = """\
version: 1
name: crm
key: external_id
contact:
  external_id: {column: Customer No, strip: "'"}
  first_name: {column: Código, case: title}
  gender: {column: Sexo, values: {H: MALE, M: FEMALE}}
  country: {value: NO}
  tags:
    tier: Nivel
    newsletter: {column: Boletín, boolean: {yes: [S, Sí], no: [N, NO]}}
    since: {value: 0123}
  addresses:
    - {alias: {value: casa}, street_1: Dirección}
    - repeat: 2
      city: addr{n}_city
      state: "addr{n}_state"
  payments:
    - expiry_month: {column: Vence, match: '^([0-9]{2})/', number: true}
      expiry_year: {column: Vence, match: '/([0-9]{2})$', number: 2000+}
"""
FITTING = "mapped fields that can be: email, city, phone, channel"
COLUMNS = (
    "Customer No", "Código", "Sexo", "Nivel", "Boletín", "Dirección", "addr1_city", "addr1_state", "addr2_city",
    "addr2_state", "Vence",
)  # fmt: skip


def load(folder: Path, text: str) -> Loaded:
    path = folder / "crm.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def refusal(folder: Path, text: str) -> list[str]:
    with pytest.raises(MappingError) as refused:
        load(folder, text)
    return [line.removeprefix(f"{folder / 'crm.yaml'}:") for line in str(refused.value).splitlines()]


def test_a_whole_mapping_is_loaded_and_every_scalar_is_the_text_that_was_written(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)

    contact: Any = loaded.mapping.contact
    assert contact.country.value == "NO"
    assert contact.tags["since"].value == "0123"
    assert contact.tags["newsletter"].boolean.no == ("N", "NO")
    assert contact.payments[0].expiry_year.number.add == 2000
    assert mapping_columns(loaded.mapping) == COLUMNS


def test_a_byte_order_mark_is_no_part_of_a_mapping(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + GOOD).mapping == load(tmp_path, GOOD).mapping


def test_aliases_are_written_out(tmp_path: Path) -> None:
    loaded = load(tmp_path, "version: 1\nname: a\nkey: city\ncontact: {city: &c {column: X}, channel: *c}")

    contact: Any = loaded.mapping.contact
    assert contact.channel == contact.city


def test_the_digest_is_the_same_for_other_comments_layout_and_order(tmp_path: Path) -> None:
    first = load(tmp_path, "version: 1\nname: crm\nkey: [city]\ncontact: {city: A, channel: {column: B}}\n")
    second = load(
        tmp_path,
        "# hello\nname: 'crm'\ncontact:\n  channel: B\n  city: {trim: yes, column: A}\nkey: city\nversion: 1\n",
    )
    other = load(tmp_path, "version: 1\nname: crm\nkey: [city]\ncontact: {city: A, channel: {column: C}}\n")

    assert first.digest == second.digest
    assert first.digest != other.digest


def test_positions_lead_to_keys_and_values_and_else_to_what_is_around(tmp_path: Path) -> None:
    positions = load(tmp_path, GOOD).positions

    assert positions.key(("contact", "gender")) == (7, 3)
    assert positions.value(("contact", "gender", "values", "M")) == (7, 47)
    assert positions.value(("contact", "tags", "tier", "column")) == (10, 11)
    assert positions.value(("nowhere",)) == (1, 1)


def test_an_id_needs_no_key(tmp_path: Path) -> None:
    assert load(tmp_path, "version: 1\nname: crm\ncontact: {id: ID, city: X}").mapping.key is None


def test_the_columns_no_field_uses_are_given_in_the_files_order(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)

    assert check_columns(loaded, ("Zeta", *COLUMNS, "Alfa")) == ("Zeta", "Alfa")


def test_every_column_the_file_does_not_have_is_named_with_its_position_and_what_was_meant(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    header = (
        "customer_no",
        "CODIGO",
        "Sexo",
        "Nivel",
        "Boletín",
        "Calle",
        "addr1_city",
        "addr1_state",
        "addr2_state",
        "Vence",
    )

    with pytest.raises(MappingError) as refused:
        check_columns(loaded, header)

    assert [line.removeprefix(f"{loaded.path}:") for line in str(refused.value).splitlines()] == [
        "5:25: contact.external_id: the file has no column 'Customer No'; did you mean 'customer_no'?",
        "6:24: contact.first_name: the file has no column 'Código'; did you mean 'CODIGO'?",
        "14:40: contact.addresses[0].street_1: the file has no column 'Dirección'; write it as in the file's header",
        "16:13: contact.addresses[1].city: the file has no column 'addr2_city'; did you mean 'addr1_city'?",
    ]
    assert refused.value.exit_code == Exit.SETTINGS


def test_all_faults_of_shape_and_of_sense_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
version: 1
nam: crm
key: [email, gender]
contact:
  emial: Correo
  email: {column: Correo, case: lowr}
  gender: {column: Sexo, values: {H: MAN, M: FEMALE}}
  city:
  phone: a
  phone: b
  channel: {column: Canal, strip: ""}
"""
    assert refusal(tmp_path, text) == [
        "1:1: name: the key is missing; write `name:` and whose customers these are, such as `crm`",
        "2:1: nam: 'nam' is no key here; did you mean 'name'?",
        "3:14: key[1]: gender can't be a key, since it can't tell customers apart; " + FITTING,
        "5:3: contact.emial: 'emial' is no field of the contact here; did you mean 'email'?",
        "6:33: contact.email.case: choose one of lower, upper, title; did you mean 'lower'?",
        "7:38: contact.gender.values.H: gender holds one of MALE, FEMALE only",
        "8:3: contact.city: nothing is said here; say something, or take the key out",
        "10:3: contact.phone: the key stands twice, first in line 9; keep one",
        "11:35: contact.channel.strip: no character is named; name those to cut, or take the key out",
    ]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "mappings").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_mapping_that_is_shipped_loads(path: Path) -> None:
    assert load_mapping(path).mapping.version == "1"
