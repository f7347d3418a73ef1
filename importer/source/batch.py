"""What goes into the room and what comes out of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl


@dataclass(frozen=True, slots=True)
class Declared:
    """What the mapping says of its source; whatever is None is detected."""

    encoding: str | None = None
    delimiter: str | None = None
    """One character; the word `tab` is understood."""
    quote: str = '"'
    skip_lines: int | None = None
    """Physical lines above the header."""
    sheet: str | None = None
    """Of a workbook; the first when left out."""


@dataclass(frozen=True, slots=True)
class BatchRef:
    """Where a batch lies, so that it can be read again."""

    part: int
    """Number of the batch over all sources, from 0."""
    source: int
    """Index of the source, from 0."""
    offset: int
    """Bytes into the file as it is stored; for Parquet a share of the file, for progress only."""
    length: int
    """Bytes; the lengths of a source add up to its size without its header."""
    first_row: int
    first_line: int
    rows: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of one source, in their order.

    `cells` holds the columns of `Sources.columns`, all String; null or "" is blank. A record of wrong shape has all
    nulls. `meta` is as high: `row` Int64, `line` Int64, `shape` String (null, or why the shape is wrong), `raw` String
    (null, or the text of a record whose shape is wrong, without its line end).
    """

    ref: BatchRef
    cells: "pl.DataFrame"
    meta: "pl.DataFrame"
    stored: int = 0
    """Bytes of the file as it is stored (packed, perhaps) that reading it took, for progress."""


@dataclass(frozen=True, slots=True)
class Described:
    """How a source is read, for showing."""

    kind: Literal["csv", "parquet", "xlsx"]
    encoding: str | None = None
    delimiter: str | None = None
    notes: tuple[str, ...] = ()
    """What was found besides: what was told and not detected, lines above the header, packing, a sheet's name."""

    @property
    def text(self) -> str:
        """All of it in a few words."""
        delimiter = None if self.delimiter is None else f"delimiter {self.delimiter!r}"
        return ", ".join(word for word in (self.kind, self.encoding, delimiter, *self.notes) if word)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a batch holds at most: bytes of a delimited file, and rows (or physical lines)."""

    size: int
    rows: int


class Source(Protocol):
    """One file, whatever its kind."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its header, in its order."""

    @property
    def described(self) -> Described:
        """How it is read."""

    def batches(self, part: int, source: int) -> "Iterator[Batch]":
        """Read it from its beginning; parts are numbered from `part`."""

    def read(self, ref: BatchRef) -> Batch:
        """Read one batch again."""

    def read_rows(self, ref: BatchRef, positions: "pl.Series", lines: "pl.Series") -> "pl.DataFrame":
        """Read the cells of some well-shaped records of a batch again, by their positions in it.

        `lines` holds the physical line of every record of the batch.
        """
