"""What one key of a field may say besides a word: how numbers are written, of which country a phone is, and so on.

Short forms (`phone: CO`, `number: true`) are read into the whole form before it is checked.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic import Field as About

from importer.mapping.words import NO, SEX, YES


def expand_list(value: object) -> object:
    """Take a word for a list of one."""
    return (value,) if isinstance(value, str) else value


OneOrMore = Annotated[tuple[str, ...], About(min_length=1), BeforeValidator(expand_list)]


class Section(BaseModel):
    """What all parts of a mapping share."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BooleanWords(Section):
    """Which words mean yes and which no; compared without regard to case."""

    yes: OneOrMore = About(description="the words for true")
    no: OneOrMore = About(description="the words for false")


def expand_words(value: object) -> object:
    """Take `words` for ours."""
    return {"yes": YES, "no": NO} if value == "words" else value


def expand_table(value: object) -> object:
    """Take `sex` for our table."""
    return dict(SEX) if value == "sex" else value


class NumberForm(Section):
    """How a number is written and what is added to it."""

    decimal: Literal[".", ","] | None = About(
        None, description="the decimal mark, a point when left out; the other one may group thousands"
    )
    add: int = About(
        0,
        description="added to the number: 2000 makes a year of two digits whole",
        ge=-1_000_000_000,
        le=1_000_000_000,
    )


def expand_number(value: object) -> object:
    """Take `true` for a plain number and `2000+` for what is added."""
    if value == "true":
        return {}
    if isinstance(value, str) and value.endswith("+") and value[:-1].isdecimal():
        return {"add": value[:-1]}
    return value


class PhoneForm(Section):
    """Of which country a number is that does not say so."""

    region: str | None = About(None, description="whose numbers are written without +: CO")
    country: str | None = About(
        None, description="a column with the country's name or code, which counts before `region`", min_length=1
    )

    @model_validator(mode="after")
    def _some(self) -> "PhoneForm":
        if self.region is None and self.country is None:
            raise ValueError("say a region such as CO, a country column, or both")
        return self


def expand_region(value: object) -> object:
    """Take a word for the region."""
    return {"region": value} if isinstance(value, str) else value


class DocumentForm(Section):
    """Which kinds of document a number may be of, or which column says so."""

    of: OneOrMore | None = About(None, description="one or more kinds, the first that fits: CO NIT")
    column: str | None = About(None, description="the column that says the kind", min_length=1)
    kinds: dict[str, str] | None = About(
        None, description="what that column's words mean: {NIT: CO NIT, C.C.: CO CC}", min_length=1
    )

    @model_validator(mode="after")
    def _one_way(self) -> "DocumentForm":
        if (self.column is None) != (self.kinds is None) or (self.of is None) == (self.column is None):
            raise ValueError("say the kind such as CO NIT, or a column and the kinds that its words mean")
        return self


def expand_kinds(value: object) -> object:
    """Take a kind, or a list of them, for `of`."""
    return {"of": value} if isinstance(value, str | list | tuple) else value


class Range(Section):
    """The least and the most a number or a date may be, both included."""

    min: str | None = About(None, description="the least: a number, a date as 1990-12-31, or `today`")
    max: str | None = About(None, description="the most, written likewise")


class Length(Section):
    """How many characters a text may have, both included."""

    min: int | None = About(None, description="the fewest characters", ge=1, le=1_000_000)
    max: int | None = About(None, description="the most characters", ge=1, le=1_000_000)


def expand_column(value: object) -> object:
    """Take a word for the column."""
    return {"column": value} if isinstance(value, str) else value


class Condition(Section):
    """When an item is meant at all: its column is filled, or holds one of some words."""

    column: str = About(description="the column that decides; trimmed, and blank as `source` says")
    one_of: OneOrMore | None = About(None, description="the words that let the item in; any filled cell when left out")
