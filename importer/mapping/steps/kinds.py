"""The last step of a field: its text becomes a value of its type, by the step that is said or by the field's kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import MappingError
from importer.field import Field, Kind
from importer.mapping.forms import NumberForm
from importer.mapping.steps.lists import json_value, list_value
from importer.mapping.steps.local import is_local, local_value, unfit_local
from importer.mapping.steps.moments import AUTO, Clock, check_format, date_text, datetime_text, rfc3339_text
from importer.mapping.steps.text import Worked, in_table, only

if TYPE_CHECKING:
    from importer.mapping.model import FieldMap

INTEGERS = frozenset({Kind.INTEGER, Kind.MONTH, Kind.YEAR})
_DECIMAL = pl.Decimal(38, 10)
"""Exact, so that no long number changes in silence: 18 digits before the mark and 10 after it."""
_UNSAID, _PLAIN = (NumberForm(decimal=mark, add=0) for mark in (None, "."))
_UNCLEAR = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"
"""One mark before three digits: a thousand or a thousandth, as the export's country has it."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the mapping says around a field."""

    clock: Clock
    """What dates leave open."""
    blank: tuple[str, ...] = ()
    """The cells of `source` that mean nothing."""


def typed(worked: Worked, field: Field, said: FieldMap, around: Around, *, tag: bool) -> Worked:
    """Give a text its type.

    A text field of the contact stays text whatever the step; in a `tag`, `boolean` gives Boolean and `number` Decimal
    of scale 10 (JSON numbers). Kind.BOOLEAN is Boolean, whole kinds are Int64, all else is String. Raises MappingError.
    """
    if said.values is not None:
        worked = in_table(worked, said.values, "enum" if field.kind is Kind.ENUM else "values")
    if field.kind is Kind.ENUM:
        listed = worked.value.is_in(list(field.choices))
        return worked.to_checked(only(listed, worked.value), "enum", listed)
    if field.kind in INTEGERS:
        return _number(worked, said.number or _UNSAID, whole=True)
    if said.boolean is not None or field.kind is Kind.BOOLEAN:
        truth = _boolean(worked, said)
        return truth if tag or field.kind is Kind.BOOLEAN else truth.to(truth.value.cast(pl.String))
    if said.number is not None:
        number = _number(worked, said.number, whole=False)
        return number if tag else number.to(_number_text(number.value))
    return _texted(worked, field, said, around)


def _texted(worked: Worked, field: Field, said: FieldMap, around: Around) -> Worked:
    """Give what stays text: ids, lists, JSON, dates and all that has no type step."""
    if field.kind is Kind.UUID:
        return worked.to(worked.value.str.to_lowercase())
    if is_local(said):
        return local_value(worked, said, around.blank)
    if said.split is not None:
        return list_value(worked, said.split)
    return json_value(worked) if said.parse is not None else _moment(worked, field, said, around.clock)


def constant(text: str, field: Field, said: FieldMap, *, tag: bool) -> pl.Expr:
    """Give a constant or default, which is written as its canonical value already.

    Raises MappingError where it is none: it would make every row wrong.
    """
    if field.kind in INTEGERS or (said.number is not None and tag):
        return _constant_number(text, whole=field.kind in INTEGERS)
    if field.kind is Kind.BOOLEAN or (said.boolean is not None and tag):
        if text not in ("true", "false"):
            raise MappingError("a constant of it is written true or false")
        return pl.lit(text == "true")
    if field.kind is Kind.ENUM and text not in field.choices:
        raise MappingError(f"a constant of it is one of {', '.join(field.choices)}")
    if not text:
        raise MappingError("its constant is empty; leave the field out instead")
    if (why := unfit_local(text, said)) is not None:
        raise MappingError(why)
    if field.kind is Kind.DATE or (said.date is not None and field.kind is not Kind.DATETIME):
        _refuse_unless(date_text(pl.lit(text), ("%Y-%m-%d",), Clock()), "a constant of it is written YYYY-MM-DD")
    if field.kind is Kind.DATETIME or said.datetime is not None:
        _refuse_unless(rfc3339_text(pl.lit(text)), "a constant of it is written like 2026-01-31T10:00:00Z")
    return pl.lit(text.lower() if field.kind is Kind.UUID else text)


def _moment(worked: Worked, field: Field, said: FieldMap, clock: Clock) -> Worked:
    # An order that no column has proven yet, as in examples, reads only what needs none.
    dates = ("%Y-%m-%d",) if said.date == (AUTO,) else said.date
    for kind, formats in (("date", dates), ("datetime", said.datetime)):
        for form in formats or ():
            check_format(form, kind, clock.pivot)
    text = worked.value
    if field.kind is Kind.DATE and said.datetime is not None:
        raise MappingError("it is a date, so its step is `date`; the format may name a time as well, which is left out")
    if said.datetime is not None:
        moment, fits = datetime_text(text, said.datetime, clock)
        return worked.to_checked(moment, "datetime", fits).to_kept("zone", fits & moment.is_null())
    if field.kind is Kind.DATETIME and said.date is not None:
        # A date has no time, so no zone either: it becomes midnight in UTC.
        rule, value = "datetime", date_text(text, dates or (), clock) + pl.lit("T00:00:00Z")
    elif field.kind is Kind.DATE or said.date is not None:
        rule, value = "date", date_text(text, dates or ("%Y-%m-%d",), clock)
    elif field.kind is Kind.DATETIME:
        rule, value = "datetime", rfc3339_text(text)
    else:
        return worked
    return worked.to_checked(value, rule, value.is_not_null())


def _boolean(worked: Worked, said: FieldMap) -> Worked:
    # Small letters are made by Polars on both sides, which differs from Python for a few letters.
    yes, no = (
        pl.Series(words, dtype=pl.String).str.to_lowercase().unique(maintain_order=True).to_list()
        for words in ((said.boolean.yes, said.boolean.no) if said.boolean else (("true",), ("false",)))
    )
    if set(yes) & set(no):
        raise MappingError("one word of its boolean means both yes and no")
    word = worked.value.str.to_lowercase()
    truth = [True] * len(yes) + [False] * len(no)
    value = word.replace_strict([*yes, *no], truth, default=None, return_dtype=pl.Boolean)
    return worked.to_checked(value, "boolean", value.is_not_null())


def _number(worked: Worked, form: NumberForm, *, whole: bool) -> Worked:
    kind = pl.Int64() if whole else _DECIMAL
    read = partial(_numbers, form=form, whole=whole)
    value = worked.value.map_batches(read, return_dtype=kind, is_elementwise=True)
    return worked.to_checked(value, "number", _is_number(worked.value, form, whole=whole))


def _is_number(text: pl.Expr, form: NumberForm, *, whole: bool) -> pl.Expr:
    mark, group = (",", r"\.") if form.decimal == "," else (r"\.", ",")
    digits = rf"(?:[0-9]{{1,18}}|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}}){{1,5}})"
    fraction = rf"(?:{mark}{'0' if whole else '[0-9]'}{{1,10}})?"
    fits = text.str.contains(f"^[+-]?{digits}{fraction}$")
    return fits if form.decimal is not None else fits & ~text.str.contains(_UNCLEAR)


def _numbers(texts: pl.Series, form: NumberForm, *, whole: bool) -> pl.Series:
    """Read texts as numbers, null where they are none; step by step, since Polars works out each use of a part anew."""
    mark, group = (",", ".") if form.decimal == "," else (".", ",")
    frame = texts.alias("text").to_frame()
    frame = frame.select(only(_is_number(pl.col("text"), form, whole=whole), pl.col("text")))
    plain = frame.to_series().str.replace_all(group, "", literal=True).str.strip_prefix("+")
    if whole:
        number = plain.str.replace(rf"\{mark}0+$", "").cast(pl.Int64, strict=False) + form.add
    else:
        number = plain.str.replace(",", ".", literal=True).cast(_DECIMAL, strict=False)
        number = (
            number if not form.add else (number + pl.select(pl.lit(form.add).cast(_DECIMAL)).to_series()).cast(_DECIMAL)
        )
    return number.alias(texts.name)


def _number_text(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _constant_number(text: str, *, whole: bool) -> pl.Expr:
    number = _number(Worked(pl.lit(text)), _PLAIN, whole=whole).value
    _refuse_unless(number, f"a constant of it is a {'whole ' if whole else ''}number such as 12")
    return pl.lit(pl.select(number).item(), pl.Int64 if whole else _DECIMAL)


def _refuse_unless(value: pl.Expr, sentence: str) -> None:
    if pl.select(value).item() is None:
        raise MappingError(sentence)
