"""What the reader of workbooks leaves out of a sheet, taken from the sheet's own XML: errors, and text like moments.

It gives an error cell (`#N/A`) as blank, a text cell that reads `2024-01-31 10:30:00` just as a real moment, and a
formula whose result was never worked out as blank. The parts and attributes stand in ECMA-376 part 1, 18.3.1.4 (cells),
18.3.1.40 (formulas) and 18.4.8 (shared strings).
"""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.source.sheet_xml import attribute, column_number, find_sheet, read_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.original import File

_STRINGS = "xl/sharedStrings.xml"
_STRING = re.compile(r"<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_ANY_VALUE = re.compile(r"<(?:\w+:)?(?:v|is)\b")
_FORMULA = re.compile(r"<(?:\w+:)?f\b")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Unlike:
    """The cells of a sheet that the reader gives otherwise than they are.

    `texts` are errors and text cells that look like moments: row, column, text; both count from 0, columns from the
    first filled one. `unworked` are the rows, from 1, of formulas without a result.
    """

    texts: tuple[tuple[int, int, str], ...] = ()
    unworked: tuple[int, ...] = ()


def read_unlike(original: File, sheet: str) -> Unlike:
    """Look through a sheet's own XML. Raises BadZipFile, KeyError where the archive is damaged."""
    with original.open() as file, zipfile.ZipFile(file) as archive:
        path = find_sheet(archive, sheet)
        if path is None:
            return Unlike()
        shared = read_part(archive, _STRINGS) if _STRINGS in archive.namelist() else ""
        xml = read_part(archive, path)
    moments = {}
    if _MOMENT.search(shared):
        texts = ("".join(_TEXT.findall(inner)) for inner in _STRING.findall(shared))
        moments = {str(number): text for number, text in enumerate(texts) if _MOMENT.fullmatch(text)}
    unworked = tuple(_unworked(xml)) if _FORMULA.search(xml) else ()
    if not moments and 't="e"' not in xml and not _MOMENT.search(xml):
        return Unlike(unworked=unworked)
    return Unlike(tuple(_cells(xml, moments)), unworked)


def _unworked(xml: str) -> Iterator[int]:
    for tag, inner in _CELL.findall(xml):
        if _FORMULA.search(inner) and not _ANY_VALUE.search(inner):
            yield int(re.sub(r"\D", "", attribute(tag, "r")) or 0)


def _cells(xml: str, moments: dict[str, str]) -> Iterator[tuple[int, int, str]]:
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
        text = moments.get(text, "") if kind == "s" else text
        if kind == "e" or (kind in ("s", "str", "inlineStr") and _MOMENT.fullmatch(text)):
            found.append((int(place.group(2)) - 1, column, text))
    return ((row, column - (first or 0), text) for row, column, text in found)
