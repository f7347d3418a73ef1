"""The steps that work on a field's text, as Polars expressions: from the cells to the text that becomes a type.

A blank text is null. A step that fails gives null and leaves a named failure, so that later steps see a blank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.mapping.places import columns_of
from importer.mapping.steps.cell import cells_of
from importer.mapping.steps.sql import sql_expression

if TYPE_CHECKING:
    from importer.mapping.model import FieldMap

PARTICLES = ("Da", "Das", "De", "Del", "Den", "Der", "Di", "Do", "Dos", "E", "La", "Las", "Los", "Van", "Von", "Y")
"""Words that stay small inside a name."""

NOTHING = pl.lit("").str.extract("(x)", 1)
"""Null, as String. Not written as None: a part of an expression that holds a null literal equals no other, so Polars
would work it out again wherever it is used, which makes a date ten times as dear."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A field under way: its value so far, null where blank or failed, and the rules it can break."""

    value: pl.Expr
    failures: tuple[tuple[str, pl.Expr], ...] = ()

    def to(self, value: pl.Expr) -> Worked:
        """Go on with another value."""
        return replace(self, value=value)

    def to_checked(self, value: pl.Expr, rule: str, fits: pl.Expr) -> Worked:
        """Go on with another value, null where not `fits`; a filled one that does not fit breaks `rule`."""
        failed = self.value.is_not_null() & ~fits.fill_null(value=False)
        return Worked(value, (*self.failures, (rule, failed)))

    def to_kept(self, rule: str, failed: pl.Expr) -> Worked:
        """Go on with the same value, which is null wherever `rule` is broken."""
        return replace(self, failures=(*self.failures, (rule, failed)))


def only(where: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Give the text where the condition holds, else null."""
    return pl.when(where).then(text).otherwise(NOTHING)


def first_of(texts: list[pl.Expr]) -> pl.Expr:
    """Give the first text that is not null."""
    return pl.coalesce(texts) if len(texts) > 1 else texts[0]


def text_of(said: FieldMap, blank: tuple[str, ...]) -> Worked:
    """Give a field's text after origin, trim, blank, strip, fold, replace, match, case and pad.

    `said` is taken from columns, `blank` are the mapping's own words for nothing. The result's value is String.
    Raises MappingError for a pattern that is no regular expression with one group, and for SQL that is refused.
    """
    worked = Worked(_origin(said, (*blank, *said.blank)))
    if said.strip is not None:
        worked = worked.to(_trimmed(worked.value.str.strip_chars(said.strip), said))
    if said.fold:
        worked = worked.to(worked.value.str.replace_all(r"\s+", " "))
    if said.replace:
        replaced = worked.value.str.replace_many(list(said.replace), list(said.replace.values()), leftmost=True)
        worked = worked.to(_trimmed(replaced, said))
    if said.match is not None:
        worked = _match(worked, said)
    if said.case is not None:
        worked = worked.to(_cased(worked.value, said.case))
    if said.pad is not None:
        text = worked.value
        worked = worked.to(pl.when(text.str.contains("^[0-9]+$")).then(text.str.zfill(said.pad)).otherwise(text))
    return worked


def in_table(worked: Worked, table: dict[str, str], rule: str) -> Worked:
    """Put for each text what the table says; a filled text that is not listed breaks `rule`."""
    listed = worked.value.is_in(list(table))
    found = worked.value.replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)
    worked = worked.to_checked(found, rule, listed)
    return worked.to(_filled(worked.value)) if "" in table.values() else worked


def filled_cell(column: str, blank: tuple[str, ...]) -> pl.Expr:
    """Give a column's cells, trimmed; null where blank."""
    return _filled(cells_of(column).str.strip_chars(NOTHING), blank)


def _origin(said: FieldMap, blank: tuple[str, ...]) -> pl.Expr:
    if said.sql is not None:
        return _trimmed(sql_expression(said.sql), said, blank)
    cells = [_trimmed(cells_of(column), said, blank) for column in columns_of(said)]
    if said.join is None:
        return first_of(cells)
    return _trimmed(pl.concat_str(cells, separator=said.join, ignore_nulls=True), said, blank)


def _trimmed(text: pl.Expr, said: FieldMap, blank: tuple[str, ...] = ()) -> pl.Expr:
    # Again after each step that can bare a blank: `Ana ` and `Ana` as a key would be two customers.
    return _filled(text.str.strip_chars(NOTHING) if said.trim else text, blank)


def _filled(text: pl.Expr, blank: tuple[str, ...] = ()) -> pl.Expr:
    return only(~text.is_in(["", *blank]) if blank else text != "", text)


def _match(worked: Worked, said: FieldMap) -> Worked:
    pattern = said.match or ""
    try:
        groups = pl.Series([""]).str.extract_groups(pattern).struct.fields
    except pl.exceptions.ComputeError:
        raise MappingError("its match is no regular expression (Rust syntax: no look-around, no references)") from None
    if len(groups) != 1:
        raise MappingError(f"its match has {len(groups)} groups; put ( ) around the one part to keep, (?: ) elsewhere")
    kept = worked.value.str.extract(pattern, 1)
    # Null also where the pattern fits and its group takes no part in it: the cell would be lost untold.
    worked = worked.to_checked(kept, "match", kept.is_not_null())
    return worked.to(_trimmed(worked.value, said))


def _cased(text: pl.Expr, case: str) -> pl.Expr:
    if case == "lower":
        return text.str.to_lowercase()
    if case == "upper":
        return text.str.to_uppercase()
    titled = text.map_batches(_composed, return_dtype=pl.String, is_elementwise=True).str.to_titlecase()
    large, small = ([f" {form(word)} " for word in PARTICLES] for form in (str, str.lower))
    # Twice, since two neighbours share a blank and matches can't overlap.
    return titled.str.replace_many(large, small).str.replace_many(large, small)


def _composed(texts: pl.Series) -> pl.Series:
    """Join letters with their accents: one that stands alone would look like the end of a word. It is rare and dear."""
    return texts.str.normalize("NFC") if texts.str.contains(r"\p{M}").any() else texts
