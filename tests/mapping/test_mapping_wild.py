"""No input, however wild, raises: naughty texts, cells of 10 MB, 10,000 columns."""

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.model import Mapping
from importer.prepare.batch import judge_batch, make_bodies
from importer.source import Batch, BatchRef

TODAY = date(2026, 11, 22)
ALL: dict[str, Any] = {
    "id": "A",
    "external_id": {"column": "B", "strip": "'", "pad": "6"},
    "first_name": {"column": "A", "fold": "true", "replace": {"a": "", "\u0301": "x"}, "case": "title"},
    "last_name": {"sql": "coalesce(nullif(A, 'x'), B || '-')", "pattern": "[^0-9]*", "length": {"max": "80"}},
    "email": {"columns": ["A", "B"], "case": "lower", "on_bad": "drop"},
    "dob": {"column": "A", "date": ["%d/%m/%y", "%Y%m%d"], "pivot": "1930", "range": {"max": "today"}},
    "created_at": {"column": "B", "datetime": "%d/%m/%Y %H:%M", "zone": "America/Sao_Paulo", "on_blank": "keep"},
    "gender": {"column": "A", "values": {"H": "MALE", "M": "FEMALE"}, "on_bad": "drop"},
    "city": {"column": "A", "on_blank": "clear", "on_bad": "drop", "one_of": ["Cali"]},
    "phone": {"column": "A", "write": "create_only"},
    "tags": {
        "list": {"column": "A", "split": "|"},
        "json": {"column": "B", "parse": "json", "on_bad": "drop"},
        "n": {"column": "A", "number": {"decimal": ","}, "on_bad": "drop", "range": {"min": "-1.5"}},
        "*": {"column": "B", "split": ","},
    },
    "payments": [{"when": "B", "last_four": {"column": "A", "pad": "4"}, "expiry_month": "A", "expiry_year": "B"}],
}
NAUGHTY = (
    *(
        "\x00",
        "\ufeff",
        "\u202e",
        "\u200b",
        "\u2028",
        "\ufffd",
        "\U0010ffff",
        "\ufdfa" * 20,
        "\U0001f469\u200d\U0001f467",
    ),
    *(
        "\u0131",
        "\u0130",
        "\xdf",
        "\u01c6",
        "Z\u0337\u0322\u031ba",
        "\u0661\u0662/\u0662/\u0669",
        "\r\n\t",
        "\u3000\xa0",
    ),
    *("' OR 1=1 --", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "$(rm -rf /)", "../../etc/passwd", "%s%n%x"),
    *("${jndi:ldap://x}", "{{7*7}}", "NaN", "Infinity", "-0", "1e309", "0x1F", "9" * 400, "31/12/99999", "00/00/00"),
    *("29/02/1900", "true\n", '{"a":', "[[[[", '"\\ud83d"', "\\", '"', "|" * 50, "," * 50, "@" * 64),
    *("a@" + "b" * 300 + ".co", "4111111111111111" * 3, " ".join("4111111111111111"), "[card ************1111]"),
)


def compiled_of(contact: dict[str, Any]) -> Compiled:
    said = {"version": "1", "name": "test", "key": "external_id", "contact": contact}
    return compile_mapping(Mapping.model_validate(said))


def made(compiled: Compiled, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    meta = pl.DataFrame({"row": range(cells.height)}, schema={"row": pl.Int64}).with_columns(
        line="row", shape=pl.lit(None, pl.String), raw=pl.lit(None, pl.String)
    )
    batch = Batch(BatchRef(0, 0, 0, 0, 1, 1, cells.height), cells, meta)
    return make_bodies(judge_batch(batch, compiled, TODAY), compiled)


WHOLE = compiled_of(ALL)
CELLS = st.none() | st.text() | st.sampled_from(NAUGHTY) | st.lists(st.sampled_from(NAUGHTY), max_size=4).map("".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_no_text_raises_and_every_row_has_reasons_or_a_body(rows: list[tuple[str | None, str | None]]) -> None:
    cells = pl.DataFrame(rows, schema={"A": pl.String, "B": pl.String}, orient="row")
    part, bodies = made(WHOLE, cells)
    assert (part["reasons"].is_null() == bodies["body"].is_not_null()).all()


@pytest.mark.parametrize("half", [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xff", b"a\xc3"])
def test_half_a_character_can_not_get_into_a_cell(half: bytes) -> None:
    # Polars text is UTF-8, which has no lone surrogates: what a file holds of them is judged where it is decoded.
    with pytest.raises(pl.exceptions.ComputeError):
        pl.Series([half]).cast(pl.String)


@pytest.mark.parametrize("groups", [1_000, pytest.param(50_000, marks=pytest.mark.torture)])
def test_cells_of_ten_megabytes_are_judged_like_any_other(groups: int) -> None:
    # What is almost a card number is dear to judge, so that a megabyte of it is torture.
    big = ["a" * 10_000_000, "1" * 1_000_000, "a|" * 500_000, "[" * 1_000_000, "4111 1111 1111 1112 " * groups]
    part, _ = made(WHOLE, pl.DataFrame({"A": big, "B": big[::-1]}))
    assert part["reasons"].is_not_null().all()


NAMES = (
    "*",
    "^a$",
    "^.*$",
    "[x]",
    "a.b",
    '"',
    "''",
    "a",
    "ab",
    " ",
    "\u200b",
    "{n}",
    "|row",
    "row",
    "source",
    "raw",
    "c0",
    "key",
)
"""Names of columns that Polars, SQL, YAML or our own frames could take for something else."""


def test_a_column_is_the_one_of_that_name_whatever_it_is_called() -> None:
    for name in NAMES:
        contact = {
            "external_id": "No",
            "city": {"column": name},
            "phone": {"column": "Tel", "phone": {"country": name}},
            "tags": {
                "both": {"columns": [name, "No"], "join": "-"},
                "wrong": {"column": name, "match": "^(never)", "on_bad": "drop"},
            },
            "addresses": [{"when": {"column": name, "one_of": ["CO"]}, "city": {"column": name, "default": "x"}}],
        }
        cells = {"No": ["1", "2"], "Tel": ["3105554814", "x"], name: ["CO", None]}
        others = {other: ["other", "other"] for other in NAMES if other != name}
        part, bodies = made(compiled_of(contact), pl.DataFrame({**others, **cells}))
        assert part["dropped"].to_list() == ["tags.wrong|match", "phone|phone"], name
        first, second = (json.loads(body) for body in bodies["body"])
        assert first == {
            "external_id": "1", "city": "CO", "phone": "+573105554814", "tags": {"both": "CO-1"},
            "addresses": [{"city": "CO"}],
        }, name  # fmt: skip
        assert second == {"external_id": "2", "tags": {"both": "2"}}, name


def test_columns_of_any_name_go_through_a_whole_check(tmp_path: Path) -> None:
    names = ["No", "*", "^a$", "[x]", "a.b", '"', "ab"]
    with (tmp_path / "wild.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, ["1", *"qrstuv"], ["", *"qrstuv"], ["3", "4111111111111111", *"rstuv"]])
    contact = {"external_id": "No", "city": "*", "tags": {name: name for name in names[2:]}}
    said = {"version": "1", "name": "wild", "key": "external_id", "contact": contact}
    (tmp_path / "wild.yaml").write_text(json.dumps(said), "utf-8")
    command = [sys.executable, "-m", "importer", "check", "wild.csv", "-m", "wild.yaml", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["reasons"] == {"key|required": 1, "city|card_number": 1}
    with Path(told["files"]["rejects"]).open(encoding="utf-8-sig", newline="") as file:
        header, nameless, masked = csv.reader(file)
    assert header[:7] == names
    assert nameless[:7] == ["", *"qrstuv"]
    assert masked[:7] == ["3", "[card ************1111]", *"rstuv"]


def test_ten_thousand_columns_are_mapped() -> None:
    names = [f"c{number}" for number in range(10_000)]
    tags = {name: {"column": name, "fold": "true"} for name in names}
    cells = pl.DataFrame({name: ["x  y", None] for name in names}, schema=dict.fromkeys(names, pl.String))
    part, bodies = made(compiled_of({"external_id": "c0", "tags": tags}), cells)
    assert part["reasons"].to_list() == [None, "key|required"]
    assert len(bodies["body"][0]) > 100_000
