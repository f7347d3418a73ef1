"""Tables of values that lie beside a mapping: `values: {file: table.csv}`.

The file is UTF-8, begins with the line `cell,value` (or `cell;value`, as spreadsheets in Spanish write it), and has two
cells in each line after it: what the export holds, and what it means.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from importer.mapping.fault import Fault, Positions, Steps, plain, spell
from importer.mapping.read.document import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.mapping.read.document import Data

HEADER = ("cell", "value")
MOST_LINES = 50_000


def read_tables(path: Path, said: dict[str, Data], positions: Positions) -> list[Fault]:
    """Put the content of each table in the place of its file's name, and give what is wrong with them."""
    faults: list[Fault] = []
    for steps, holder in list(_holders(said.get("contact"), ("contact",))):
        name = holder["values"]["file"]
        at = positions.value((*steps, "values", "file"))
        table, wrong = _table(path.parent / name)
        faults += [Fault(at, spell((*steps, "values")), f"{plain(name)}: {what}") for what in wrong]
        holder["values"] = table or {"": ""}
    return faults


def _holders(data: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:  # noqa: ANN401  # YAML can be anything
    """Give the fields whose `values` is a file and nothing else."""
    if isinstance(data, dict):
        table = data.get("values")
        if isinstance(table, dict) and list(table) == ["file"] and _is_csv(table["file"]):
            yield steps, data
        inner: Any = data.items()
    else:
        inner = enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from _holders(value, (*steps, key))


def _is_csv(name: Any) -> bool:  # noqa: ANN401  # YAML can be anything
    return isinstance(name, str) and name.lower().endswith(".csv")


def _table(path: Path) -> tuple[dict[str, str], list[str]]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            return {}, ["the table is larger than 1 MiB"]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return {}, [f"the table can't be read: {error.strerror}; its name is relative to the mapping"]
    except UnicodeDecodeError:
        return {}, ["the table is not UTF-8; save it as CSV UTF-8"]
    mark = ";" if text.startswith(";".join(HEADER)) else ","
    try:
        lines = [
            (reader.line_num, cells)
            for reader in [csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)]
            for cells in reader
        ]
    except csv.Error:
        return {}, ["a quote is not closed, or stands where none may"]
    return _entries(lines)


def _entries(lines: list[tuple[int, list[str]]]) -> tuple[dict[str, str], list[str]]:
    if not lines or tuple(lines[0][1]) != HEADER:
        return {}, [f"its first line must be {','.join(HEADER)}"]
    if len(lines) > MOST_LINES:
        return {}, [f"more than {MOST_LINES:,} lines"]
    table: dict[str, str] = {}
    faults = []
    for number, cells in lines[1:]:
        if len(cells) == len(HEADER):
            if cells[0] in table:
                faults.append(f"line {number} says again what an earlier line says; keep one")
            table[cells[0]] = cells[1]
        elif cells:
            faults.append(f"line {number} has {len(cells)} cells; two are meant")
    return table, faults
