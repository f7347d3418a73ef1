"""Typed values as text, as an ISO-minded CSV export would have written them, at every depth alike.

Dates are `YYYY-MM-DD`, moments `YYYY-MM-DDTHH:MM:SS[.ffffff]` with `Z` or an offset when zoned (finer digits are cut),
booleans `true` and `false`, categories their text, nested values JSON. A whole float reads as the integer an export
meant (12.0 is `12`), any other in its shortest form; NaN is blank, since dataframe libraries write a missing number so.
"""

from __future__ import annotations

import polars as pl

WHOLE_FLOAT = 2**53
"""Beyond it a float no longer holds every integer, so its digits would be made up."""
FORMS: dict[object, str] = {pl.Date: "%Y-%m-%d", pl.Time: "%H:%M:%S%.f", pl.Duration: "iso"}
UTC = ("UTC", "Etc/UTC", "Zulu", "+00:00")


def as_text(kind: pl.DataType, value: pl.Expr) -> pl.Expr:
    """Give a value of that type as String; what is nested as JSON text, its inner values written by the same forms."""
    if not kind.is_nested():
        return _scalar(kind, value)
    wrapped = pl.struct(v=_nested(kind, value)).struct.json_encode()
    return pl.when(value.is_not_null()).then(wrapped.str.strip_prefix('{"v":').str.strip_suffix("}"))


def _nested(kind: pl.DataType, value: pl.Expr) -> pl.Expr:
    """Give a value that JSON writes in our forms: integers and booleans as they are, all others as String."""
    if isinstance(kind, pl.Array):
        kind, value = pl.List(kind.inner), value.arr.to_list()
    if isinstance(kind, pl.List):
        inner = kind.inner if isinstance(kind.inner, pl.DataType) else kind.inner()
        return value.list.eval(_nested(inner, pl.element()))
    if isinstance(kind, pl.Struct):
        fields = [
            _nested(field.dtype if isinstance(field.dtype, pl.DataType) else field.dtype(), value.struct[position])
            .alias(field.name)
            for position, field in enumerate(kind.fields)
        ]  # fmt: skip
        return pl.when(value.is_not_null()).then(pl.struct(fields)) if fields else value
    return value if kind.is_integer() or kind == pl.Boolean else _scalar(kind, value)


def _scalar(kind: pl.DataType, value: pl.Expr) -> pl.Expr:
    if kind.is_float():
        whole = (value == value.floor()) & (value.abs() < WHOLE_FLOAT)
        digits = value.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(value.is_nan()).then(None).when(whole).then(digits).otherwise(value.cast(pl.String))
    if isinstance(kind, pl.Datetime):
        zone = "Z" if kind.time_zone in UTC else "%:z" if kind.time_zone else ""
        return value.dt.cast_time_unit("us").dt.to_string(f"%Y-%m-%dT%H:%M:%S%.f{zone}")
    if kind.is_temporal():
        return value.dt.to_string(FORMS[kind.base_type()])
    return value.cast(pl.String)
