"""Which character parts the columns, and on which line the header stands, from a file's first records."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIMITERS = (",", ";", "\t", "|")
MOSTLY = 0.5
"""Share of the records below that must have as many columns as a header under a preamble."""
NARROW = 2
WIDE = 4
HALF = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """How one delimiter would read the first records."""

    delimiter: str
    header: int
    """Position of the header among the records; those above are a preamble."""
    columns: int
    agree: int
    """Records below the header that have as many columns."""
    below: int

    @property
    def fits(self) -> bool:
        """Whether all records below have the header's columns, and those are several."""
        return self.columns > 1 and self.agree == self.below


def lay_out(records: Sequence[str], delimiter: str, quote: str, *, preamble: bool) -> Layout:
    """Count columns under one delimiter; with `preamble` the header may stand below lines of another kind."""
    counts = [count(record, delimiter, quote) for record in records]
    header = _find_header(records, counts, delimiter, quote) if preamble else 0
    below = counts[header + 1 :]
    return Layout(delimiter, header, counts[header], below.count(counts[header]), len(below))


def find_layout(name: str, records: Sequence[str], quote: str, *, preamble: bool) -> Layout:
    """Find the delimiter by which most records have the header's columns.

    Raises SourceError when two delimiters fit every record with the same number of columns.
    """
    layouts = [lay_out(records, delimiter, quote, preamble=preamble) for delimiter in DELIMITERS]
    best = max(layouts, key=lambda one: (one.columns > 1, one.agree / max(one.below, 1), one.columns))
    equal = [one.delimiter for one in layouts if one.fits and one.columns == best.columns]
    if best.fits and len(equal) > 1:
        raise SourceError(
            f"{name}: {' and '.join(f'`{show(one)}`' for one in equal)} give {best.columns} columns in every line. "
            f'Say which it is in the mapping (`source: {{delimiter: "{show(equal[0])}"}}`).'
        )
    return best


def check_declared(name: str, layout: Layout, records: Sequence[str], quote: str) -> None:
    """Raise SourceError when most records don't fit the declared delimiter and all fit another, with more columns."""
    if layout.columns == 1 or layout.agree * HALF >= layout.below:
        return
    for other in DELIMITERS:
        found = lay_out(records[layout.header :], other, quote, preamble=False)
        if other != layout.delimiter and found.fits and found.columns > layout.columns:
            raise SourceError(
                f"{name}: {layout.columns} columns found with `{show(layout.delimiter)}`, which few lines have; "
                f"`{show(other)}` gives {found.columns} in every line. "
                f'Say `source: {{delimiter: "{show(other)}"}}` in the mapping.'
            )


def explain_missing_delimiter(name: str, header: str, body: Sequence[str], delimiter: str, quote: str) -> None:
    """Raise SourceError when a header of one column would have clearly more under another delimiter."""
    counts = {other: count(header, other, quote) for other in DELIMITERS if other != delimiter}
    best = max(counts, key=lambda other: (counts[other], -DELIMITERS.index(other)))
    agree = bool(body) and all(count(line, best, quote) == counts[best] for line in body)
    if counts[best] > 2 or (counts[best] == 2 and agree):  # noqa: PLR2004  # two columns may be a comma in a name
        raise SourceError(
            f"{name}: 1 column found with `{show(delimiter)}`; `{show(best)}` would give {counts[best]}. "
            f'Say `source: {{delimiter: "{show(best)}"}}` in the mapping.'
        )


def count(line: str, delimiter: str, quote: str) -> int:
    """Count the fields of a record."""
    return sum(part.count(delimiter) for part in line.split(quote)[::2]) + 1


def show(delimiter: str) -> str:
    """Give a delimiter as it is written in a mapping."""
    return "tab" if delimiter == "\t" else delimiter


def _find_header(records: Sequence[str], counts: Sequence[int], delimiter: str, quote: str) -> int:
    """Give the position of the header: 0, unless lines of another kind stand above what looks like one.

    Above it, each line must have fewer columns, or be padded to as many and read like a title, and at most one filled
    (two where the table is wide); from it on, most records must have as many columns, with names that are filled,
    different and no numbers.
    """
    usual, _ = Counter(counts[1:]).most_common(1)[0] if len(counts) > 1 else (1, 0)
    for position, record in enumerate(records[:-1]):
        if counts[position] == usual > 1 and _is_header(_cells(record, delimiter, quote)):
            above = records[:position]
            below = counts[position + 1 :]
            proven = below.count(usual) >= MOSTLY * len(below)
            sentence = usual > NARROW or not above or any(" " in line.strip() for line in above)
            return position if proven and sentence else 0
        cells = _cells(record, delimiter, quote)
        filled = sum(map(bool, cells))
        if counts[position] > usual or filled > (NARROW if usual >= WIDE else 1):
            return 0
        if counts[position] == usual and filled and not _is_padded(cells, filled):
            return 0
    return 0


def _is_padded(cells: Sequence[str], filled: int) -> bool:
    """Tell a title with blank cells after it from a header in which names are missing."""
    words = cells[:filled]
    return all(words) and any(re.search(r"[\s:]|^\d", word) for word in words)


def _is_header(cells: Sequence[str]) -> bool:
    names = all(cell and "@" not in cell and not cell[:1].isdigit() for cell in cells)
    return names and len(set(cells)) == len(cells)


def _cells(record: str, delimiter: str, quote: str) -> list[str]:
    """Give the cells roughly: good enough to tell filled ones and names."""
    cells, inside = [""], False
    for part in record.split(quote):
        first, *rest = [part] if inside else part.split(delimiter)
        cells[-1] += first
        cells += rest
        inside = not inside
    return [cell.strip() for cell in cells]
