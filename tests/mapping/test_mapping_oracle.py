"""Random mappings and random cells: the expressions, the rules and the bodies agree with a slow reading of the docs."""

import csv
import json
from collections.abc import Mapping as Table
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from slow_mapping import Outcome, work
from slow_slots import SQL

from importer.mapping.compile import compile_mapping
from importer.mapping.judge.judge import judge as judge_mapping
from importer.mapping.load import load_mapping
from importer.mapping.model import Mapping
from importer.mapping.places import mapping_columns
from importer.prepare.batch import judge_batch, make_bodies
from importer.prepare.repeated import unique_column
from importer.source import Batch, BatchRef

TODAY = date(2026, 11, 22)
KEY = "K"
FORMATS = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%y", "%Y%m%d")
TIMES = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")
POOLS: dict[str, tuple[str, ...]] = {
    "text": (
        *("", " ", "x", "y", "Ana", "  María  del Carmen ", "DE LA CRUZ", "N/D", "-", "'007'", "42", "0042", "H", "M"),
        *("a\x00b", "tab\tin", "4111 1111 1111 1111", "x 4111111111111112", "[card ************1111]", '"q" \\'),
        *("' x '", "x 0", "Sr. Gil", "- y -", "0", "00", "c- x"),
        *("ñandú \u00a0", "\u3000", "NULL", "0f2c1a34-0000-4000-8000-00000000abcd"),
    ),
    "day": (
        *("01/02/1990", "1/2/90", "31/02/2000", "29.02.00", "01.02.69", "19900201", "1990-02-01", "2099-01-01"),
        *("00/00/0000", "1899-12-31", "31/12/1899", "1949-12-31", "01.02.29", "01.02.30"),
    ),
    "time": (
        *(
            "02/11/2025 01:30",
            "11/02/2025 01:30",
            "09/03/2025 02:30",
            "31/01/2026 20:00",
            "2026-01-31T10:00:00Z",
            "2026-02-30T10:00:00Z",
        ),
        *("2026-01-31 24:00", "1969-12-31 23:59", "2009-12-31 23:00", "01/02/1990"),
    ),
    "number": (
        *(
            "0,500",
            "0.500",
            "00.500",
            "1,250",
            "1.250",
            "1.000",
            "12,345,678",
            "1,234.5",
            "+01,250",
            "1250,500",
            "5.000",
        ),
        *("1", "12", "13", "0", "27", "2027", "1.250,50", "1,250.50", "12.5", "-3", "+7", "05/27", "2028", "1e3"),
    ),
    "word": ("true", "S", "sí", "SÍ", "no", "x", "H", "M", "MALE", "FEMALE", "male"),
    "many": (
        "a|b| c |",
        "|",
        "vip,new",
        "a,a",
        '{"a": [1, 2.50]}',
        "{}",
        '{"a":',
        '{"vip": 1, "z": {"b": null, "b": 2}}',
        '{"é\\n": "x", "new" : [ ] }',
        '{"a": 1, "a": 2}',
        "[1]",
        '["\\u0031"]',
        '["\x01"]',
        "[NaN]",
    ),
    "phone": (
        *("310 555 4814", "+57 (310) 555-4814", "0057 310 5554814", "5512345678", "+52 55 1234 5678", "3105554814.0"),
        *("12", "310-CALL", "961234567", "+1", "3105554814 / 3205554814", "+56 9 6123 4567", "4111 1111 1111 1111"),
    ),
    "doc": (
        *(
            "800.197.268-4",
            "800197268-5",
            "123.456.789-09",
            "12345678909",
            "111.111.111-11",
            "12.345.678-5",
            "cl123456785",
        ),
        *("10.000.013-K", "1020304050", "000", "12345678.0", "0123456"),
    ),
    "kind": ("CC", "NIT", "RUT", "CPF", " CC ", "cc", "", "N/D", "y"),
    "land": ("Colombia", "México", "MEX", "co", "", "N/D", " y", "Narnia", "CHILE"),
    "mail": ("ana@example.com", "ANA@EXAMPLE.COM", "ana@", "a@b.test", "ñ@ejemplo.co"),
}
COLUMNS = {
    "A": "text",
    "B": "text",
    "C": "text",
    "D": "text",
    "E1": "text",
    "E2": "text",
    **{pool: pool for pool in POOLS},
}
STRAY = st.none() | st.sampled_from(POOLS["text"]) | st.text(alphabet="aAñ 1/-.,|'\n\u00a0", max_size=6)


def cells(pool: str) -> st.SearchStrategy[str | None]:
    """Give a cell, mostly of the kind that the column's fields understand."""
    return st.one_of(st.sampled_from(POOLS[pool]), st.sampled_from(POOLS[pool]), STRAY)


FLAG = st.sampled_from(["true", "false"])


def steps(pool: str, sure: str = "", /, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give an origin, the step that is `sure`, and some others."""
    column = st.sampled_from([pool, pool, "A", "B", "C"])
    origins = st.one_of(
        st.fixed_dictionaries({"column": st.just(pool)}),
        st.fixed_dictionaries({"column": column}),
        st.fixed_dictionaries({"columns": st.lists(column, min_size=1, max_size=3)}),
        st.fixed_dictionaries(
            {"columns": st.lists(column, min_size=1, max_size=3), "join": st.sampled_from(["", " ", "-"])}
        ),
        st.fixed_dictionaries({"sql": st.sampled_from(sorted(SQL))}),
    )
    optional = {
        "trim": FLAG,
        "blank": st.sampled_from(["-", "NULL", "x"]),
        "strip": st.sampled_from(["'", "x0"]),
        "fold": FLAG,
        "replace": st.sampled_from([{"a": "b", "ab": "z"}, {"-": "", "x": "yx"}, {".": ","}, {"Sr.": "", "0": ""}]),
        "match": st.sampled_from([r"^(\S+)", "([0-9]{2})$", "^(.?)", "([0-9]+)/", "^(?:x|(y)|.* )", "^(.*)[0-9x]"]),
        "case": st.sampled_from(["lower", "upper", "title"]),
        "pad": st.sampled_from(["4", "2"]),
        "required": FLAG,
        "on_bad": st.sampled_from(["drop", "drop", "reject"]),
        "write": st.sampled_from(["always", "create_only", "if_blank"]),
        "on_blank": st.sampled_from(["keep", "clear"]),
        **more,
    }
    some = st.lists(st.sampled_from([*sorted(optional), *5 * sorted(more)]), max_size=3, unique=True)
    always = {sure} if sure else set()
    rest = some.flatmap(lambda names: st.fixed_dictionaries({name: optional[name] for name in always.union(names)}))
    return st.tuples(origins, rest).map(lambda pair: {**pair[0], **pair[1]})


LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "values": st.sampled_from([{"x": "y", "H": "MALE", "M": ""}, {"1": "2", "42": "x y"}]),
    "default": st.sampled_from(["x", "Ana María"]),
    "pattern": st.sampled_from(["[a-z]+", "[0-9]*|x.*"]),
    "one_of": st.sampled_from([["x", "y"], ["Ana"]]),
    "unique": FLAG,
    "length": st.sampled_from([{"min": "2"}, {"max": "3"}, {"min": "1", "max": "4"}]),
}
TEXT = steps("text", **LIMITS) | st.just({"value": "x"})
DAYS = st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3)
DATE = steps(
    "day",
    "date",
    date=DAYS,
    pivot=st.sampled_from(["1930", "1999"]),
    range=st.just({"min": "1950-01-01", "max": "today"}),
    default=st.just("2000-01-01"),
)
TIME = steps(
    "time",
    "datetime",
    datetime=st.lists(st.sampled_from(TIMES), min_size=1, max_size=2),
    zone=st.sampled_from(["America/New_York", "America/Bogota"]),
    date=DAYS,
    range=st.just({"min": "2010-01-01"}),
)
NUMBER = steps(
    "number",
    number=st.sampled_from(["true", "true", "2000+", {"decimal": "."}, {"decimal": ","}, {"decimal": ",", "add": "7"}]),
    default=st.just("5"),
)
BOUNDED = NUMBER.map(lambda said: {**said, "range": {"min": "0", "max": "2027.5"}} if "number" in said else said)
WORDS = steps("word", "boolean", boolean=st.just({"yes": ["S", "sí"], "no": ["no", "x"]}), default=FLAG)
MANY = steps("many", "split", split=st.sampled_from(["|", ","])) | steps("many", "parse", parse=st.just("json"))
GENDER = steps("word", values=st.just({"H": "MALE", "M": "FEMALE", "x": ""}), default=st.just("MALE"))
PHONE = steps(
    "phone",
    "phone",
    phone=st.sampled_from(["CO", "MX", {"country": "land"}, {"country": "land", "region": "CO"}]),
    unique=FLAG,
)
DOCUMENT = steps(
    "doc",
    "document",
    document=st.sampled_from(
        [
            *("CO NIT", "BR CPF", ["CL RUT", "CO NIT"], ["CO CC"]),
            {"column": "kind", "kinds": {"CC": "CO CC", "NIT": "CO NIT", "RUT": "CL RUT", "CPF": "BR CPF"}},
        ]
    ),
)
COUNTRY = steps("land", "country", country=st.just("code"), default=st.just("CO"))
EMAIL = steps("mail", pattern=st.just("[a-z@.]+"))
EACH = steps("many", "split", split=st.just(",")) | steps("many", "parse", parse=st.just("json"))
TAGS = st.fixed_dictionaries(
    {},
    optional={
        "vip": TEXT,
        "n": BOUNDED,
        "b": WORDS,
        "many": MANY,
        "mobile": PHONE,
        "*": EACH,
    },
)
ITEM = {
    "when": st.sampled_from(["C", {"column": "C", "one_of": ["x", "H"]}]),
    "alias": st.just({"value": "home"}),
}
ADDRESS = st.fixed_dictionaries({"city": TEXT}, optional={**ITEM, "country": COUNTRY, "zip_code": TEXT})
WIDE = st.fixed_dictionaries(
    {"repeat": st.just("2"), "city": TEXT.map(lambda said: {**said, "column": "E{n}"} if "column" in said else said)},
    optional={**ITEM, "state": TEXT},
)
BILL = st.fixed_dictionaries(
    {"document_number": TEXT | DOCUMENT, "document_type": st.sampled_from("ABC")},
    optional={**ITEM, "email": EMAIL, "phone": PHONE},
)
PLAIN = st.sampled_from(["number", "A", "B"])
PAID = st.fixed_dictionaries(
    {"last_four": TEXT, "expiry_month": NUMBER | PLAIN, "expiry_year": NUMBER | PLAIN},
    optional={**ITEM, "method": TEXT},
)
CONTACT = st.fixed_dictionaries(
    {"external_id": st.sampled_from([KEY, KEY, KEY, "A"]).map(lambda column: {"column": column})},
    optional={
        "id": st.sampled_from("ABC"), "first_name": TEXT, "city": TEXT, "email": EMAIL, "dob": DATE,
        "created_at": TIME,
        "gender": GENDER, "email_verified": WORDS, "phone": TEXT | PHONE,
        "document_number": TEXT | DOCUMENT, "persona_id": TEXT, "country": COUNTRY,
        "tags": TAGS, "addresses": st.lists(ADDRESS | WIDE, min_size=1, max_size=2),
        "billing_info": st.lists(BILL, min_size=1, max_size=1), "payments": st.lists(PAID, min_size=1, max_size=1),
    },
)  # fmt: skip
MAPPINGS = st.fixed_dictionaries(
    {"version": st.just("1"), "name": st.just("a"), "key": st.just("external_id"), "contact": CONTACT},
    optional={"source": st.just({"blank": ["N/D", "y"]}), "zone": st.just("America/New_York")},
)
KEYS = st.sampled_from(["1", "1", "1", "4111111111111111", None])
ROWS = st.lists(
    st.fixed_dictionaries({**{column: cells(pool) for column, pool in COLUMNS.items()}, KEY: KEYS}),
    min_size=1,
    max_size=6,
)


def prune(said: dict[str, Any]) -> Mapping | None:
    """Take out of a random mapping what the loader refuses, until nothing is refused; None when nothing is left."""
    for _ in range(8):
        try:
            mapping = Mapping.model_validate(said)
        except ValidationError:  # more than one type, or nothing left of a field
            return None
        wrong = [path for path, _ in judge_mapping(mapping, tuple(said["contact"]))]
        if not wrong:
            return mapping
        for path in wrong:
            cut(said, path)
    return None


def cut(said: Any, path: tuple[Any, ...]) -> None:  # noqa: ANN401  # YAML can be anything
    for step in path[:-1]:
        said = said[step] if not isinstance(said, Table) or step in said else {}
    if isinstance(said, dict):
        said.pop(path[-1], None)


def by_importer(mapping: Mapping, rows: list[dict[str, str | None]]) -> list[Outcome]:
    compiled = compile_mapping(mapping)
    columns = dict.fromkeys((*COLUMNS, KEY, *mapping_columns(mapping)), pl.String)
    meta = pl.DataFrame({"row": range(len(rows))}, schema={"row": pl.Int64}).with_columns(
        line="row", shape=pl.lit(None, pl.String), raw=pl.lit(None, pl.String)
    )
    batch = Batch(BatchRef(0, 0, 0, 0, 1, 1, len(rows)), pl.DataFrame(rows, schema=columns), meta)
    part, bodies = make_bodies(judge_batch(batch, compiled, TODAY), compiled)
    found = part.drop("source", "row", "line").hstack(bodies).iter_rows(named=True)
    return [
        Outcome(
            sorted((row["reasons"] or "").split()),
            sorted((row["dropped"] or "").split()),
            read(row["body"]),
            read(row["update_body"] or row["body"]),
            {place: row[unique_column(place)] for place in compiled.unique},
        )
        for row in found
    ]


def read(text: str | None) -> Any:  # noqa: ANN401  # JSON can be anything
    return None if text is None else json.loads(text, parse_float=Decimal)


def by_files(folder: Path, said: dict[str, Any]) -> Mapping:
    """Give the mapping as it is loaded where its tables lie beside it and what can be shared is included."""
    whole = deepcopy(said)
    shared: dict[str, Any] = {"contact": {}}
    for key in ("zone", "source"):
        if key in whole:
            shared[key] = whole.pop(key)
    for at, (name, steps) in enumerate(sorted(whole["contact"].items())):
        if isinstance(steps, dict) and "values" in steps:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([("cell", "value"), *steps["values"].items()])
            steps["values"] = {"file": f"{name}.csv"}
        if at % 2:
            shared["contact"][name] = whole["contact"].pop(name)
    (folder / "shared.yaml").write_text(json.dumps(shared), "utf-8")
    (folder / "main.yaml").write_text(json.dumps({**whole, "include": "shared.yaml"}), "utf-8")
    return load_mapping(folder / "main.yaml").mapping


def agree(said: dict[str, Any], rows: list[dict[str, str | None]], folder: Path | None = None) -> int:
    """Hold each row against the oracle; give how many."""
    said = deepcopy(said)  # parts of it are the same objects in every example
    mapping = prune(said)
    assume(mapping is not None)
    assert mapping is not None
    if folder is not None:
        mapping = by_files(folder, said)
    for row, found in zip(rows, by_importer(mapping, rows), strict=True):
        expected = work(said, row, TODAY)
        assert (found.reasons, found.dropped) == (expected.reasons, expected.dropped), row
        event("rejected" if found.reasons else "valid")
        if not found.reasons:
            assert found.body == expected.body, row
            assert found.update == expected.update, row
            assert found.unique == expected.unique, row
    return len(rows)


RANDOM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow,
                                                            HealthCheck.data_too_large],
)  # fmt: skip


@RANDOM
@given(MAPPINGS, ROWS)
def test_random_mappings_make_of_random_cells_what_the_docs_say(
    said: dict[str, Any], rows: list[dict[str, str | None]]
) -> None:
    assert agree(said, rows) == len(rows) > 0


@settings(RANDOM, max_examples=15)
@given(MAPPINGS, ROWS)
def test_they_do_so_from_included_parts_and_tables_in_files(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any], rows: list[dict[str, str | None]]
) -> None:
    assert agree(said, rows, tmp_path_factory.mktemp("mapping")) == len(rows) > 0


@pytest.mark.torture
@pytest.mark.timeout(1800)
@settings(RANDOM, max_examples=2_000)
@given(MAPPINGS, ROWS)
def test_thousands_of_random_mappings_make_of_random_cells_what_the_docs_say(
    said: dict[str, Any], rows: list[dict[str, str | None]]
) -> None:
    assert agree(said, rows) == len(rows) > 0
