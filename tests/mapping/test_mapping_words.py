"""The steps that know the region, as a mapping says them: words, phone, document, country."""

import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from importer.errors import MappingError
from importer.mapping.compile import compile_mapping
from importer.mapping.load import check_columns, load_mapping
from importer.mapping.model import Mapping
from importer.mapping.places import mapping_columns
from importer.mapping.words import NO, SEX, YES
from importer.rules import REGISTRY
from importer.value import Value


def compiled(contact: dict[str, Any]) -> Value:
    (value,) = compile_mapping(Mapping.model_validate({"version": "1", "name": "test", "contact": contact})).values
    return value


def mapped(contact: dict[str, Any], *cells: str | None) -> list[Any]:
    value = compiled(contact)
    frame = pl.LazyFrame({"Cell": cells}, schema={"Cell": pl.String})
    failures = [failure.when.fill_null(value=False).alias(failure.code) for failure in value.failures]
    rows = frame.select(value.expr.alias("value"), *failures).collect().iter_rows(named=True)
    return [next((f"!{code}" for code in row if code != "value" and row[code]), row["value"]) for row in rows]


def test_yes_and_no_in_three_languages() -> None:
    contact = {"email_verified": {"column": "Cell", "boolean": "words"}}
    assert mapped(contact, "SÍ", "si", "Sim", "yes", "S", "Y", "1", "Verdadero", "TRUE") == [True] * 9
    assert mapped(contact, "No", "NÃO", "nao", "n", "0", "Falso", "false", "F") == [False] * 8
    assert mapped(contact, "tal vez", "X", "-", None) == [*["!email_verified|boolean"] * 3, None]


def test_the_sexes_in_three_languages_but_no_letter_that_could_be_both() -> None:
    contact = {"gender": {"column": "Cell", "values": "sex"}}
    assert mapped(contact, "Masculino", "HOMBRE", "homem", "Varón", "varon", "male", "V") == ["MALE"] * 7
    assert mapped(contact, "Femenino", "MUJER", "mulher", "Feminino", "female", "F", "f") == ["FEMALE"] * 7
    assert mapped(contact, "M", "m", "H", "h", "otro", None) == [*["!gender|enum"] * 5, None]
    assert mapped({"tags": {"sexo": {"column": "Cell", "values": "sex"}}}, "Mujer", "M") == [
        "FEMALE",
        "!tags.sexo|values",
    ]


def bare(word: str) -> str:
    return unicodedata.normalize("NFKD", word.lower())[0]


MALE, FEMALE = ([word for word, sex in SEX.items() if sex == one] for one in ("MALE", "FEMALE"))


@pytest.mark.parametrize("tables", [(YES, NO), (MALE, FEMALE)])
def test_a_letter_is_listed_only_where_it_can_mean_nothing_else(tables: tuple[list[str], list[str]]) -> None:
    for words, others in (tables, tables[::-1]):
        letters = {word for word in words if len(word) == 1}
        assert not {letter.lower() for letter in letters} & {bare(other) for other in others}
        assert not set(words) & set(others)


def test_a_phone_a_document_and_a_country_become_one_form_or_break_their_rule() -> None:
    assert mapped({"phone": {"column": "Cell", "phone": "CO"}}, "310 5554814", "x", " ") == [
        "+573105554814",
        "!phone|phone",
        None,
    ]
    document = {"document_number": {"column": "Cell", "document": "CO NIT"}}
    assert mapped(document, "900.123.456-8", "900.123.456-7") == ["9001234568", "!document_number|document"]
    either = {"billing_info": [{"document_number": {"column": "Cell", "document": ["BR CPF", "BR CNPJ"]}}]}
    assert mapped(either, "123.456.789-09", "12.ABC.345/01DE-35") == ["12345678909", "12ABC34501DE35"]
    assert mapped({"country": {"column": "Cell", "country": "code"}}, "México", "?") == ["MX", "!country|country"]
    assert mapped({"country": {"column": "Cell", "values": {"Ñ": "España"}, "country": "code"}}, "Ñ") == ["ES"]


def test_a_phone_is_read_by_the_country_of_its_row() -> None:
    rows = {
        ("312 555 4814", "México"): "+523125554814",
        ("312 555 4814", "CO"): "+573125554814",
        ("312 555 4814", " "): "+573125554814",
        ("312 555 4814", None): "+573125554814",
        ("312 555 4814", "Narnia"): "!phone|phone",
        ("+52 312 555 4814", "Narnia"): "+523125554814",
        ("0052 312 555 4814", "Chile"): "+523125554814",
        ("312 555 4814", "Antártida"): "!phone|phone",
        (None, "Perú"): None,
    }
    value = compiled({"phone": {"column": "Cell", "phone": {"region": "CO", "country": "País"}}})
    frame = pl.LazyFrame(list(rows), schema={"Cell": pl.String, "País": pl.String}, orient="row")
    found = frame.select(value.expr.alias("value"), value.failures[0].when.alias("failed")).collect().rows()
    assert ["!phone|phone" if failed else number for number, failed in found] == list(rows.values())


def test_a_phones_country_column_is_asked_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    address = "addresses: [{repeat: 2, city: 'c{n}'}]\n  tags: {t: {column: T, phone: {country: Pais}}}"
    path.write_text(f"version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: No\n  {address}\n", "utf-8")
    loaded = load_mapping(path)
    assert check_columns(loaded, ["No", "T", "Pais", "c1", "c2", "X"]) == ("X",)
    with pytest.raises(
        MappingError, match=r"crm.yaml:7:42: contact.tags.t.phone.country: the file has no column 'Pais'"
    ):
        check_columns(loaded, ["No", "T", "País", "c1", "c2"])


def test_a_repeated_phone_reads_its_own_country() -> None:
    item = {"repeat": "2", "phone": {"column": "p{n}", "phone": {"country": "c{n}"}}, "alias": "a{n}"}
    said = Mapping.model_validate({"version": "1", "name": "test", "contact": {"billing_info": [item]}})
    phones = [value for value in compile_mapping(said).values if value.place.endswith("phone")]
    assert [sorted(set(value.expr.meta.root_names())) for value in phones] == [["c1", "p1"], ["c2", "p2"]]
    assert {"c1", "c2"} <= set(mapping_columns(said))


def test_a_bad_phone_or_document_is_dropped_also_from_a_text_field_and_a_bad_country_rejects() -> None:
    said = {"phone": {"phone": "CO"}, "document_number": {"document": "CO CC"}, "external_id": {"phone": "CO"}}
    assert [compiled({name: {"column": "Cell", **steps}}).on_bad for name, steps in said.items()] == ["drop"] * 3
    assert compiled({"country": {"column": "Cell", "country": "code"}}).on_bad == "reject"
    assert compiled({"phone": {"column": "Cell", "phone": "CO", "on_bad": "reject"}}).on_bad == "reject"


def test_each_of_their_rules_has_cause_and_cure() -> None:
    assert {"phone", "document", "country", "boolean", "enum", "values"} <= set(REGISTRY)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("phone: {column: A, phone: Colombia}", "contact.phone.phone: a region is meant here"),
        ("phone: {column: A, phone: co}", "did you mean 'CO'?"),
        ("document_number: {column: A, document: CO RUT}", "contact.document_number.document: a country and its"),
        ("country: {column: A, country: name}", "contact.country.country: only 'code' is understood"),
        ("country: {column: A, phone: CO}", "phone can't fill country, which holds country; use country"),
        ("phone: {column: A, phone: CO, date: '%d'}", "say only one of date, datetime, boolean, number, phone"),
        ("phone: {value: '+573105554814', phone: CO}", "phone works on cells and this is a constant"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_when_loaded(tmp_path: Path, steps: str, said: str) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text(f"version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: No\n  {steps}\n", "utf-8")
    with pytest.raises(MappingError) as refused:
        load_mapping(path)
    assert said in str(refused.value)
