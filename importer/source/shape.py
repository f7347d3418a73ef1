"""What a well-formed record looks like, as regular expressions that run in linear time, and as counts."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

FIELDS_IN_A_PATTERN = 1000  # the regex crate refuses a compiled pattern beyond 10 MiB; 2,000 fields still fit


@dataclass(frozen=True)
class Dialect:
    """How the records of one file are written. `fields` is the header's count; `eol` is LF (CRLF included) or CR."""

    delimiter: str
    quote: str
    fields: int
    eol: str = "\n"

    @cached_property
    def _field(self) -> str:
        return f"(?:[^{self._quote}{self._delimiter}]*|(?:{self._pair})+)"

    @property
    def _pair(self) -> str:
        return f"{self._quote}[^{self._quote}]*{self._quote}"

    @property
    def _quote(self) -> str:
        return f"\\x{ord(self.quote):02x}"

    @property
    def _delimiter(self) -> str:
        return f"\\x{ord(self.delimiter):02x}"

    def is_well_formed(self, text: pl.Expr) -> pl.Expr:
        """Whether every quote of a record opens, closes or is doubled inside a quoted field (RFC 4180)."""
        return text.str.contains(f"^{self._field}(?:{self._delimiter}{self._field})*\r?$")

    def is_whole(self, text: pl.Expr) -> pl.Expr:
        """Whether a record is well-formed and has as many fields as the header."""
        if self.eol == "\r":  # an LF in front is the rest of a CRLF
            return self._has_all(text) & ~text.str.starts_with("\n")
        return self._has_all(text)

    def _has_all(self, text: pl.Expr) -> pl.Expr:
        if self.fields > FIELDS_IN_A_PATTERN:
            return self.is_well_formed(text) & (self.count_fields(text) == self.fields)
        return text.str.contains(f"^{self._field}(?:{self._delimiter}{self._field}){{{self.fields - 1}}}\r?$")

    def opens(self, text: pl.Expr, *, besides: str = "") -> pl.Expr:
        """Whether a line with an odd number of quotes is the beginning of a well-formed record.

        With `besides`, a line end, also where whole records that end so stand before it.
        """
        begun = f"(?:{self._pair})*{self._quote}[^{self._quote}]*"
        mark = f"[{self._delimiter}{besides}]"
        return text.str.contains(
            f"^(?:(?:[^{self._quote}{self._delimiter}{besides}]*|(?:{self._pair})+){mark})*{begun}$"
        )

    def between(self, mark: str) -> str:
        """Give the pattern of what stands between characters of one kind outside quotes; the quotes are even."""
        return f"(?:[^{self._quote}{mark}]|{self._pair})+"

    def count_quotes(self, text: pl.Expr) -> pl.Expr:
        """How many quotes a text holds, doubled ones counted twice."""
        return text.str.count_matches(self.quote, literal=True)

    def count_fields(self, text: pl.Expr) -> pl.Expr:
        """How many fields a well-formed record has."""
        marks = text.str.count_matches(f"{self._pair}|{self._delimiter}")
        return marks - self.count_quotes(text) // 2 + 1
