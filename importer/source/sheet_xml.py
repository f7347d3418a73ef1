"""The parts of a workbook, as its own XML names them: which sheets there are, where each lies, how far it reaches.

The parts and attributes stand in ECMA-376 part 1: 18.2.19 (sheets and their state), 18.3.1.35 (a sheet's dimension).
"""

from __future__ import annotations

import html
import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_DIMENSION = re.compile(r"<(?:\w+:)?dimension\s[^>]*>")
_PLACE = re.compile(r"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]+)(\d+)[\"']")
_CORNER = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_OF_CELLS = "/worksheet"
"""Ends the type of a relation to a sheet of cells; others are charts."""
_LETTERS = 26


def list_sheets(archive: zipfile.ZipFile) -> list[tuple[str, bool]]:
    """Give the sheets of cells in the order of the book, and whether each is shown. Raises BadZipFile, KeyError."""
    return [(name, shown) for name, shown, _ in _sheets(archive)]


def find_sheet(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Give the path of the part that holds a sheet; None where there is none. Raises BadZipFile, KeyError."""
    return next((path for name, _, path in _sheets(archive) if name == sheet and path in archive.namelist()), None)


def read_part(archive: zipfile.ZipFile, path: str) -> str:
    """Give a part as text. Raises BadZipFile, KeyError."""
    return archive.read(path).decode("utf-8", "replace")


def extent(xml: str) -> tuple[int, int]:
    """Give how many rows and columns a sheet has up to its last cell, by what it says itself, else by its cells."""
    said = _DIMENSION.search(xml)
    corner = _CORNER.search(attribute(said.group(), "ref")) if said else None
    if corner:
        return int(corner.group(2)), column_number(corner.group(1))
    places = _PLACE.findall(xml)
    rows = max((int(row) for _, row in places), default=0)
    return rows, max(map(column_number, {letters for letters, _ in places}), default=0)


def column_number(letters: str) -> int:
    """Give a column's number from 1: `A` is 1, `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number


def attribute(tag: str, name: str) -> str:
    """Give an attribute of a tag as it is written; empty where it has none."""
    found = re.search(rf"(?:^|\s){name}=[\"']([^\"']*)[\"']", tag)
    return found.group(1) if found else ""


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, bool, str]]:
    if not {_BOOK, _RELATIONS} <= set(archive.namelist()):
        return
    paths = {
        attribute(tag, "Id"): posixpath.normpath(posixpath.join("/xl", attribute(tag, "Target"))).lstrip("/")
        for tag in _RELATION.findall(read_part(archive, _RELATIONS))
        if attribute(tag, "Type").endswith(_OF_CELLS)
    }
    for tag in _SHEET.findall(read_part(archive, _BOOK)):
        path = paths.get(attribute(tag, r"\w+:id"))
        if path is not None:
            yield html.unescape(attribute(tag, "name")), attribute(tag, "state") in ("", "visible"), path
