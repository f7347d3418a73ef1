"""Each step as a table: what the mapping says, what the cell holds, what comes of it (`!rule`: the rule it breaks)."""

import collections.abc
from typing import Any, TypeAlias

import polars as pl
import pytest

from importer.errors import MappingError
from importer.mapping.compile import compile_mapping
from importer.mapping.model import Mapping

NBSP = "\u00a0"
Row: TypeAlias = collections.abc.Mapping[str, str | None]


def mapped(place: str, steps: Any, *rows: Row, blank: tuple[str, ...] = ()) -> list[Any]:  # noqa: ANN401  # what YAML can say
    contact: dict[str, Any] = {place: steps}
    if place.startswith("tags."):
        contact = {"tags": {place.removeprefix("tags."): steps}}
    if place.startswith("payments."):
        contact = {"payments": [{place.removeprefix("payments."): steps}]}
    said = {"version": "1", "name": "test", "source": {"blank": blank} if blank else {}, "contact": contact}
    (value,) = compile_mapping(Mapping.model_validate(said)).values
    cells = pl.DataFrame(rows, schema=dict.fromkeys(value.cells, pl.String))
    failures = [failure.when.fill_null(value=False).alias(failure.code) for failure in value.failures]
    found = cells.lazy().select(value.expr.alias("value"), *failures).collect()
    answers = []
    for row in found.iter_rows(named=True):
        answer = row.pop("value")
        broken = [code.rpartition("|")[2] for code, yes in row.items() if yes]
        assert not (broken and answer is not None)
        answers.append("!" + " ".join(broken) if broken else answer)
    return answers


TEXTS: list[tuple[dict[str, Any], dict[str | None, Any]]] = [
    ({}, {" Ana ": "Ana", f"{NBSP}Ana\u3000": "Ana", "": None, None: None, f" {NBSP}\t\n": None, "a  b": "a  b"}),
    ({"trim": "false"}, {" Ana ": " Ana ", "": None, " ": " "}),
    ({"blank": ["N/D", "-"]}, {"N/D": None, " - ": None, "n/d": "n/d", "N/D.": "N/D.", "NULL": None}),
    ({"strip": "'*"}, {"'007": "007", "*'x'*": "x", "a'b": "a'b", "''": None}),
    ({"strip": "'", "blank": "NULL"}, {"'NULL'": "NULL"}),
    ({"strip": "'"}, {"' 007 '": "007", "' '": None, f"'{NBSP}'": None}),  # what a step bares is trimmed too
    ({"strip": "'", "trim": "false"}, {"' 007 '": " 007 ", "' '": " "}),
    ({"replace": {"Sr.": "", "(a)": ""}}, {"Sr. Gil": "Gil", "Gil (a)": "Gil", "Sr. ": None}),
    ({"replace": {"_": " "}, "trim": "false"}, {"_Gil_": " Gil "}),
    ({"replace": {"_": " "}, "fold": "true"}, {"_Gil__": "Gil"}),
    ({"strip": "x", "fold": "true"}, {"x a  b x": "a b"}),
    ({"fold": "true"}, {"a \t b": "a b", f"a{NBSP}{NBSP}b": "a b", " a\nb ": "a b"}),
    ({"match": "^([0-9]{2})/"}, {"05/27": "05", " 05/27": "05", "5/27": "!match", "": None}),
    ({"match": "^x(y?)$"}, {"xy": "y", "x": None, "z": "!match"}),
    ({"match": "^x(y)?$"}, {"xy": "y", "x": "!match", "z": "!match"}),  # a group that takes no part gives nothing
    ({"match": "^a|(b)$"}, {"a": "!match", "b": "b", "c": "!match"}),
    ({"match": "^([^/]*)/"}, {"Ana / x": "Ana", " / x": None}),
    ({"match": "^([^/]*)/", "trim": "false"}, {" Ana / x": " Ana "}),
    ({"case": "lower"}, {"ÁNGEL Ñ": "ángel ñ"}),
    ({"case": "upper"}, {"straße ñ": "STRASSE Ñ"}),
    (
        {"case": "title"},
        {
            "MARÍA DE LOS ÁNGELES": "María de los Ángeles",
            "juan DE LA y del rio": "Juan de la y del Rio",
            "de la cruz": "De la Cruz",
            "o'BRIEN-smith": "O'Brien-Smith",
            "d\u2019ávila": "D\u2019Ávila",
            "pen\u0303a": "Peña",
            "vincent VAN gogh": "Vincent van Gogh",
            "josé DOS santos e silva": "José dos Santos e Silva",
        },
    ),
    ({"values": {"C": "CREDIT", "X": ""}}, {"C": "CREDIT", "X": None, "c": "!values", "": None}),
    ({"case": "upper", "values": {"C": "CREDIT"}}, {"c": "CREDIT"}),
    ({"match": "^(.)", "values": {"C": "CREDIT"}}, {"Cash": "CREDIT", "Debit": "!values"}),
    ({"default": "none"}, {"": "none", "N/A": "N/A", "x": "x", "NULL": "none"}),
    ({"values": {"C": "CREDIT"}, "default": "OTHER"}, {"": "OTHER", "D": "!values"}),
    ({"date": "%d/%m/%Y"}, {"31/12/2020": "2020-12-31", "31/02/2020": "!date"}),
    ({"boolean": {"yes": "S", "no": "N"}}, {"S": "true", "n": "false"}),
    (
        {"number": "true"},
        {"007": "7", "1,234.50": "1234.5", "1,234,567": "1234567", "1234.567": "1234.567", "x": "!number"},
    ),
    ({"number": "true"}, {"1,250": "!number", "1.250": "!number", "-12,345": "!number"}),  # a thousand or a thousandth?
    ({"number": "true"}, {"0.500": "0.5", "0,500": "!number", "00,500": "!number", "01,250.5": "!number"}),
    ({"number": {"decimal": "."}}, {"1,250": "1250", "1.250": "1.25", "0,500": "!number", "0.500": "0.5"}),
    ({"number": {"decimal": ","}}, {"1,250": "1.25", "1.250": "1250", "0.500": "!number", "0,500": "0.5", "0": "0"}),
    ({"number": "2000+"}, {"25": "2025"}),
]


@pytest.mark.parametrize(("steps", "table"), TEXTS)
def test_the_steps_of_a_text(steps: dict[str, Any], table: dict[str | None, Any]) -> None:
    rows = [{"Cell": cell} for cell in table]
    assert mapped("first_name", {"column": "Cell", **steps}, *rows, blank=("NULL",)) == list(table.values())


DATES: list[tuple[Any, dict[str, Any]]] = [
    (None, {"2020-02-29": "2020-02-29", "2021-02-29": "!date", "29/02/2020": "!date", "2020-2-9": "2020-02-09"}),
    (
        ["%d/%m/%Y", "%d-%m-%y"],
        {
            "01/02/2020": "2020-02-01",
            "1/2/2020": "2020-02-01",
            "01-02-20": "2020-02-01",
            "01-02-69": "2069-02-01",
            "01-02-70": "1970-02-01",
            "01/02/20": "!date",
            "01/02/0020": "!date",
            "01/02/+2020": "!date",
            "01/02/-2020": "!date",
            "01/ 2/2020": "!date",
            "01/02/12020": "!date",
            "\u0660\u0661/02/2020": "!date",
            "00/00/0000": "!date",
            "01/02/2020 10:00": "!date",
            "45000": "!date",
        },
    ),
    ("%d %b %Y", {"01 Feb 2020": "2020-02-01", "1 feb 2020": "2020-02-01", "01 ene 2020": "!date"}),
    ("%d/%m/%Y %H:%M", {"01/02/2020 23:59": "2020-02-01", "01/02/2020 24:60": "!date"}),
    ("%Y%m%d", {"20200201": "2020-02-01", "2020021": "!date"}),
]


@pytest.mark.parametrize(("formats", "table"), DATES)
def test_dates_come_out_as_iso(formats: Any, table: dict[str, Any]) -> None:  # noqa: ANN401  # text or a list
    steps = {"column": "Cell"} if formats is None else {"column": "Cell", "date": formats, "pivot": "1970"}
    assert mapped("dob", steps, *({"Cell": cell} for cell in table)) == list(table.values())


MOMENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "2026-01-31T10:00:00Z": "2026-01-31T10:00:00Z",
            "2026-01-31t10:00:00.25-03:00": "2026-01-31T10:00:00.25-03:00",
            "2026-01-31": "!datetime",
            "2026-01-31 10:00:00Z": "!datetime",
            "2026-01-31T10:00:00": "!datetime",
            "2026-02-30T10:00:00Z": "!datetime",
            "2026-01-31T25:00:00Z": "!datetime",
            "2026-01-31T10:00:00+0300": "!datetime",
        },
    ),
    (
        {"datetime": ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S%.f%z"]},
        {
            "31/01/2026 10:00": "2026-01-31T10:00:00Z",
            "2026-01-31 10:00:00.5+0530": "2026-01-31T04:30:00.500Z",
            "31/01/2026": "!datetime",
            "31/01/26 10:00": "!datetime",
        },
    ),
    ({"datetime": "%d/%m/%Y %I:%M %p"}, {"31/01/2026 01:05 PM": "2026-01-31T13:05:00Z"}),
    ({"datetime": "%FT%T%#z"}, {"2026-01-31T10:00:00Z": "2026-01-31T10:00:00Z"}),
    ({"date": "%d/%m/%Y"}, {"31/01/2026": "2026-01-31T00:00:00Z", "31/13/2026": "!datetime"}),
]


@pytest.mark.parametrize(("steps", "table"), MOMENTS)
def test_date_times_keep_their_offset_or_come_out_in_utc(steps: dict[str, Any], table: dict[str, Any]) -> None:
    assert mapped("created_at", {"column": "Cell", **steps}, *({"Cell": cell} for cell in table)) == list(
        table.values()
    )


def test_a_boolean_is_true_or_false_or_its_words_in_any_case() -> None:
    rows = [{"Cell": cell} for cell in ("true", "FALSE", "1", "", "SÍ", "sí", "no")]
    words = {"column": "Cell", "boolean": {"yes": ["Sí", "SÍ"], "no": "No"}}
    assert mapped("email_verified", "Cell", *rows) == [
        True,
        False,
        "!boolean",
        None,
        "!boolean",
        "!boolean",
        "!boolean",
    ]
    assert mapped("email_verified", words, *rows)[4:] == [True, True, False]
    assert mapped("tags.news", words, *rows)[4:] == [True, True, False]


def test_a_number_of_a_tag_keeps_every_digit() -> None:
    rows = [
        {"Cell": cell} for cell in ("1.234,5", "-0,10", "123456789012345678", "+7", "1,2,3", "12.34", "1e5", "\u0663")
    ]
    found = mapped("tags.points", {"column": "Cell", "number": {"decimal": ","}}, *rows)
    assert [str(number) for number in found] == [
        "1234.5000000000",
        "-0.1000000000",
        "123456789012345678.0000000000",
        "7.0000000000",
        *["!number"] * 4,
    ]


def test_whole_fields_take_no_fraction() -> None:
    rows = [{"Cell": cell} for cell in ("5", "05", "5.0", "5.5", "1,000", "5.000", "9" * 19, "May", "")]
    assert mapped("payments.expiry_month", "Cell", *rows) == [5, 5, 5, *["!number"] * 5, None]
    stated = {"column": "Cell", "number": {"decimal": "."}}
    assert mapped("payments.expiry_month", stated, *rows) == [5, 5, 5, "!number", 1000, 5, "!number", "!number", None]
    years = {"column": "Cell", "match": "/([0-9]{2})$", "number": "2000+"}
    assert mapped("payments.expiry_year", years, {"Cell": "05/27"}, {"Cell": "05-27"}, {"Cell": ""}) == [
        2027,
        "!match",
        None,
    ]


def test_the_default_of_a_date_time_is_a_moment_whatever_step_it_takes() -> None:
    for step in ({"date": "%d/%m/%Y"}, {"datetime": "%d/%m/%Y %H:%M"}, {}):
        steps = {"column": "Cell", **step, "default": "2020-01-31T00:00:00Z"}
        assert mapped("created_at", steps, {"Cell": ""}, {"Cell": "?"}) == ["2020-01-31T00:00:00Z", "!datetime"]


def test_a_choice_is_taken_exactly_or_from_the_table() -> None:
    rows = [{"Cell": cell} for cell in ("MALE", "male", "H", " FEMALE ", "N/D")]
    assert mapped("gender", "Cell", *rows) == ["MALE", "!enum", "!enum", "FEMALE", "!enum"]
    table = {"column": "Cell", "values": {"H": "MALE", "M": "FEMALE"}, "blank": "N/D"}
    assert mapped("gender", table, *rows) == ["!enum", "!enum", "MALE", "!enum", None]


def test_an_id_is_compared_in_small_letters() -> None:
    assert mapped("id", "Cell", {"Cell": " ABCDEF00-0000-4000-8000-000000000000"}) == [
        "abcdef00-0000-4000-8000-000000000000"
    ]


def test_several_columns_give_the_first_filled_or_all_joined() -> None:
    rows: list[dict[str, str | None]] = [
        {"A": " x ", "B": "y"},
        {"A": "N/D", "B": " y"},
        {"A": " ", "B": None},
        {"A": "x", "B": "N/D"},
    ]
    columns = {"columns": ["A", "B"], "blank": "N/D"}
    assert mapped("city", columns, *rows) == ["x", "y", None, "x"]
    assert mapped("city", {**columns, "join": ", "}, *rows) == ["x, y", "y", None, "x"]


def test_a_constant_needs_no_cell() -> None:
    contact = {
        "country": {"value": "CO"},
        "email_verified": {"value": "true"},
        "tags": {"n": {"value": "7", "number": {}}},
    }
    said = Mapping.model_validate({"version": "1", "name": "test", "contact": contact})
    values = compile_mapping(said).values
    found = pl.DataFrame({"A": ["x"]}).select(value.expr.alias(value.place) for value in values)
    assert [str(cell) for cell in found.row(0)] == ["True", "CO", "7.0000000000"]
    assert all(value.constant and not value.cells for value in values)


@pytest.mark.parametrize(
    ("place", "steps", "said"),
    [
        ("first_name", {"match": "("}, "first_name: its match is no regular expression"),
        ("first_name", {"match": "(a)(b)"}, "2 groups"),
        ("first_name", {"match": "ab"}, "0 groups"),
        ("dob", {"date": "%m/%Y"}, "does not say day, month and year"),
        ("dob", {"date": "%d/%m/%Q"}, "holds %Q"),
        ("dob", {"date": "%d/%m/%Y%"}, "holds %,"),
        ("dob", {"date": "day"}, "does not say"),
        ("dob", {"datetime": "%d/%m/%Y %H:%M"}, "its step is `date`"),
        ("created_at", {"datetime": "%d/%m/%Y"}, "hour and minute"),
        ("email_verified", {"boolean": {"yes": ["S", "x"], "no": ["s"]}}, "both yes and no"),
        ("email_verified", {"default": "yes"}, "true or false"),
        ("gender", {"default": "M"}, "one of MALE, FEMALE"),
        ("dob", {"default": "31/12/1999"}, "YYYY-MM-DD"),
        ("created_at", {"default": "2020-01-01"}, "2026-01-31T10:00:00Z"),
        ("payments.expiry_month", {"default": "May"}, "whole number"),
        ("first_name", {"default": "a\x00"}, "control character"),
    ],
)
def test_what_can_not_work_is_refused_before_a_row_is_read(place: str, steps: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError, match=said.replace("(", r"\(")):
        mapped(place, {"column": "Cell", **steps}, {"Cell": "x"})
