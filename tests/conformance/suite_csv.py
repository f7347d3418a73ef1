"""The files of csv-spectrum and the tables of Papa Parse's tests, against the source reader."""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetch_package import fetch_npm
from published_case import Case, Suite

from importer.errors import ImporterError
from importer.source import Declared, open_sources

CSV_SPECTRUM, PAPA_PARSE = "2.0.0", "5.7.1"
WRONG = "row|shape"
KNOWN_OPTIONS = frozenset({"delimiter", "quoteChar", "header", "newline", "skipEmptyLines"})
"""Options of Papa Parse that our mapping has too, or that say what we do anyway."""


def run_csv_spectrum(folder: Path) -> Suite:
    """Read each file and compare its records with the JSON beside it."""
    root = fetch_npm("csv-spectrum", CSV_SPECTRUM, folder)
    cases = []
    for path in sorted((root / "csvs").glob("*.csv")):
        wanted = json.loads((root / "json" / f"{path.stem}.json").read_text("utf-8"))
        theirs = [
            [str(cell) for cell in record.values()] for record in (wanted if isinstance(wanted, list) else [wanted])
        ]
        given = path.read_text("utf-8", "replace")
        cases.append(Case(path.stem, given, _told(theirs), _told(_read(path, Declared(), headed=False))))
    return Suite("csv-spectrum", f"csv-spectrum {CSV_SPECTRUM}", tuple(cases))


def run_papa_parse(folder: Path) -> Suite:
    """Read the inputs of Papa Parse's parser tests and compare the records.

    Ours needs a header, so one of the right width is put above inputs without; a record of another width is to be
    rejected, and so is one that Papa Parse finds malformed. Blank lines are no records.
    """
    root = fetch_npm("papaparse", PAPA_PARSE, folder)
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, and Papa Parse's tests are JavaScript")
    command = [node, str(Path(__file__).with_name("extract_papa.js")), str(root / "tests" / "test-cases.js")]
    tables = json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout)
    cases, left_out = [], 0
    for table, tests in tables.items():
        for number, test in enumerate(tests, 1):
            case = _papa(f"{table} {number}", test, folder / f"{table}-{number}.csv")
            left_out += case is None
            cases += [case] if case is not None else []
    return Suite("Papa Parse's parser tests", f"papaparse {PAPA_PARSE}", tuple(cases), left_out)


def _papa(name: str, test: dict[str, Any], path: Path) -> Case | None:
    options, given = test.get("config") or {}, test.get("input")
    if not _is_comparable(given, options):
        return None
    given, headed, quote = str(given).removeprefix("\ufeff"), bool(options.get("header")), options.get("quoteChar", '"')
    guessed = name.startswith("parse") and "delimiter" not in options
    delimiter = _delimiter(given, quote) if guessed else options.get("delimiter", ",")
    header = next(csv.reader(given.splitlines()[:1], delimiter=delimiter)) if headed else []
    records = _expected(test, header)
    width = len(header) or max((len(record) for record in test["expected"]["data"]), default=0)
    if not records or not width:
        return None
    end = "\r\n" if "\r\n" in given else "\r" if "\r" in given and "\n" not in given else "\n"
    above = "" if headed else delimiter.join(f"c{number}" for number in range(width)) + end
    path.write_bytes((above + given).encode())
    theirs = [
        record if len(record) == width else [WRONG] for record in records if record not in ([], [""]) or width == 1
    ]
    declared = Declared(encoding="utf-8", delimiter=None if guessed else delimiter, quote=quote)
    return Case(name, given, _told(theirs), _told(_read(path, declared, headed=headed)))


def _expected(test: dict[str, Any], header: list[str]) -> list[list[str]] | None:
    """Give the records a test expects, its header first where it has one; None where they hold more than texts."""
    expected = test["expected"]
    wrong = {error["row"] for error in expected.get("errors", ()) if "row" in error}
    named = header and not (expected["data"] and isinstance(expected["data"][0], list))
    records = [
        [WRONG] if number in wrong else list(record.values()) if isinstance(record, dict) else record
        for number, record in enumerate(expected["data"])
    ]
    texts = all(isinstance(cell, str) for record in records for cell in record)
    return ([header] if named else []) + records if texts else None


def _delimiter(given: str, quote: str) -> str:
    """Give the delimiter of a text by what stands outside its quotes."""
    mark = re.escape(quote)
    first = re.sub(f"{mark}[^{mark}]*{mark}", "", given).split("\n")[0]
    return max(",;|\t", key=first.count)


def _is_comparable(given: object, options: dict[str, Any]) -> bool:
    marks = [options[name] for name in ("delimiter", "quoteChar") if name in options]
    plain = all(isinstance(mark, str) and len(mark) == 1 and mark not in "\r\n" for mark in marks)
    greedy = options.get("skipEmptyLines") == "greedy"
    return isinstance(given, str) and bool(given) and plain and not greedy and not set(options) - KNOWN_OPTIONS


def _read(path: Path, declared: Declared, *, headed: bool) -> list[list[str]] | None:
    """Give the records, a wrong one as `row|shape`, with the header if wanted; None where the file is refused."""
    try:
        sources = open_sources([str(path)], declared)
        records = [record for batch in sources.batches() for record in _records(batch.cells.rows(), batch.meta)]
    except ImporterError:
        return None
    return [list(sources.columns), *records] if headed else records


def _records(rows: list[tuple[str | None, ...]], meta: Any) -> Iterator[list[str]]:  # noqa: ANN401  # a frame
    for row, shape in zip(rows, meta["shape"], strict=True):
        yield [cell or "" for cell in row] if shape is None else [WRONG]


def _told(records: list[list[str]] | None) -> str:
    return "the file is refused" if records is None else json.dumps(records)
