"""What a mapping file may say. Field names come from the contact model; everything unknown is refused.

The loader hands every YAML scalar over as text, so `NO`, `0123` and `12:30` arrive as they were written and the types
here decide. Paths inside a mapping are relative to its file. A mapping can't set a URL, a token or an account.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, create_model, model_validator
from pydantic import Field as About

from importer.contact import ID, Contact, Item, fields_of
from importer.field import Kind
from importer.mapping.forms import (
    BooleanWords,
    Condition,
    DocumentForm,
    Length,
    NumberForm,
    OneOrMore,
    PhoneForm,
    Range,
    Section,
    expand_column,
    expand_kinds,
    expand_number,
    expand_region,
    expand_table,
    expand_words,
)
from importer.mapping.options import RunOptions

ORIGINS = ("column", "columns", "value", "sql")
TYPES = ("date", "datetime", "boolean", "number", "phone", "document", "country", "split", "parse")


class SourceOptions(Section):
    """How the export is written; whatever is left out is detected."""

    encoding: str | None = About(None, description="how letters are written: utf-8, cp1252, latin-1, ...")
    delimiter: str | None = About(None, description="one character; `tab` is understood", max_length=3)
    quote: str = About('"', description="the quoting character", min_length=1, max_length=1)
    skip_lines: int | None = About(None, description="physical lines above the header", ge=0, le=1_000_000)
    sheet: str | None = About(None, description="the sheet of a workbook; the first when left out", min_length=1)
    files: OneOrMore = About((), description="files, folders or patterns to read where the command names none")
    take: Literal["all", "newest", "new"] = About(
        "all",
        description="of `files`: all, as one run; the newest; or each new one as a run of its own, the oldest first",
    )
    blank: OneOrMore = About((), description="cells that mean nothing, besides the empty one")


class FieldMap(Section):
    """Where a field's value comes from and the steps it takes, in this order whatever the order in the file.

    origin, trim, blank, strip, fold, replace, match, case, pad, values, type (date, datetime, number, boolean, split,
    parse, phone, document, country), default, required, rules. A text left empty by any step is blank.
    """

    column: str | None = About(None, description="the column it is taken from")
    columns: OneOrMore | None = About(None, description="several columns: the first filled one, or joined with `join`")
    join: str | None = About(None, description="joins the filled `columns` with this between them")
    value: str | None = About(None, description="a constant")
    sql: str | None = About(None, description="a Polars SQL expression over the columns, all of them text")
    trim: bool = About(default=True, description="cut white space at both ends")
    blank: OneOrMore = About((), description="cells that mean nothing here, besides those of `source`")
    strip: str | None = About(None, description="characters cut from both ends")
    fold: bool = About(default=False, description="white space inside becomes one blank")
    replace: dict[str, str] | None = About(
        None, description="texts put in place of others, from left to right; the first listed that fits"
    )
    match: str | None = About(None, description="a regular expression with one group, which is kept")
    case: Literal["lower", "upper", "title"] | None = About(None, description="letters made small, large, or titled")
    pad: int | None = About(None, description="digits only: zeros in front up to so many digits", ge=2, le=64)
    values: Annotated[dict[str, str] | None, BeforeValidator(expand_table)] = About(
        None,
        description="a table, {file: table.csv} beside the mapping, or `sex`, which is ours: else it is rejected",
    )
    date: OneOrMore | None = About(
        None, description="one or more formats, such as %d/%m/%Y; or `auto`: day or month first as the column proves"
    )
    datetime: OneOrMore | None = About(None, description="one or more formats, such as %d/%m/%Y %H:%M")
    pivot: int | None = About(
        None, description="the first of the hundred years that a %y can mean: 1930 is 1930 to 2029", ge=1000, le=9900
    )
    zone: str | None = About(None, description="the time zone of date-times without an offset: America/Bogota")
    boolean: Annotated[BooleanWords | None, BeforeValidator(expand_words)] = About(
        None, description="which words mean yes and no, or `words`: those of Spanish, Portuguese and English"
    )
    number: Annotated[NumberForm | None, BeforeValidator(expand_number)] = About(
        None, description="`true`, `2000+`, or how the number is written"
    )
    phone: Annotated[PhoneForm | None, BeforeValidator(expand_region)] = About(
        None, description="to +573105554814 (E.164); the region whose numbers are written without +: CO"
    )
    document: Annotated[DocumentForm | None, BeforeValidator(expand_kinds)] = About(
        None, description="checked and without separators; a kind such as CO NIT, several, or the column that says it"
    )
    country: Literal["code"] | None = About(
        None, description="`code`: a name in Spanish, Portuguese or English, or a code, to ISO 3166 (CO)"
    )
    split: str | None = About(None, description="tags only: cuts a list at this text and sends it as a list")
    parse: Literal["json"] | None = About(
        None, description="tags only: the cell is a JSON object or list, sent as it is; under '*' its members are tags"
    )
    default: str | None = About(None, description="taken when the cell is blank, never when it is wrong")
    required: bool = About(default=False, description="a blank is rejected")
    pattern: str | None = About(None, description="a regular expression that the whole value must fit")
    one_of: OneOrMore | None = About(None, description="the only values it may have")
    range: Range | None = About(None, description="the least and the most of a number or a date")
    length: Length | None = About(None, description="the fewest and the most characters")
    unique: bool = About(default=False, description="no two rows of a run may have the same")
    on_bad: Literal["reject", "drop"] | None = About(
        None, description="a bad value rejects the row, or only drops the field; phones and documents default to drop"
    )
    on_blank: Literal["keep", "clear"] = About(
        "keep", description="an update leaves a blank field alone, or clears it with null"
    )
    write: Literal["always", "if_blank", "create_only"] = About(
        "always", description="whether an update carries it, or only fills what the target has blank, or never does"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldMap":
        origins = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(origins) != 1:
            raise ValueError(f"say exactly one of {', '.join(ORIGINS)}")
        if self.join is not None and self.columns is None:
            raise ValueError("join goes with columns")
        types = [name for name in TYPES if getattr(self, name) is not None]
        if len(types) > 1:
            raise ValueError(f"say only one of {', '.join(TYPES)}")
        return self


OneField = Annotated[FieldMap, BeforeValidator(expand_column)]


def _item_model(model: type[Item]) -> type[Section]:
    fields: dict[str, Any] = {
        field.name: (OneField | None, About(None, description=field.about)) for field in fields_of(model)
    }
    fields["when"] = (
        Annotated[Condition | None, BeforeValidator(expand_column)],
        About(None, description="the item is meant only where this column is filled, or holds one of some words"),
    )
    fields["repeat"] = (
        int | None,
        About(None, description="repeats the item with {n} from 1 in its columns", ge=1, le=50),
    )
    return create_model(f"{model.__name__}Map", __base__=Section, **fields)


def _contact_model() -> type[Section]:
    fields: dict[str, Any] = {"id": (OneField | None, About(None, description=ID.about))}
    for field in fields_of(Contact):
        if field.kind is Kind.OBJECT:
            kind: Any = dict[str, OneField] | None
        elif field.kind is Kind.ITEMS:
            kind = tuple[ITEM_MAPS[field.name], ...] | None  # type: ignore[valid-type,name-defined]  # made at run time
        else:
            kind = OneField | None
        fields[field.name] = (kind, About(None, description=field.about))
    return create_model("ContactMap", __base__=Section, **fields)


def _items() -> dict[str, Any]:
    annotations = {
        field.name: Contact.model_fields[field.name] for field in fields_of(Contact) if field.kind is Kind.ITEMS
    }
    return {name: _item_model(info.annotation.__args__[0].__args__[0]) for name, info in annotations.items()}  # type: ignore[union-attr]  # pydantic types annotation as optional


ITEM_MAPS = _items()
ContactMap = _contact_model()


class Example(Section):
    """Cells, and what must become of them."""

    name: str | None = About(None, description="what the example shows")
    cells: dict[str, str | None] = About(description="columns and their cells; those left out are blank")
    body: dict[str, Any] | None = About(None, description="the whole body of a create")
    update: dict[str, Any] | None = About(None, description="the whole body of an update, where it is another")
    reasons: OneOrMore | None = About(None, description="the codes for which the row is rejected")
    dropped: OneOrMore | None = About(None, description="the codes of fields that are left out")

    @model_validator(mode="after")
    def _one_end(self) -> "Example":
        if (self.reasons is None) == (self.body is None and self.update is None):
            raise ValueError("say what becomes of it: a body (or an update), or the reasons for which it is rejected")
        return self


class Mapping(Section):
    """A whole mapping file."""

    version: Literal["1"] = About(description="of the mapping language")
    name: str = About(
        description="whose customers these are; keys of one name share contact ids", pattern=r"^[a-z][a-z0-9_-]{0,63}$"
    )
    include: OneOrMore | None = About(
        None, description="files with shared parts, beside the mapping; what the mapping says itself counts instead"
    )
    source: SourceOptions = About(
        SourceOptions.model_validate({}), description="how the export is written; what is left out is detected"
    )
    run: RunOptions = About(
        RunOptions.model_validate({}),
        description="options of `run`, `plan` and `apply` for this list; what is typed or in the environment counts "
        "instead",
    )
    zone: str | None = About(None, description="the time zone of all date-times that have no offset of their own")
    key: OneOrMore | None = About(None, description="the mapped field, or fields, by which a customer is known")
    duplicates: Literal["reject", "first", "last"] = About("reject", description="which row of a repeated key counts")
    update: Literal["mapped", "full"] = About(
        "mapped",
        description="an update carries what is mapped and filled, or also all else that is known of the contact",
    )
    contact: ContactMap = About(  # type: ignore[valid-type]  # made from the contact model above, so that no field is typed twice
        description="which field comes from which column"
    )
    tests: tuple[Example, ...] = About((), description="examples that `importer mapping test` runs")
