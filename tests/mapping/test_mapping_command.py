"""`importer mapping lint|test|schema`, as a user types them."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from importer.errors import MappingError
from importer.mapping.compile import compile_mapping
from importer.mapping.load import load_mapping
from importer.mapping.warn import warnings
from importer.prepare.examples import run_examples

MAPPINGS = sorted((Path(__file__).parents[2] / "mappings").glob("*.yaml"))
GOOD = """\
version: 1
name: crm
key: external_id
contact:
  external_id: No
  city: {column: Ciudad, case: title}
  tags: {n: {column: N, number: true}}
"""


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "importer", "mapping", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def write(folder: Path, text: str) -> None:
    (folder / "crm.yaml").write_text(text, "utf-8")


def test_every_mapping_that_is_shipped_is_right_and_its_examples_come_out(tmp_path: Path) -> None:
    done = run("test", *map(str, MAPPINGS), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(MAPPINGS)


def test_lint_says_one_line_when_a_mapping_is_fine_and_what_is_odd_beside_it(tmp_path: Path) -> None:
    write(
        tmp_path, GOOD.replace("case: title", "case: upper, values: {Cali: CLO, BOGOTÁ: BOG}") + "zone: America/Lima\n"
    )
    done = run("lint", "crm.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path / 'crm.yaml'}: fine, 3 fields from 3 columns\n"
    odd = [line.removeprefix(f"importer: {tmp_path / 'crm.yaml'}:") for line in done.stderr.splitlines()]
    assert [line.split(",")[0] for line in odd] == [
        "1:1: odd: it has no tests; a few examples under `tests:` keep it right for years",
        "5:3: odd: contact: email_verified",
        "6:47: odd: contact.city.values: case: upper comes before the table",
        "8:7: odd: zone: no field has a date-time without an offset",
    ]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("values: {Cali: CLO, ' Lima': L, N/D: Y}", "values: 2 of its entries never fit"),
        ("trim: false, values: {Cali: CLO, ' Lima': L}", None),
        ("values: {Cali: CLO, Lima: LIM}, one_of: [CLO]", "values: one_of does not list 1 of the 2 values"),
        ("date: ['%m/%d/%Y', '%d/%m/%Y']", "date: two of its formats read the same text as different times"),
        ("date: ['%d/%m/%y', '%m/%d/%y'], pivot: 1930", "date: two of its formats read the same text"),
        ("date: ['%d/%m/%Y', '%d-%m-%Y', '%F']", None),
        ("datetime: ['%d/%m/%Y %H:%M', '%FT%T%#z']", None),
    ],
)
def test_lint_tells_what_can_never_fit_or_fits_twice(tmp_path: Path, steps: str, told: str | None) -> None:
    write(
        tmp_path,
        "version: 1\nname: a\nkey: external_id\nsource: {blank: N/D}\n"
        f"contact: {{external_id: No, tags: {{t: {{column: T, {steps}}}}}}}\n",
    )
    loaded = load_mapping(tmp_path / "crm.yaml")
    said = [fault.what for fault in warnings(loaded) if fault.place.startswith("contact.tags")]
    assert [f"{told.partition(': ')[0]}: {what}".startswith(told) for what in said] == [True] if told else not said


def test_lint_tells_of_lines_of_a_table_that_no_cell_comes_to(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("cell,value\n,x\nCali ,CLO\nLima,LIM\n", encoding="utf-8")
    write(tmp_path, GOOD.replace("case: title", "values: {file: t.csv}"))
    assert "contact.city.values: 2 of its entries never fit" in run("lint", "crm.yaml", cwd=tmp_path).stderr


def test_lint_lists_every_fault_and_leaves_with_4(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("case: title", "cose: title").replace("number: true", "number: true, pivot: 1930"))
    done = run("lint", "crm.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.count("\n") == 2
    assert ":6:26: contact.city.cose: 'cose' is no key here; did you mean 'case'?" in done.stderr
    assert ":7:46: contact.tags.n.pivot: a pivot goes with date or datetime" in done.stderr


def test_an_example_that_comes_out_otherwise_is_shown_place_by_place(tmp_path: Path) -> None:
    tests = """\
tests:
  - {name: right, cells: {No: 1, Ciudad: CALI, N: "2"}, body: {external_id: "1", city: Cali, tags: {n: 2.0}}}
  - {name: wrong, cells: {No: 1, Ciudad: CALI, N: "2"}, body: {external_id: 1, tags: {n: "2"}, phone: true}}
  - {cells: {No: 1, N: x}, body: {external_id: "1"}}
  - {cells: {No: 1, N: 1}, reasons: [tags.n|number, key|required]}
"""
    write(tmp_path, GOOD + tests)
    done = run("test", "crm.yaml", cwd=tmp_path)
    assert done.returncode == 3
    path = tmp_path / "crm.yaml"
    assert done.stdout.splitlines() == [
        f"{path}: wrong",
        '  body.external_id: expected 1, got "1"',
        '  body.tags.n: expected "2", got 2',
        "  body.phone: expected true, but it is left out",
        '  body.city: "Cali" was not expected',
        f"{path}: example 3",
        "  reasons: tags.n|number was not expected",
        f"{path}: example 4",
        "  reasons: tags.n|number is missing",
        "  reasons: key|required is missing",
        f"{path}: 1 of 4 examples came out as they say",
    ]


TYPES = """\
version: 1
name: crm
key: external_id
contact:
  external_id: No
  phone: {column: P, phone: CO}
  email: {column: E, required: true}
  city: {column: C, on_blank: clear}
  email_verified: V
  tags: {n: {column: N, number: true}, t: T}
tests:
"""


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ('cells: {No: 1, E: a@b.co, N: "7"}, body: {external_id: "1", email: a@b.co, tags: {n: 7}}', None),
        ("cells: {No: 1, E: a@b.co, N: '7'}, body: {external_id: '1', email: a@b.co, tags: {n: '7'}}", '"7", got 7'),
        ("cells: {No: 1, E: a@b.co, T: '7'}, body: {external_id: '1', email: a@b.co, tags: {t: 7}}", '7, got "7"'),
        ("cells: {No: 1, E: a@b.co, T: 07}, body: {external_id: '1', email: a@b.co, tags: {t: 07}}", None),
        ("cells: {No: 1, E: a@b.co, T: 1:30}, body: {external_id: '1', email: a@b.co, tags: {t: 1:30}}", None),
        ("cells: {No: 1, E: a@b.co, V: true}, body: {external_id: '1', email: a@b.co, email_verified: true}", None),
        (
            "cells: {No: 1, E: a@b.co, V: true}, body: {external_id: '1', email: a@b.co, email_verified: 1}",
            "1, got true",
        ),
        (
            "cells: {No: 1, E: a@b.co, V: true}, body: {external_id: '1', email: a@b.co, email_verified: 'true'}",
            "got true",
        ),
        ("cells: {No: 1, E: a@b.co}, update: {external_id: '1', email: a@b.co, city: null}", None),
        ("cells: {No: 1, E: a@b.co}, update: {external_id: '1', email: a@b.co, city: 'null'}", '"null", got null'),
        ("cells: {No: 1, P: '12'}, reasons: email|required, dropped: phone|phone", None),
        ("cells: {No: 1, P: '12'}, reasons: email|required", "phone|phone was not expected"),
        ("cells: {No: 1}, reasons: email|required, dropped: phone|phone", "phone|phone is missing"),
    ],
)
def test_an_example_is_compared_as_typed_json_and_with_all_that_is_dropped(
    tmp_path: Path, example: str, told: str | None
) -> None:
    write(tmp_path, f"{TYPES}  - {{{example}}}\n")
    found = load_mapping(tmp_path / "crm.yaml")
    (verdict,) = run_examples(found, compile_mapping(found.mapping), date(2026, 11, 22))
    assert bool(verdict.differences) == (told is not None)
    assert all((told or "") in one for one in verdict.differences[:1])


def test_every_mapping_is_tested_whatever_is_wrong_with_one_of_them(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    good = TYPES + "  - {cells: {No: 1}, reasons: email|required}\n"
    for name, text in {"bad": "version: 2", "good": good}.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    done = run("test", "bad.yaml", "none.yaml", "crm.yaml", "good.yaml", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stdout == f"{tmp_path / 'good.yaml'}: 1 of 1 examples came out as they say\n"
    for told in ("bad.yaml:1:10: version: only", "none.yaml", "crm.yaml: it has no tests"):
        assert told in done.stderr
    done = run("test", "crm.yaml", "good.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout.count("came out")) == (9, 1)
    assert "crm.yaml: it has no tests; write examples under `tests:`" in done.stderr


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("[{cells: {Cuidad: x}, body: {}}]", "tests[0].cells.Cuidad: no field reads the column 'Cuidad'; did you mean"),
        ("[{cells: {No: 1}}]", "tests[0]: say what becomes of it: a body (or an update), or the reasons"),
        ("[{cells: {No: 1}, body: {}, reasons: x}]", "tests[0]: say what becomes of it"),
        ("[{body: {}}]", "tests[0].cells: the key is missing"),
        ("[{cells: {No: 1}, body: {city: }}]", "tests[0].body.city: nothing is said here"),
    ],
)
def test_an_example_that_shows_nothing_is_refused(tmp_path: Path, tests: str, said: str) -> None:
    write(tmp_path, f"{GOOD}tests: {tests}\n")
    with pytest.raises(MappingError) as refused:
        load_mapping(tmp_path / "crm.yaml")
    assert said in str(refused.value)
