"""The JSON Schema of a mapping file, for editors: completion, hover, and mistakes underlined while typing.

Put into the first line of a mapping: `# yaml-language-server: $schema=mapping.schema.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from importer.mapping.forms import expand_column, expand_kinds, expand_number, expand_region, expand_table, expand_words
from importer.mapping.model import ORIGINS, TYPES, Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import core_schema

SCALAR = {"type": ["string", "number", "boolean"]}
"""A text as YAML may write it: `0123`, `NO` and `12:30` need no quotes in a mapping."""


_WHOLE = {"type": "string", "pattern": "^[+-]?[0-9]+$"}
_SHORT: dict[object, dict[str, Any]] = {
    expand_column: {**SCALAR, "minLength": 1},
    expand_words: {"const": "words"},
    expand_table: {"const": "sex"},
    expand_number: {"anyOf": [{"enum": [True, "true"]}, {"type": "string", "pattern": "^[0-9]+\\+$"}]},
    expand_region: {"type": "string", "pattern": "^[A-Z]{2}$"},
}
"""What stands for a whole form; where nothing is listed, any scalar does."""
_TRUTH = {"enum": [True, False, "true", "false", "yes", "no", "on", "off"]}


class _Editors(GenerateJsonSchema):
    """Allows the short forms that the loader understands, and tells what else it refuses."""

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Give a text as whatever scalar YAML takes it for."""
        made = super().str_schema(schema)
        return made if "pattern" in made else {**made, **SCALAR}

    def int_schema(self, schema: core_schema.IntSchema) -> dict[str, Any]:
        """Give a whole number, in quotes or without."""
        return {"anyOf": [super().int_schema(schema), _WHOLE]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> dict[str, Any]:  # noqa: ARG002  # all booleans are alike
        """Give true and false with the words that are taken for them."""
        return dict(_TRUTH)

    def literal_schema(self, schema: core_schema.LiteralSchema) -> dict[str, Any]:
        """Give the choices; `1` is what YAML takes for a number."""
        made = super().literal_schema(schema)
        return {"enum": ["1", 1]} if made.get("const") == "1" else made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> dict[str, Any]:
        """Give a value in its short form too: one text for a list, a column's name for a field."""
        inner = super().function_before_schema(schema)
        short = _SHORT.get(schema["function"]["function"], SCALAR)
        many = [{"type": "array", "items": SCALAR, "minItems": 1}] if short is SCALAR and _is_document(schema) else []
        return {"anyOf": [short, *many, inner]}


def _is_document(schema: core_schema.BeforeValidatorFunctionSchema) -> bool:
    function: object = schema["function"]["function"]
    return function is expand_kinds


def _one_of(names: Iterable[str], *, at_least: int) -> dict[str, Any]:
    """Demand one of some keys, or none as well."""
    each = [{"required": [name]} for name in names]
    return {"oneOf": each if at_least else [*each, {"not": {"anyOf": each}}]}


_TOGETHER: dict[str, list[dict[str, Any]]] = {
    "FieldMap": [
        _one_of(ORIGINS, at_least=1),
        _one_of(TYPES, at_least=0),
        {"dependentRequired": {"join": ["columns"]}},
    ],
    "PhoneForm": [{"anyOf": [{"required": ["region"]}, {"required": ["country"]}]}],
    "DocumentForm": [
        _one_of(("of", "column"), at_least=1),
        {"dependentRequired": {"column": ["kinds"], "kinds": ["column"]}},
    ],
    "Range": [{"minProperties": 1}],
    "Length": [{"minProperties": 1}],
    "Example": [
        {
            "oneOf": [
                {"required": ["reasons"]},
                {"anyOf": [{"required": ["body"]}, {"required": ["update"]}]},
            ]
        }
    ],
}
"""What keys need or exclude each other, as the models' validators say."""


def mapping_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a mapping, with descriptions and choices from the models."""
    made = Mapping.model_json_schema(schema_generator=_Editors)
    made["$schema"] = GenerateJsonSchema.schema_dialect
    made["title"] = "importer mapping"
    for part in (made, *made["$defs"].values()):
        _tidy(part)
    # The model takes longer ones, so that the loader can say what is meant.
    made["$defs"]["SourceOptions"]["properties"]["delimiter"] |= {"anyOf": [{"const": "tab"}, {"maxLength": 1}]}
    for name, demands in _TOGETHER.items():
        made["$defs"][name]["allOf"] = demands
    return made


def _tidy(part: Any) -> None:  # noqa: ANN401  # JSON can be anything
    """Take out what editors would show for nothing: made-up titles, and null where a key is only left out."""
    if isinstance(part, list):
        for inner in part:
            _tidy(inner)
        return
    if not isinstance(part, dict):
        return
    if part.get("type") == "array" and SCALAR.items() <= part.get("items", {}).items():
        # In a list a bare NULL is a word like others.
        part["items"] = {**part["items"], "type": [*SCALAR["type"], "null"]}
    if isinstance(part.get("title"), str) and "properties" not in part:
        del part["title"]
    options = part.get("anyOf")
    if isinstance(options, list):
        options[:] = [option for option in options if option != {"type": "null"}]
        if part.get("default", ...) is None:
            del part["default"]
        if len(options) == 1:
            part.pop("anyOf")
            part.update({**options[0], **part})
    for inner in part.values():
        _tidy(inner)
