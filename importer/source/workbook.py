"""A sheet of an Excel workbook, as text: what was typed as text stays as it is, zeros in front included.

Numbers are as they are stored, to the 15 digits that Excel keeps; dates `YYYY-MM-DD`, moments `YYYY-MM-DDTHH:MM:SS`,
times `HH:MM:SS`; an error is its text (`#N/A`). The whole sheet is held in memory: at most 1,048,576 rows.
"""

from __future__ import annotations

import importlib
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import NoInputError, SourceError
from importer.source.archive import check_sizes
from importer.source.batch import Batch, BatchRef, Described, Limits
from importer.source.header import check_columns
from importer.source.sheet_cells import place_unlike, read_unlike
from importer.source.sheet_xml import extent, find_sheet, list_sheets, read_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.batch import Declared
    from importer.source.original import File, Original

RATIO, HARMLESS = 200, 256 << 20
CELLS, HARMLESS_CELLS = 20, 20_000_000
"""Cells that a sheet may reach over: for each byte of the file, and in any case. All are held, blank ones too."""
HEAD = 60
"""Rows in which the header is looked for."""
WIDE = 4
DATE = r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$"
LONG_FRACTION = r"^-?\d+\.\d+$"
DIGITS = 15
CELL = pl.all()
_DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError)
"""What a damaged archive ends in: the last three where a part seems packed or encrypted in another way."""
_DAMAGED = "can't be read as a workbook; it may be damaged, or protected by a password. Save it again."


@dataclass(frozen=True, slots=True)
class Workbook:
    """One sheet of a workbook."""

    original: File
    sheet: str
    cells: pl.DataFrame
    lines: pl.Series
    limits: Limits
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its header."""
        return tuple(self.cells.columns)

    @property
    def described(self) -> Described:
        """How it is read."""
        return Described("xlsx", notes=(f"sheet {self.sheet!r}", *self.notes))

    def batches(self, part: int, source: int) -> Iterator[Batch]:
        """Give its rows from the first. Raises SourceError when the file changes meanwhile."""
        rows, size = self.cells.height, self.original.size
        for number, first in enumerate(range(0, rows, self.limits.rows)):
            count = min(self.limits.rows, rows - first)
            offset = size * first // rows
            length = size * (first + count) // rows - offset
            yield self.read(BatchRef(part + number, source, offset, length, first + 1, self.lines[first], count))

    def read(self, ref: BatchRef) -> Batch:
        """Give one batch. Raises SourceError when the file changed."""
        self.original.check()
        rows = pl.int_range(ref.first_row, ref.first_row + ref.rows, dtype=pl.Int64, eager=True)
        none = pl.lit(None, pl.String)
        meta = pl.select(row=rows, line=self.lines.slice(ref.first_row - 1, ref.rows), shape=none, raw=none)
        return Batch(ref, self.cells.slice(ref.first_row - 1, ref.rows), meta, ref.length)

    def read_rows(self, ref: BatchRef, positions: pl.Series, lines: pl.Series) -> pl.DataFrame:  # noqa: ARG002  # lines are a text file's
        """Give some rows of a batch. Raises SourceError when the file changed."""
        return self.read(ref).cells[positions]


def is_workbook(original: Original) -> bool:
    """Whether a zip archive is a workbook. Raises SourceError when it is damaged, or too much for its size."""
    try:
        with original.open() as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise SourceError(f"{original.name} is a damaged or cut zip archive or workbook. Save it again.") from None
    if sum(member.file_size for member in members) > max(HARMLESS, RATIO * (original.size or 0)):
        raise SourceError(
            f"{original.name} unpacks to more than {RATIO} times its size. Save it as CSV if it is meant so."
        )
    if not any(member.filename == "xl/workbook.xml" for member in members):
        return False
    try:
        with original.open() as file:
            check_sizes(file, members)
    except _DAMAGE:
        raise SourceError(f"{original.name} {_DAMAGED}") from None
    return True


def open_workbook(original: File, declared: Declared, limits: Limits) -> Workbook:
    """Read a sheet: the one the mapping names, else the first.

    Raises SourceError when what reads workbooks is not installed, there is no such sheet or its header can't be used,
    NoInputError when it is empty.
    """
    shown, hidden = _sheets(original)
    given = [*shown, *hidden]
    sheet = declared.sheet or next(iter(given), None)
    if sheet is None or (given and sheet not in given):
        named = "of cells" if sheet is None else repr(sheet)
        raise SourceError(f"{original.name} has no sheet {named}; it has {', '.join(given) or 'none'}.")
    others = [f"{name!r}" for name in given if name != sheet]
    grid, doubt = _load(original, sheet)
    lines = pl.int_range(1, grid.height + 1, dtype=pl.Int64, eager=True)
    filled = grid.select(pl.sum_horizontal(CELL.fill_null("") != "")).to_series() if grid.width else lines.head(0)
    top = _find_header(filled.to_list(), declared.skip_lines)
    if top is None:
        more = f" Say another in the mapping (`source: {{sheet: ...}}`): {', '.join(others)}." if others else ""
        raise NoInputError(f"{original.name}: sheet {sheet!r} has no header.{more}")
    used = [series for series in grid.get_columns() if (series.fill_null("") != "").any()]
    names = [series[top] or "" for series in used]
    check_columns(original.name, tuple(names))
    records = (filled > 0) & (lines > top + 1)
    cells = pl.DataFrame([series.alias(name) for series, name in zip(used, names, strict=True)]).filter(records)
    return Workbook(original, sheet, cells, lines.filter(records), limits, (*_notes(sheet, others, hidden), *doubt))


def _notes(sheet: str, others: list[str], hidden: list[str]) -> tuple[str, ...]:
    notes = {f"not read: {', '.join(others)}": bool(others), "a hidden sheet": sheet in hidden}
    return tuple(note for note, holds in notes.items() if holds)


def _sheets(original: File) -> tuple[list[str], list[str]]:
    """Give the names of the sheets that are shown, and of the hidden ones, in the order of the book.

    Raises SourceError when the archive is damaged.
    """
    try:
        with original.open() as file, zipfile.ZipFile(file) as archive:
            sheets = list_sheets(archive)
    except _DAMAGE:
        raise SourceError(f"{original.name} {_DAMAGED}") from None
    return [name for name, shown in sheets if shown], [name for name, shown in sheets if not shown]


def _check_extent(original: File, sheet: str) -> None:
    with original.open() as file, zipfile.ZipFile(file) as archive:
        path = find_sheet(archive, sheet)
        rows, columns = extent(read_part(archive, path)) if path else (0, 0)
    if rows * columns > max(HARMLESS_CELLS, CELLS * original.size):
        raise SourceError(
            f"{original.name}: sheet {sheet!r} reaches over {rows:,} rows and {columns:,} columns, nearly all of them "
            "blank: a cell stands far away from the others. Delete the rows and columns beyond the table, or save the "
            "sheet as CSV (UTF-8)."
        )


def _load(original: File, sheet: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Give a sheet's cells as text, and what is unsure of them. Raises SourceError when it can't be read truly."""
    try:
        fastexcel: Any = importlib.import_module("fastexcel")
    except ImportError:
        raise SourceError(
            f"{original.name} is a workbook, and what reads those is not installed: "
            "`pip install 'masivo-importer[xlsx]'`, or save it as CSV (UTF-8)."
        ) from None
    try:
        _check_extent(original, sheet)
        with original.open():
            book = fastexcel.read_excel(original.name)
            grid: pl.DataFrame = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
        unlike = read_unlike(original, sheet)
    except (fastexcel.FastExcelError, *_DAMAGE):
        raise SourceError(f"{original.name} {_DAMAGED}") from None
    if unlike.unworked:
        raise SourceError(
            f"{original.name}: {len(unlike.unworked):,} cells of sheet {sheet!r} (the first in row "
            f"{unlike.unworked[0]}) hold a formula without its result, as some programs write them. Open the file in a "
            "spreadsheet and save it."
        )
    texts = grid.select(_as_text(pl.col(column)) for column in grid.columns)
    return place_unlike(original.name, sheet, grid, texts, unlike.texts), _doubts(unlike.long)


def _doubts(long: tuple[int, ...]) -> tuple[str, ...]:
    if not long:
        return ()
    return (
        f"{len(long):,} numbers of more than {DIGITS} digits, of which a spreadsheet keeps {DIGITS} (row {long[0]})",
    )


def _as_text(cell: pl.Expr) -> pl.Expr:
    """Give dates and fractions their form; fractions are cut to the digits that Excel keeps."""
    day, time = cell.str.extract(DATE, 1), cell.str.extract(DATE, 2)
    moment = (
        pl.when(day.is_in(["1899-12-30", "1899-12-31"])).then(time)
        .when(time == "00:00:00").then(day)
        .otherwise(pl.concat_str(day, pl.lit("T"), time))
    )  # fmt: skip
    long = cell.str.contains(LONG_FRACTION) & (cell.str.len_bytes() > DIGITS)
    rounded = cell.cast(pl.Float64, strict=False).round_sig_figs(DIGITS).cast(pl.String).str.strip_suffix(".0")
    return pl.when(day.is_not_null()).then(moment).when(long).then(rounded).otherwise(cell)


def _find_header(filled: list[int], skip: int | None) -> int | None:
    """Give the header's position: the first filled row, or below rows of one or two cells the first of many."""
    first = next((at for at, count in enumerate(filled) if at >= (skip or 0) and count), None)
    if first is None or skip is not None:
        return first
    most = max(filled[first : first + HEAD])
    full = next(at for at in range(first, len(filled)) if filled[at] == most)
    few = 2 if most >= WIDE else 1
    return full if all(count <= few for count in filled[first:full]) else first
