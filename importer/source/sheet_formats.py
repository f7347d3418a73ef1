"""Which styles of a workbook show a number with zeros in front, as postal codes and customer numbers often are.

So `123` under the format `00000` is read as `00123`, as the sheet shows it and as a CSV saved from it holds it. The
parts and attributes stand in ECMA-376 part 1: 18.8.30 and 18.8.31 (number formats), 18.8.10 (the styles of cells).
"""

from __future__ import annotations

import html
import re

from importer.source.sheet_xml import attribute

STYLES = "xl/styles.xml"
LEAST = 2
"""Zeros from which on a format puts some in front: `0` is any number."""
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s[^>]*>")
_OF_CELLS = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(r"<(?:\w+:)?xf\b[^>]*>")
_SAID = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""What a format shows as it stands, leaves room for, repeats, and colours or conditions."""
_ZEROS = re.compile(r"[0#() +-]+")


def find_padded(styles: str) -> dict[str, int]:
    """Give the styles, by the number cells name them by, whose format shows at least so many digits; from 2 on."""
    formats = _FORMAT.findall(styles)
    widths = {attribute(tag, "numFmtId"): _width(html.unescape(attribute(tag, "formatCode"))) for tag in formats}
    cells = _OF_CELLS.search(styles)
    found = enumerate(_STYLE.findall(cells.group()) if cells else ())
    named = {str(number): widths.get(attribute(tag, "numFmtId"), 0) for number, tag in found}
    return {number: width for number, width in named.items() if width >= LEAST}


def _width(code: str) -> int:
    """Give how many digits a format always shows; 0 where it shows more than whole numbers, dates among them."""
    shown = _SAID.sub("", code).partition(";")[0]
    return shown.count("0") if _ZEROS.fullmatch(shown) else 0
