"""Tables of values that lie beside a mapping: `values: {file: table.csv}`.

The file is UTF-8, begins with the line `cell,value` (or `cell;value`, as spreadsheets in Spanish write it), and has two
cells in each line after it: what the export holds, and what it means.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.mapping.fault import Fault, Positions, Steps, plain, spell
from importer.mapping.read.document import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.mapping.read.document import Data

HEADER = ("cell", "value")
MOST_LINES = 50_000
_ENDING = re.compile(r"\S\.[A-Za-z][A-Za-z0-9]{1,4}$")


def read_tables(path: Path, said: dict[str, Data], positions: Positions) -> list[Fault]:
    """Put the content of each table in the place of its file's name, and give what is wrong with them."""
    faults: list[Fault] = []
    for steps, holder in list(_holders(said.get("contact"), ("contact",))):
        name = holder["values"]["file"]
        inner = (*steps, "values")
        at = positions.value((*inner, "file"))
        if not name.lower().endswith(".csv"):
            what = "a table's name ends with .csv; to translate the word `file` itself, list another word beside it"
            faults.append(Fault(at, spell(inner), what))
            continue
        file = path.parent / name
        table, wrong = _table(file)
        # What the table gives is judged later, like one that stands in the mapping: there, by its line.
        lines = {(*inner, cell): (line, 1, str(file)) for cell, (line, _) in table.items()}
        positions.keys.update(lines)
        positions.values.update(lines)
        faults += [
            Fault((line, 1, str(file)), spell(inner), what)
            if line
            else Fault(at, spell(inner), f"{plain(name)}: {what}")
            for line, what in wrong
        ]
        holder["values"] = {cell: value for cell, (_, value) in table.items()} or {"": ""}
    return faults


def _holders(data: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:  # noqa: ANN401  # YAML can be anything
    """Give the fields whose `values` is a file and nothing else."""
    if isinstance(data, dict):
        table = data.get("values")
        if isinstance(table, dict) and list(table) == ["file"] and _names_file(table["file"]):
            yield steps, data
        inner: Any = data.items()
    else:
        inner = enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from _holders(value, (*steps, key))


def _names_file(said: Any) -> bool:  # noqa: ANN401  # YAML can be anything
    """Tell whether this is meant as the name of a file, rightly ended or not, and not as what the cell `file` means."""
    return isinstance(said, str) and ("/" in said or _ENDING.search(said) is not None)


_Table: TypeAlias = dict[str, tuple[int, str]]
"""By its cell: the line an entry stands in, and what it means."""
_Wrong: TypeAlias = list[tuple[int, str]]
"""Lines of a table, 0 for the whole, and what is wrong with them."""


def _table(path: Path) -> tuple[_Table, _Wrong]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            return {}, [(0, "the table is larger than 1 MiB")]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return {}, [(0, f"the table can't be read: {error.strerror}; its name is relative to the mapping")]
    except UnicodeDecodeError:
        return {}, [(0, "the table is not UTF-8; save it as CSV UTF-8")]
    except ValueError:  # a NUL in its name
        return {}, [(0, "no file can have this name")]
    mark = ";" if text.startswith(";".join(HEADER)) else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error:
        return {}, [(reader.line_num, "a quote is not closed, or stands where none may")]
    return _entries(lines)


def _entries(lines: list[tuple[int, list[str]]]) -> tuple[_Table, _Wrong]:
    if not lines or tuple(lines[0][1]) != HEADER:
        return {}, [(1, f"its first line must be {','.join(HEADER)}")]
    if len(lines) > MOST_LINES:
        return {}, [(MOST_LINES, f"more than {MOST_LINES:,} lines")]
    table: _Table = {}
    faults: _Wrong = []
    for number, cells in lines[1:]:
        if len(cells) == len(HEADER):
            if cells[0] in table:
                faults.append((number, f"it says again what line {table[cells[0]][0]} says; keep one"))
            else:
                table[cells[0]] = (number, cells[1])
        elif cells:
            faults.append((number, f"{len(cells)} cells; two are meant"))
    if not table and not faults:
        faults.append((1, "the table has no entry; list what the cells hold and what it means"))
    return table, faults
