"""One record of a made-up export, the cases that break it, and the writing of delimited text."""

from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass
class Record:
    """The cells of one row and, if it is broken on purpose, the codes an importer must reject it for."""

    cells: dict[str, Any]
    codes: list[str] = field(default_factory=list)
    text: str | None = None
    """The record as it stands in the file, where its very shape is broken."""


@dataclass(frozen=True)
class Case:
    """One way to break a row: the cells put in place of its own, and what that must be rejected for."""

    cells: dict[str, Any]
    codes: tuple[str, ...]


def case(*codes: str, **cells: Any) -> Case:  # noqa: ANN401  # cells of Parquet are of every type
    """Make a case whose columns are plain names."""
    return Case(cells, codes)


def break_rows(records: list[Record], cases: list[Case], rng: Random) -> list[Record]:
    """Break one record for each case, none twice, and give those still whole, in random order."""
    whole = [record for record in records if not record.codes]
    rng.shuffle(whole)
    for fault in cases:
        record = whole.pop()
        record.cells.update(fault.cells)
        record.codes.extend(fault.codes)
    return whole


def repeat_cell(group: list[Record], column: str, forms: tuple[str, ...] = ("{}",)) -> None:
    """Give all records of a group the first one's cell, each written in its own form: one identity, many rows."""
    same = group[0].cells[column]
    for place, record in enumerate(group):
        record.cells[column] = same if isinstance(same, int) else forms[place % len(forms)].format(same)
        record.codes.append("key|duplicate")


def delimited(cells: list[str], delimiter: str, *, quote_all: bool = False) -> str:
    """Write one record without its line end; a cell is quoted where it must be."""
    special = (delimiter, '"', "\r", "\n")
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if quote_all or any(sign in cell for sign in special) else cell
        for cell in cells
    )


def broken(records: list[Record]) -> dict[str, list[str]]:
    """Say which rows are broken: row (records from 1) to its codes, sorted."""
    return {str(row): sorted(set(record.codes)) for row, record in enumerate(records, 1) if record.codes}
