"""The page of faults names tests that are there, and every case."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "faults.md").read_text("utf-8")
CASES = {*range(1, 44), *range(59, 71)}


def test_every_test_that_the_page_of_faults_names_is_there() -> None:
    names = {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert set(re.findall(r"`(test_\w+)`", PAGE)) - names == set()


def test_every_case_has_a_test_or_a_sentence() -> None:
    told: set[int] = set()
    for line in PAGE.splitlines():
        if numbers := re.match(r"\| ([0-9]+(?:, [0-9]+)*) ", line):
            told.update(int(number) for number in numbers[1].split(", "))
            assert "`test_" in line or "no test here" in line, line
    assert told == CASES
