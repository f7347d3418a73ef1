"""What the reader of workbooks leaves out of a sheet, taken from the sheet's own XML: errors, and text like moments.

It gives an error cell (`#N/A`) as blank, and a text cell that reads `2024-01-31 10:30:00` just as a real moment. The
parts and attributes stand in ECMA-376 part 1, 18.3.1.4 (cells) and 18.4.8 (shared strings).
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.original import File

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_STRING = re.compile(r"<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?")
_LETTERS = 26


def read_unlike(original: File, sheet: str) -> list[tuple[int, int, str]]:
    """Give a sheet's errors and its text cells that look like moments: row, column, text.

    Both count from 0, columns from the first filled one.
    """
    with original.open() as file, zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        path = _find_part(archive, names, sheet)
        if path is None:
            return []
        shared = _read(archive, "xl/sharedStrings.xml") if "xl/sharedStrings.xml" in names else ""
        xml = _read(archive, path)
    moments = {}
    if _MOMENT.search(shared):
        texts = ("".join(_TEXT.findall(inner)) for inner in _STRING.findall(shared))
        moments = {str(number): text for number, text in enumerate(texts) if _MOMENT.fullmatch(text)}
    if not moments and 't="e"' not in xml and not _MOMENT.search(xml):
        return []
    return list(_cells(xml, moments))


def _read(archive: zipfile.ZipFile, path: str) -> str:
    return archive.read(path).decode("utf-8", "replace")


def _find_part(archive: zipfile.ZipFile, names: set[str], sheet: str) -> str | None:
    relations = "xl/_rels/workbook.xml.rels"
    if not {"xl/workbook.xml", relations} <= names:
        return None
    tags = _SHEET.findall(_read(archive, "xl/workbook.xml"))
    wanted = next((_attribute(tag, r"\w+:id") for tag in tags if html.unescape(_attribute(tag, "name")) == sheet), None)
    for tag in _RELATION.findall(_read(archive, relations)):
        if _attribute(tag, "Id") == wanted:
            path = posixpath.normpath(posixpath.join("/xl", _attribute(tag, "Target"))).lstrip("/")
            return path if path in names else None
    return None


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"(?:^|\s){name}=[\"']([^\"']*)[\"']", tag)
    return found.group(1) if found else ""


def _cells(xml: str, moments: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    """Give them by the rows of the sheet, but by columns from its first filled one: so the reader gives its table."""
    found, first = [], None
    for tag, inner in _CELL.findall(xml):
        kind = _attribute(tag, "t")
        value = _VALUE.search(inner)
        text = html.unescape(value.group(1) if value else "".join(_TEXT.findall(inner)))
        place = re.fullmatch(r"([A-Z]+)(\d+)", _attribute(tag, "r"))
        if not place or not text:
            continue
        column = 0
        for letter in place.group(1):
            column = column * _LETTERS + ord(letter) - ord("A") + 1
        first = column if first is None else min(first, column)
        text = moments.get(text, "") if kind == "s" else text
        if kind == "e" or (kind in ("s", "str", "inlineStr") and _MOMENT.fullmatch(text)):
            found.append((int(place.group(2)) - 1, column, text))
    return ((row, column - (first or 0), text) for row, column, text in found)
