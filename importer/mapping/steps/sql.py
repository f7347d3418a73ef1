"""Polars SQL as the way out: one expression over a row's cells, all of them text, that gives text and can't raise.

What may stand in it is listed, and all else refused: so no cast can fail on row 900,000, no function looks at other
rows, and the same cells give the same text whenever it runs.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOWED = (
    "CASE, COALESCE, IFNULL, NULLIF, IF, GREATEST, LEAST, ||, CONCAT, CONCAT_WS, UPPER, LOWER, INITCAP, TRIM, LTRIM, "
    "RTRIM, LEFT, RIGHT, SUBSTR, SPLIT_PART, REPLACE, REGEXP_REPLACE, REVERSE, LENGTH, STRPOS, STARTS_WITH, ENDS_WITH, "
    "LIKE, ILIKE, REGEXP_LIKE, ~, IN, BETWEEN, IS NULL, AND, OR, NOT, comparisons, and TRY_CAST to a number or VARCHAR"
)
"""What a `sql:` may use."""

_LONGEST = 2_000
_OPERATORS = {"Eq", "NotEq", "EqValidity", "NotEqValidity", "Lt", "LtEq", "Gt", "GtEq", "And", "Or"}
_TYPES = {"String", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64"}
_PLAIN = {
    *("Coalesce", "FillNull", "MaxHorizontal", "MinHorizontal"),
    *("StringExpr.Uppercase", "StringExpr.Lowercase", "StringExpr.Titlecase", "StringExpr.Slice"),
    *("StringExpr.LenChars", "StringExpr.LenBytes", "StringExpr.StartsWith", "StringExpr.EndsWith"),
    *("StringExpr.StripChars", "StringExpr.StripCharsStart", "StringExpr.StripCharsEnd", "StringExpr.Reverse"),
    *("StringExpr.ConcatHorizontal", "StringExpr.Head", "StringExpr.Tail", "StringExpr.Split", "ListExpr.Get"),
    *("Sql.IsIn", *(f"Sql.Binary.{operator}" for operator in ("Eq", "NotEq", "Lt", "LtEq", "Gt", "GtEq"))),
    *("Boolean.IsNull", "Boolean.IsNotNull", "Boolean.Not", "Boolean.IsIn", "Boolean.IsBetween"),
}
_PATTERNED = {"StringExpr.Contains", "StringExpr.Replace", "StringExpr.Find"}
"""With texts that must be written out: a pattern taken from a cell could be no regular expression, and a replacement
that is null raises."""
_LITERALS = {"String", "Null", "Boolean", "Int", "UInt32", "Float", "Decimal", "Series"}
_FUNCTIONS = {
    *("COALESCE", "IFNULL", "NULLIF", "IF", "GREATEST", "LEAST", "CONCAT", "CONCAT_WS", "UPPER", "LOWER", "INITCAP"),
    *("TRIM", "LTRIM", "RTRIM", "LEFT", "RIGHT", "SUBSTR", "SUBSTRING", "SPLIT_PART", "REPLACE", "REGEXP_REPLACE"),
    *("REVERSE", "LENGTH", "CHAR_LENGTH", "OCTET_LENGTH", "STRPOS", "STARTS_WITH", "ENDS_WITH", "REGEXP_LIKE"),
    *("TRY_CAST", "IN", "AND", "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "LIKE", "ILIKE", "BETWEEN", "IS"),
}
"""What may stand before a bracket: Polars reads `UPPER(a) OVER ()` too, and passes over what it does not use."""
_WORDS = {"OVER", "FILTER", "WITHIN", "SELECT", "EXISTS", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"}
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_COMMENT = re.compile(r"--|/\*|#")
_ARITHMETIC = "arithmetic, which can overflow in silence (use number, or make the column before the export)"
_WILD = ["", None, "x", "9" * 40, "-1", "1e400", "NULL", "\u00e9\U0001f600", "a|b", " "]


@lru_cache
def sql_expression(text: str) -> pl.Expr:
    """Give the expression; its columns and its result are String.

    Raises MappingError that says what in it is not understood, could raise, or is not about one row alone.
    """
    if len(text) > _LONGEST:
        raise MappingError(f"the sql is longer than {_LONGEST:,} characters; make the column before the export")
    try:
        expr = pl.sql_expr(text)
        nodes = json.loads(expr.meta.serialize(format="json"))
        for what in (*_foreign(nodes), *_foreign_words(text)):
            raise MappingError(f"the sql uses {what}; it may use {ALLOWED}")
    except pl.exceptions.PolarsError as error:
        raise MappingError(f"the sql is not understood: {_first_line(error)}; it may use {ALLOWED}") from None
    except RecursionError:
        raise MappingError("the sql is nested too deep; write it simpler") from None
    columns = sorted(set(expr.meta.root_names()))
    if not columns:
        raise MappingError("the sql names no column, so it is a constant; write it as value")
    _try(expr, columns)
    return expr


def sql_columns(text: str) -> tuple[str, ...]:
    """Give the columns an expression reads, sorted; none where it is refused."""
    try:
        return tuple(sorted(set(sql_expression(text).meta.root_names())))
    except MappingError:
        return ()


def _try(expr: pl.Expr, columns: list[str]) -> None:
    """Refuse what does not give text, or does not even pass a few wild cells."""
    turned = {name: [*_WILD[at % len(_WILD) :], *_WILD[: at % len(_WILD)]] for at, name in enumerate(columns)}
    try:
        found = pl.DataFrame(turned, schema=dict.fromkeys(columns, pl.String)).lazy().select(made=expr)
        kind = found.collect(engine="in-memory").schema["made"]
    except pl.exceptions.PolarsError as error:
        raise MappingError(f"the sql does not work on text: {_first_line(error)}; all columns are text") from None
    if kind != pl.String:
        raise MappingError(f"the sql gives {kind}, not text; wrap it in TRY_CAST(... AS VARCHAR) or CASE")


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else "it can't be read"
    return "".join(letter for letter in line[:120] if letter.isprintable())


def _foreign(node: Any) -> Iterator[str]:  # noqa: ANN401  # JSON can be anything
    """Give what stands in an expression and is not allowed, as Polars calls it."""
    if not isinstance(node, dict):
        yield f"'{node}'"
        return
    ((kind, inside),) = node.items()
    if kind == "Column":
        return
    if kind == "Literal":
        yield from _literal(inside)
        return
    if kind == "Ternary":
        for part in inside.values():
            yield from _foreign(part)
    elif kind == "Cast":
        yield from _cast(inside)
    elif kind == "BinaryExpr":
        # `a || b` is a Plus of two texts; other sums are of numbers, which overflow in silence.
        texts = inside["op"] == "Plus" and all(_is_text(inside[side]) for side in ("left", "right"))
        if inside["op"] not in _OPERATORS and not texts and not _is_place(inside):
            yield _ARITHMETIC
        yield from _foreign(inside["left"])
        yield from _foreign(inside["right"])
    elif kind == "Function":
        yield from _function(inside)
    else:
        yield f"'{kind}', which is no function of one row"


def _foreign_words(text: str) -> Iterator[str]:
    """Give what Polars would not put into the expression: comments, and words that it reads and then passes over."""
    bare = _QUOTED.sub(" '' ", text)
    if _COMMENT.search(bare):
        yield "a comment; write it beside the mapping's line, after #"
    for word in re.findall(r"\w+", bare):
        if word.upper() in _WORDS:
            yield f"{word.upper()}, which is not about this row's cells alone"
    for name in re.findall(r"(\w+)\s*\(", bare):
        if name.upper() not in _FUNCTIONS:
            yield f"{name[:40]}(), which is none of its functions"


def _literal(inside: Any) -> Iterator[str]:  # noqa: ANN401  # JSON can be anything
    """Refuse what is neither text nor a number nor nothing: today and now would differ from run to run."""
    kind = inside
    while isinstance(kind, dict) and not _LITERALS.intersection(kind):
        kind = next(iter(kind.values())) if kind.keys() <= {"Scalar", "Dyn"} else next(iter(kind))
    if not isinstance(kind, dict):
        yield f"a constant that is neither text nor a number ({str(kind)[:20]}), such as today's date"


def _cast(inside: dict[str, Any]) -> Iterator[str]:
    kind = inside["dtype"].get("Literal") if isinstance(inside["dtype"], dict) else None
    # NOT wraps what is true or false already in a strict cast, which changes nothing; on text it fails on any cell.
    is_truth = kind == "Boolean" and not {"Column", "Literal", "Ternary"} & inside["expr"].keys()
    if is_truth:
        pass
    elif inside["options"] != "NonStrict":
        yield "a CAST, which raises on the first cell that does not fit (write TRY_CAST)"
    elif not isinstance(kind, str) or kind not in _TYPES:
        yield "a TRY_CAST to what is neither number nor text (dates have the steps date and datetime)"
    yield from _foreign(inside["expr"])


def _function(inside: dict[str, Any]) -> Iterator[str]:
    name, inputs = _name(inside["function"]), inside["input"]
    if name in _PATTERNED and not all("Literal" in text for text in inputs[1:]):
        yield "a pattern, or what replaces it, that is not written out"
    elif name.startswith("Sql.Binary.") and name not in _PLAIN:
        yield _ARITHMETIC
    elif name not in _PLAIN | _PATTERNED:
        yield f"'{name.rpartition('.')[2]}', which can raise or is no function of one row"
    for part in inputs:
        yield from _foreign(part)


def _name(function: Any) -> str:  # noqa: ANN401  # JSON can be anything
    if isinstance(function, str):
        return function
    ((kind, inside),) = function.items()
    if kind not in {"StringExpr", "ListExpr", "Boolean", "Sql"}:
        return str(kind)
    if isinstance(inside, dict):
        ((word, more),) = inside.items()
        inside = f"{word}.{more}" if word == "Binary" else word
    return f"{kind}.{inside}"


def _is_text(node: dict[str, Any]) -> bool:
    return isinstance(node, dict) and bool(node.get("Cast", {}).get("dtype") == {"Literal": "String"})


def _is_place(inside: dict[str, Any]) -> bool:
    """Tell whether this is how STRPOS counts from 1."""
    counted = inside["left"].get("Function", {}).get("function", "")
    return inside["op"] == "Plus" and _name(counted) == "StringExpr.Find"
