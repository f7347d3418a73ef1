"""The JSON Schema of a mapping file, for editors: completion, hover, and mistakes underlined while typing.

Put into the first line of a mapping: `# yaml-language-server: $schema=mapping.schema.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from importer.mapping.model import Mapping

if TYPE_CHECKING:
    from pydantic_core import core_schema

SCALAR = {"type": ["string", "number", "boolean"]}
"""A text as YAML may write it: `0123`, `NO` and `12:30` need no quotes in a mapping."""


class _Editors(GenerateJsonSchema):
    """Allows the short forms that the loader understands."""

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Give a text as whatever scalar YAML takes it for."""
        made = super().str_schema(schema)
        return made if "pattern" in made else {**made, **SCALAR}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> dict[str, Any]:
        """Give the choices; `1` is what YAML takes for a number."""
        made = super().literal_schema(schema)
        return {"enum": ["1", 1]} if made.get("const") == "1" else made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> dict[str, Any]:
        """Give a value in its short form too: one text for a list, a column's name for a field."""
        inner = super().function_before_schema(schema)
        return {"anyOf": [SCALAR, inner]}


def mapping_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a mapping, with descriptions and choices from the models."""
    made = Mapping.model_json_schema(schema_generator=_Editors)
    made["$schema"] = GenerateJsonSchema.schema_dialect
    made["title"] = "importer mapping"
    for part in (made, *made["$defs"].values()):
        _tidy(part)
    return made


def _tidy(part: Any) -> None:  # noqa: ANN401  # JSON can be anything
    """Take out what editors would show for nothing: made-up titles, and null where a key is only left out."""
    if isinstance(part, list):
        for inner in part:
            _tidy(inner)
        return
    if not isinstance(part, dict):
        return
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
