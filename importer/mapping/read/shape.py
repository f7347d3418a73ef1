"""Whether what a file says has the shape of a mapping: its keys, its kinds of value, its choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from importer.mapping.fault import Fault, Positions, Steps, did_you_mean, listed, plain, spell
from importer.mapping.model import ITEM_MAPS, ContactMap, FieldMap, Mapping

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from importer.mapping.read.document import Data

SETTINGS = frozenset(
    {"url", "base_url", "endpoint", "host", "headers", "authorization", "auth", "token", "access_token", "bearer"}
    | {"api_key", "apikey", "secret", "password", "account", "account_id", "x-account-id", "x_account_id"}
)
"""Keys by which people try to set what only options and the environment may set."""

_KINDS = {
    "string_type": "a text is meant here",
    "dict_type": "a table is meant here: one `key: value` a line, indented",
    "tuple_type": "a list is meant here: one entry a line after `- `, or [a, b]",
    "bool_type": "true or false is meant here",
    "bool_parsing": "true or false is meant here",
    "int_type": "a whole number is meant here",
    "int_parsing": "a whole number is meant here",
    "int_parsing_size": "a smaller whole number is meant here",
    "int_from_float": "a whole number is meant here",
}


def try_shape(data: Data) -> tuple[Mapping | None, list[ErrorDetails]]:
    """Give the mapping, or None and what is wrong with its shape. Nothing given holds a value of the file."""
    try:
        return Mapping.model_validate(data), []
    except ValidationError as error:
        return None, error.errors(include_input=False, include_url=False)


def word(error: ErrorDetails, data: Data, positions: Positions) -> Fault:
    """Put one of pydantic's errors into words for people, with its position."""
    steps: Steps = error["loc"]
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Fault(positions.key(steps), spell(steps), _unknown(steps))
    if kind == "missing":
        return Fault(positions.value(steps), spell(steps), _missing(steps))
    if kind == "literal_error":
        what = _choice(context.get("expected", ""), value_at(data, steps))
    elif kind == "model_type":
        what = _table(steps)
    elif kind == "value_error":
        what = str(context.get("error"))
    elif steps == ("name",):
        what = (
            "a name is small letters, digits, _ and -, begins with a letter and has at most 64 characters: "
            "it names a part of the ledger for good, such as `crm`"
        )
    elif kind in {"too_short", "string_too_short"}:
        what = "nothing is said here; name at least one"
    elif steps == ("source", "delimiter"):
        what = "one character is meant here, or `tab`"
    else:
        what = _KINDS.get(kind) or error["msg"].replace("Input should be", "this must be")
    return Fault(positions.value(steps), spell(steps), what)


def value_at(data: Data, steps: Steps) -> Data:
    """Give what stands at these steps; None where nothing does."""
    inner: Any = data
    for step in steps:
        if isinstance(inner, dict) and isinstance(step, str):
            inner = inner.get(step)
        elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
            inner = inner[step]
        else:
            return None
    return inner  # type: ignore[no-any-return]  # a part of Data is Data; mypy can't follow the loop


def _unknown(steps: Steps) -> str:
    key = str(steps[-1])
    if key.lower() in SETTINGS and (len(steps) == 1 or steps[0] in {"source", "run"}):
        return (
            "settings never come from a mapping; take it out and use the environment: IMPORTER_BASE_URL, "
            "IMPORTER_TOKEN or IMPORTER_API_KEY, IMPORTER_ACCOUNT_ID"
        )
    if key == "<<":
        return "merging keys with << is not understood; write the keys out, or use an alias for a whole value"
    model = _model_in(_annotation(steps[:-1]))
    known = tuple(model.model_fields) if model else ()
    where = "field of the contact" if model in {ContactMap, *ITEM_MAPS.values()} else "key"
    guess = did_you_mean(key, known)
    return f"'{plain(key)}' is no {where} here{guess or f'; known are {listed(known)}'}"


def _missing(steps: Steps) -> str:
    advice = {
        "version": "write `version: 1`",
        "name": "write `name:` and whose customers these are, such as `crm`",
        "contact": "write `contact:` and below it which field comes from which column",
    }
    return f"the key is missing; {advice.get(spell(steps), 'add it')}"


def _choice(expected: str, said: Data) -> str:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    guess = did_you_mean(said, choices) if isinstance(said, str) and len(choices) > 1 else ""
    return f"choose one of {', '.join(choices)}{guess}" if len(choices) > 1 else f"only {expected} is understood"


def _table(steps: Steps) -> str:
    if _model_in(_annotation(steps)) is FieldMap:
        return "a column name is meant here, or a table such as {column: Correo, case: lower}"
    if steps and steps[-1] == "number":
        return "`true`, `2000+` or a table such as {decimal: ','} is meant here"
    return _KINDS["dict_type"]


def _annotation(steps: Steps) -> Any:  # noqa: ANN401  # a type annotation can be anything
    """Give the type of what stands at these steps of a mapping."""
    inside: Any = Mapping
    for step in steps:
        inside = _inside(inside, step)
    return inside


def _inside(annotation: Any, step: str | int) -> Any:  # noqa: ANN401  # a type annotation can be anything
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel) and step in option.model_fields:
            return option.model_fields[str(step)].annotation
        if get_origin(option) in {dict, tuple}:
            return get_args(option)[1 if get_origin(option) is dict else 0]
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  # a type annotation can be anything
    found = (option for option in _options(annotation) if isinstance(option, type) and issubclass(option, BaseModel))
    return next(found, None)


def _options(annotation: Any) -> list[Any]:  # noqa: ANN401  # a type annotation can be anything
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in {dict, tuple} or not get_args(annotation):
        return [annotation]
    return [inner for option in get_args(annotation) for inner in _options(option)]
