"""What a mapping makes of a column: an expression for the value and named expressions for each way it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    import polars as pl

    from importer.field import Field


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a row can be wrong: a stable code `place|rule` and where it is so.

    `when` is a Boolean expression; null counts as False. It never raises, whatever the cells hold.
    """

    code: str
    when: pl.Expr


@dataclass(frozen=True, slots=True)
class Limits:
    """What a mapping asks of a value besides its field's own rules; nothing when left as it is."""

    pattern: str | None = None
    """A regular expression that the whole text fits."""
    one_of: tuple[str, ...] = ()
    least: Decimal | str | None = None
    """A number, or a date as `YYYY-MM-DD`, or `today`; date-times are compared by their date."""
    most: Decimal | str | None = None
    shortest: int | None = None
    """In characters."""
    longest: int | None = None


NO_LIMITS = Limits()


def given_column(place: str) -> str:
    """Give the name of the Boolean column that tells where a value with a default came from its own cell."""
    return f"{place}|given"


@dataclass(frozen=True, slots=True)
class Value:
    """One mapped field.

    `expr`, over the source's columns (all String), gives the canonical value: String, or Boolean for Kind.BOOLEAN and
    `boolean:` steps, or Int64 for integers, months, years and `number:` steps with whole results. It is null where the
    cell is blank and where any of `failures` holds.
    """

    place: str
    """`email`, `addresses[1].city` (items counted from 0 as in the mapping), `tags.tier`."""
    field: Field
    expr: pl.Expr
    failures: tuple[Failure, ...]
    cells: tuple[str, ...]
    """The source columns it is taken from; empty for a constant."""
    reads: tuple[str, ...]
    """All source columns that `expr` and `failures` look at: `cells`, and those that decide on an item, a country, a
    kind of document or a default."""
    on_bad: Literal["reject", "drop"] = "reject"
    required: bool = False
    given: pl.Expr | None = None
    """Whether the cell itself gave it and not its default; None where it has no default, or is in no item."""
    constant: bool = False
    """A constant (or a default) alone does not make an item of addresses, billing_info or payments filled."""
    limits: Limits = NO_LIMITS
    unique: bool = False
    """No two rows of the run may have the same."""
    form: Literal["text", "json", "members"] = "text"
    """`json`: the text is JSON already; `members`: it is members of the tags, `"a":true,"b":true`."""
    on_blank: Literal["keep", "clear"] = "keep"
    """An update leaves a blank out, or sends null for it."""
    write: Literal["always", "if_blank", "create_only"] = "always"
    """Whether an update carries it. `if_blank`: where the server's last answer has none; not while none is known."""
