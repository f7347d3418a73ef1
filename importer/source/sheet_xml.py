"""The parts of a workbook, as its own XML names them: which sheets there are, where each lies, how far it reaches.

The parts and attributes stand in ECMA-376 part 1: 18.2.19 (sheets and their state), 18.3.1.73 (rows), 18.3.1.4 (cells).
"""

from __future__ import annotations

import html
import posixpath
import re
import string
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_PLACE = r"\sr=[\"'][A-Z]*\d+"
"""The place that a row or cell says; no other element of a sheet has such an attribute."""
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_OF_CELLS = "/worksheet"
"""Ends the type of a relation to a sheet of cells; others are charts."""
_ALPHABET, _DIGITS = string.ascii_uppercase, string.digits


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
    """Give how many rows and columns a sheet has up to its last cell; what it says of itself may be anything."""
    places = pl.Series("place", [xml]).str.extract_all(_PLACE).explode().drop_nulls().str.slice(len(" r='"))
    rows = places.str.strip_chars_start(_ALPHABET).cast(pl.Int64, strict=False).max()
    columns = max(map(column_number, places.str.strip_chars_end(_DIGITS).unique().to_list()), default=0)
    return (rows if isinstance(rows, int) else 0), columns


def column_number(letters: str) -> int:
    """Give a column's number from 1: `A` is 1, `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * len(_ALPHABET) + ord(letter) - ord("A") + 1
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
