"""Each row is something wrong in the newer words of the language, and what is said about it."""

from pathlib import Path

import pytest

from importer.errors import MappingError
from importer.mapping.load import load_mapping

FIELDS = [
    ("city: {column: X, replase: {a: b}}", "city.replase: 'replase' is no key here; did you mean 'replace'"),
    ("city: {column: X, replace: {}}", "city.replace: nothing is named that is to be replaced"),
    ("city: {column: X, sql: 'upper(X)'}", "city: say exactly one of column, columns, value, sql"),
    ("city: {sql: 'CAST(X AS INT)'}", "city.sql: the sql uses a CAST, which raises on the first cell"),
    ("city: {column: X, pad: 1}", "city.pad: this must be greater than or equal to 2"),
    ("city: {value: X, pad: 4}", "city.pad: pad works on cells and this is a constant"),
    ("dob: {column: X, date: '%d/%m/%y'}", "dob.date[0]: its format '%d/%m/%y' holds %y, two digits of a ye"),
    ("dob: {column: X, date: '%D'}", "dob.date[0]: its format '%D' holds %y"),
    ("dob: {column: X, date: '%d/%m/%Y', pivot: 1930}", "dob.pivot: no format of the field has a year of t"),
    ("dob: {column: X, pivot: 1930}", "dob.pivot: a pivot goes with date or datetime"),
    ("dob: {column: X, date: '%d/%m/%Y', pivot: 30}", "dob.pivot: this must be greater than or equal to 100"),
    ("dob: {column: X, zone: UTC}", "dob.zone: a zone goes with datetime"),
    ("created_at: {column: X, datetime: '%F %T', zone: Mars}", "created_at.zone: no such time zone; write it"),
    ("created_at: {column: X, datetime: '%F %T', zone: +05:00}", "created_at.zone: no such time zone"),
    ("created_at: {column: X, datetime: '%F %T%z', zone: UTC}", "created_at.zone: each format reads its of"),
    ("city: {column: X, split: '|'}", "city.split: split gives a list, which only a tag can hold"),
    ("city: {column: X, parse: json}", "city.parse: parse gives a list, which only a tag can hold"),
    ("tags: {a: {column: X, parse: yaml}}", "tags.a.parse: only 'json' is understood"),
    ("tags: {a: {column: X, split: ''}}", "tags.a.split: nothing is named at which to cut"),
    ("tags: {a: {column: X, split: ',', number: true}}", "tags.a: say only one of date, datetime"),
    ("tags: {a: {column: X, split: ',', default: x}}", "tags.a.default: default is about one value and split"),
    ("tags: {'*': X}", "tags.*: the tag '*' makes a tag of each entry of a list, or of each member of a JSON"),
    ("city: {column: X, pattern: '('}", "city.pattern: no regular expression"),
    ("city: {column: X, pattern: 'a)|(?:b'}", "city.pattern: no regular expression"),
    ("city: {column: X, one_of: [a, b], default: c}", "city.default: one_of does not list it, so every blank would"),
    ("city: {column: X, pattern: '[a-z]+', default: C1}", "city.default: it does not fit the pattern, so every bl"),
    ("city: {column: X, length: {max: 2}, default: abc}", "city.default: length does not allow it, so every blan"),
    ("dob: {column: X, range: {min: 2000-01-01}, default: 1999-12-31}", "dob.default: it is out of the range, so"),
    ("tags: {a: {column: X, number: true, range: {max: 9}, default: 10}}", "tags.a.default: it is out of the range"),
    ("document_number: {column: X, document: {column: T, kinds: {C: XX}}}", "document_number.document.kinds.C: a"),
    ("document_number: {column: X, document: {column: T}}", "document_number.document: say the kind such as CO NIT,"),
    ("tags: {a: {column: X, number: true, pattern: x}}", "tags.a.pattern: a pattern is about text"),
    ("tags: {a: {column: X, number: true, one_of: x}}", "tags.a.one_of: one_of is about text"),
    ("gender: {column: X, one_of: [MALE, x]}", "gender.one_of: 1 of them can't be; gender holds one of MAL"),
    ("city: {column: X, range: {min: 1}}", "city.range: a range is about numbers and dates"),
    ("dob: {column: X, range: {}}", "dob.range: say min, max or both"),
    ("dob: {column: X, range: {min: 5}}", "dob.range.min: a date as 1990-12-31, or today is meant here"),
    ("dob: {column: X, range: {min: 2000-01-01, max: 1999-01-01}}", "dob.range: min is more than max"),
    ("tags: {a: {column: X, number: true, range: {min: -2, max: -10}}}", "tags.a.range: min is more than m"),
    ("tags: {a: {column: X, number: true, range: {max: x}}}", "tags.a.range.max: a number such as 12 or 12"),
    ("is_anonymous: {column: X, length: {min: 1}}", "is_anonymous.length: a length is about text"),
    ("city: {column: X, length: {min: 3, max: 2}}", "city.length: min is more than max, so nothing fits"),
    ("city: {column: X, unique: true, on_bad: drop}", "city.on_bad: which of two equal values is wrong"),
    ("city: {column: X, unique: true, default: x}", "city.default: a default is the same for many rows"),
    ("is_anonymous: {column: X, unique: true}", "is_anonymous.unique: yes and no are the same for many"),
    ("email: {column: X, on_blank: clear}", "email.on_blank: the API has no null here"),
    ("status: {column: X, on_blank: clear}", "status.on_blank: the API has no null here"),
    ("tags: {a: {column: X, on_blank: clear}}", "tags.a.on_blank: the API has no null here"),
    ("city: {column: X, on_blank: clear, default: x}", "city.on_blank: a default or required leaves no bl"),
    ("city: {column: X, on_blank: clear, write: if_blank}", "city.on_blank: write: if_blank keeps it out"),
    ("city: {column: X, write: once}", "city.write: choose one of always, if_blank, create_only"),
    ("id: {column: X, write: create_only}", "id.write: an id is never part of a body"),
    ("persona_id: {column: X, write: create_only}", "persona_id.write: only an update may carry persona_id"),
    ("addresses: [{city: {column: X, write: if_blank}}]", "addresses[0].city.write: an item is sent whole"),
    ("addresses: [{city: X, when: {column: Y, oneof: z}}]", "addresses[0].when.oneof: 'oneof' is no key here; did you"),
    ("addresses: [{city: X, when: 'c{n}'}]", "addresses[0].when: {n} has a meaning in repeated items only"),
    # Constants and defaults are sent as they are written, so they are what the type step would give.
    ("country: {column: X, country: code, default: Colombia}", "country.default: it is not changed by any step, so"),
    ("country: {column: X, country: code, default: co}", "country.default: it is not changed by any step"),
    ("phone: {column: X, phone: CO, default: 310 555 4814}", "phone.default: it is not changed by any step"),
    ("phone: {column: X, phone: CO, default: '+5712'}", "phone.default: it is not changed by any step"),
    ("phone: {column: X, phone: {country: P}, default: '3105554814'}", "phone.default: it is not changed"),
    ("document_number: {column: X, document: CL RUT, default: '123456780'}", "document_number.default: it is not"),
    ("document_number: {column: X, document: CL RUT, default: 12.345.678-5}", "document_number.default: it is not"),
    (
        "document_number: {column: X, document: {column: T, kinds: {C: CL RUT}}, default: '123456780'}",
        "document_number.default: it is not changed by any step",
    ),
    # What the rules refuse in every row is refused here.
    ("dob: {value: 1800-01-01}", "dob.value: every row that takes it would be rejected: The date is real but"),
    ("created_at: {column: X, default: '1969-12-31T00:00:00Z'}", "created_at.default: every row that takes it"),
    ("payments: [{expiry_month: M, expiry_year: {column: X, default: 1500}}]", "payments[0].expiry_year.default: ev"),
    ("billing_info: [{city: X, email: {value: a@b.invalid}}]", "billing_info[0].email.value: every row that takes it"),
    ("city: {value: 4111 1111 1111 1111}", "city.value: a full card number"),
    ("city: {column: X, default: 4111111111111111}", "city.default: a full card number"),
    ("city: {column: X, values: {a: 4111-1111-1111-1111}}", "city.values: a full card number"),
    ("city: {column: X, required: true, on_bad: drop}", "city.on_bad: required says that it is never left out"),
    ("payments: [{expiry_month: X}]", "payments[0].expiry_month: month and year of expiry go together"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "said"), FIELDS)
def test_what_makes_no_sense_is_told_at_its_place(tmp_path: Path, field: str, said: str) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text(
        f"version: 1\nname: a\nkey: external_id\ncontact:\n  external_id: No\n  {field}\n", encoding="utf-8"
    )
    with pytest.raises(MappingError) as refused:
        load_mapping(path)
    (line,) = str(refused.value).splitlines()
    place, _, column_and_what = line.removeprefix(f"{path}:").partition(":")
    column, _, what = column_and_what.partition(": contact.")
    assert place == "6"
    assert what.startswith(said)
    assert 3 <= int(column) <= len(field) + 3


@pytest.mark.parametrize(
    "field",
    [
        "country: {column: X, country: code, default: CO}",
        "phone: {column: X, phone: CO, default: '+573105554814'}",
        "phone: {column: X, phone: {country: P}, default: '+573105554814'}",
        "document_number: {column: X, document: [CL RUT, CO CC], default: '123456785'}",
        "document_number: {column: X, document: {column: T, kinds: {N: CO NIT, C: CO CC}}, default: '8001972684'}",
        "document_number: {column: X, default: 4111111111111111}",
        "dob: {column: X, default: 1900-01-01}",
        "dob: {value: 2999-01-01}",  # what today forbids shows only when rows are read
        "addresses: [{city: X, country: {value: Colombia}}]",
    ],
)
def test_a_constant_that_rows_can_carry_is_taken(tmp_path: Path, field: str) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text(
        f"version: 1\nname: a\nkey: external_id\ncontact:\n  external_id: No\n  {field}\n", encoding="utf-8"
    )
    contact = load_mapping(path).mapping.contact
    assert getattr(contact, field.partition(":")[0])


def test_the_zone_of_the_mapping_is_judged_too(tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text("version: 1\nname: a\nkey: city\nzone: America/Bogotá\ncontact: {city: X}\n", encoding="utf-8")
    with pytest.raises(MappingError, match="4:7: zone: no such time zone"):
        load_mapping(path)
