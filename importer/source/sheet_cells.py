"""What the reader of workbooks gives otherwise than the sheet shows it, taken from the sheet's own XML.

It gives an error cell (`#N/A`) as blank, a text cell that reads `2024-01-31 10:30:00` just as a real moment, a number
without the zeros that its format puts in front, and a formula whose result was never worked out as blank. The parts and
attributes stand in ECMA-376 part 1, 18.3.1.4 (cells), 18.3.1.40 (formulas) and 18.4.8 (shared strings).
"""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.source.sheet_formats import STYLES, find_padded
from importer.source.sheet_xml import attribute, column_number, find_sheet, read_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.source.original import File

_NUMBER, _TEXTS = ("", "n"), ("s", "str", "inlineStr")
"""How the type of a cell is written that holds a number, and a text."""
_STRINGS = "xl/sharedStrings.xml"
_STRING = re.compile(r"<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_ANY_VALUE = re.compile(r"<(?:\w+:)?(?:v|is)\b")
_FILLED_VALUE = re.compile(r"<(?:\w+:)?(?:v(?:\s[^>]*)?>[^<]|is\b)")
_FORMULA = re.compile(r"<(?:\w+:)?f\b")
_LONG = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>-?(?:\d{16}|\d\.\d*[eE]\+?(?:1[5-9]|[2-9]\d))")
"""A value of more digits than a spreadsheet keeps of a number."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?")


PLACED = {"row": pl.Int64, "column": pl.Int64, "text": pl.String}


@dataclass(frozen=True, slots=True)
class Unlike:
    """The cells of a sheet that the reader gives otherwise than they are.

    `texts` are errors, text cells that look like moments, and numbers shown with zeros in front: `row` and `column`
    Int64, `text` String; both count from 0, columns from the first filled one. `unworked` are the rows, from 1, of
    formulas without a result, `long` those of numbers with more than 15 digits.
    """

    texts: pl.DataFrame
    unworked: tuple[int, ...] = ()
    long: tuple[int, ...] = ()


def read_unlike(original: File, sheet: str) -> Unlike:
    """Look through a sheet's own XML. Raises BadZipFile, KeyError where the archive is damaged."""
    none = pl.DataFrame(schema=PLACED)
    with original.open() as file, zipfile.ZipFile(file) as archive:
        path = find_sheet(archive, sheet)
        if path is None:
            return Unlike(none)
        shared = read_part(archive, _STRINGS) if _STRINGS in archive.namelist() else ""
        padded = find_padded(read_part(archive, STYLES)) if STYLES in archive.namelist() else {}
        xml = read_part(archive, path)
    moments = {}
    if _MOMENT.search(shared):
        texts = ("".join(_TEXT.findall(inner)) for inner in _STRING.findall(shared))
        moments = {str(number): text for number, text in enumerate(texts) if _MOMENT.fullmatch(text)}
    unworked = tuple(_rows_of(xml, _is_unworked)) if _FORMULA.search(xml) else ()
    long = tuple(_rows_of(xml, _is_long)) if _LONG.search(xml) else ()
    if not moments and not padded and 't="e"' not in xml and not _MOMENT.search(xml):
        return Unlike(none, unworked, long)
    return Unlike(pl.DataFrame(list(_cells(xml, moments, padded)), PLACED, orient="row"), unworked, long)


def _rows_of(xml: str, holds: Callable[[str, str], bool]) -> Iterator[int]:
    for tag, inner in _CELL.findall(xml):
        if holds(tag, inner):
            yield int(re.sub(r"\D", "", attribute(tag, "r")) or 0)


def _is_unworked(tag: str, inner: str) -> bool:
    """Tell a formula without a result; some programs write an empty one for none, and that of a text may be empty."""
    if not _FORMULA.search(inner) or _FILLED_VALUE.search(inner):
        return False
    return attribute(tag, "t") != "str" or not _ANY_VALUE.search(inner)


def _is_long(tag: str, inner: str) -> bool:
    return attribute(tag, "t") in _NUMBER and _LONG.search(inner) is not None


def _cells(xml: str, moments: dict[str, str], padded: dict[str, int]) -> Iterator[tuple[int, int, str]]:
    """Give them by the rows of the sheet, but by columns from its first filled one: so the reader gives its table."""
    found, first = [], None
    for tag, inner in _CELL.findall(xml):
        kind = attribute(tag, "t")
        value = _VALUE.search(inner)
        text = html.unescape(value.group(1) if value else "".join(_TEXT.findall(inner)))
        place = re.fullmatch(r"([A-Z]+)(\d+)", attribute(tag, "r"))
        if not place or not text:
            continue
        column = column_number(place.group(1))
        first = column if first is None else min(first, column)
        if kind in _NUMBER:
            width = padded.get(attribute(tag, "s"), 0)
            other = text.zfill(width) if len(text) < width and text.isdecimal() else None
        else:
            text = moments.get(text, "") if kind == "s" else text
            other = text if kind == "e" or (kind in _TEXTS and _MOMENT.fullmatch(text)) else None
        if other is not None:
            found.append((int(place.group(2)) - 1, column, other))
    return ((row, column - (first or 0), text) for row, column, text in found)


def place_unlike(name: str, sheet: str, grid: pl.DataFrame, texts: pl.DataFrame, unlike: pl.DataFrame) -> pl.DataFrame:
    """Put the texts of `Unlike` into those that were made of the reader's `grid`, each where it stands.

    Raises SourceError where the reader has another cell there, so that nobody knows what belongs to which row.
    """
    for number, series in enumerate(texts.get_columns()):
        some = unlike.filter(pl.col("column") == number)
        given = grid.to_series(number).gather(some["row"], null_on_oob=True)
        alike = given.is_null() | (given == some["text"]) | (given == some["text"].str.replace("^0+([0-9]+)$", "$1"))
        if not (alike & (some["row"] < grid.height)).all():
            raise _misplaced(name, sheet, some["row"][0])
        texts = texts.with_columns(series.scatter(some["row"], some["text"]))
    if (beyond := unlike.filter(pl.col("column") >= grid.width)).height:
        raise _misplaced(name, sheet, beyond["row"][0])
    return texts


def _misplaced(name: str, sheet: str, row: int) -> SourceError:
    return SourceError(
        f"{name}: from row {row + 1} on, sheet {sheet!r} holds errors, texts like a date or numbers with zeros in "
        "front that can't be placed surely. Save the sheet as CSV (UTF-8)."
    )
