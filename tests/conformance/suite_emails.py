"""The email addresses of Django's and email-validator's tests, against the rule of email fields."""

import ast
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from fetch_package import fetch_pypi
from published_case import Case, Suite

from importer.rules.emails import is_no_email

DJANGO, EMAIL_VALIDATOR = "5.2.19", "2.4.0"
TAKEN, REFUSED = "taken", "refused"
VALIDATOR_TESTS = {
    "test_email_valid": TAKEN,
    "test_email_valid_intl_local_part": TAKEN,
    "test_email_valid_only_if_quoted_local_part": REFUSED,
    "test_email_invalid_syntax": REFUSED,
    "test_email_invalid_syntax_display_name": REFUSED,
    "test_email_invalid_reserved_domain": REFUSED,
}
"""What its functions expect of the addresses in their parameters, with its options as they are by default."""


def run_django(folder: Path) -> Suite:
    """Judge the addresses of Django's table of validators; those of validators with options are left out."""
    path = fetch_pypi("Django", DJANGO, folder) / "tests" / "validators" / "tests.py"
    (table,) = (
        node.value
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TEST_DATA"
    )
    assert isinstance(table, ast.List)
    rows = [row.elts for row in table.elts if isinstance(row, ast.Tuple)]
    about = [row for row in rows if ast.unparse(row[0]) == "validate_email"]
    given = [(_text(row[1]), TAKEN if ast.unparse(row[2]) == "None" else REFUSED) for row in about]
    texts = [(f"address {number}", text, theirs) for number, (text, theirs) in enumerate(given, 1) if text]
    options = sum(ast.unparse(row[0]).startswith("EmailValidator") for row in rows)
    return Suite(
        "Django's email validator", f"Django {DJANGO}", tuple(_judged(texts)), options + len(given) - len(texts)
    )


def run_email_validator(folder: Path) -> Suite:
    """Judge the addresses of email-validator's tests of syntax; tests of its options are left out."""
    path = fetch_pypi("email-validator", EMAIL_VALIDATOR, folder) / "tests" / "test_syntax.py"
    texts, left_out = [], 0
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        rows = list(_parameters(node))
        if node.name == "test_pyisemail_tests":
            found = [(row[0], TAKEN if row[1] == "ISEMAIL_VALID" else REFUSED) for row in rows]
        elif node.name in VALIDATOR_TESTS:
            found = [(row[0], VALIDATOR_TESTS[node.name]) for row in rows]
        else:
            left_out += max(1, len(rows))
            continue
        name = node.name.removeprefix("test_").replace("_", " ")
        texts += [(f"{name} {number}", text, theirs) for number, (text, theirs) in enumerate(found, 1)]
    return Suite("email-validator's tests", f"email-validator {EMAIL_VALIDATOR}", tuple(_judged(texts)), left_out)


def _judged(texts: list[tuple[str, str, str]]) -> Iterator[Case]:
    # A cell is trimmed before any rule, but a suite's blanks and line ends are part of its cases.
    cells = pl.DataFrame({"text": [text for _, text, _ in texts]}, schema={"text": pl.String})
    refused = cells.select(is_no_email(pl.col("text"))).to_series()
    for (name, text, theirs), bad in zip(texts, refused, strict=True):
        yield Case(name, text, theirs, REFUSED if bad else TAKEN)


def _parameters(function: ast.FunctionDef) -> Iterator[list[str]]:
    """Give the texts that begin each set of parameters."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.parametrize":
            assert isinstance(decorator.args[1], ast.List)
            for row in decorator.args[1].elts:
                cells = row.elts if isinstance(row, ast.Tuple | ast.List) else [row]
                yield [_text(cell) for cell in cells if not isinstance(cell, ast.Call)]


def _text(node: ast.expr) -> str:
    """Work out a text written with %, * and + from texts and numbers; blank where it is none."""
    value = _value(node)
    return value if isinstance(value, str) else ""


def _value(node: ast.expr) -> str | int | tuple[object, ...] | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str | int) else None
    if isinstance(node, ast.Tuple):
        return tuple(_value(one) for one in node.elts)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            return left % right
        if isinstance(node.op, ast.Mult) and isinstance(left, str) and isinstance(right, int):
            return left * right
        if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return left + right
    return None
