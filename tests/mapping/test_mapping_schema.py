"""The JSON Schema that editors use, held against the loader: what one takes, so does the other."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_mapping_reference import BESIDE, EXAMPLES, whole_text

from importer.errors import MappingError
from importer.mapping.load import load_mapping
from importer.mapping.schema import mapping_schema

MAPPINGS = sorted((Path(__file__).parents[2] / "mappings").glob("*.yaml"))
SCHEMA = json.loads(json.dumps(mapping_schema()))
GOOD = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: No\n  "
KINDS: dict[str, Any] = {
    "null": type(None),
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int | float,
    "object": dict,
    "array": list,
}


def loaded(text: str) -> Any:  # noqa: ANN401  # YAML can be anything
    """Read YAML as editors do (version 1.2): `yes` is text, `true` and `3` are not."""
    return typed(yaml.compose(text))


def typed(node: yaml.Node | None) -> Any:  # noqa: ANN401  # YAML can be anything
    if isinstance(node, yaml.MappingNode):
        return {key.value: typed(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [typed(value) for value in node.value]
    assert isinstance(node, yaml.ScalarNode)
    if node.style is None and re.fullmatch("true|false|null|NULL|~|-?(0|[1-9][0-9]*)(\\.[0-9]+)?|", node.value):
        return json.loads(node.value.replace("~", "null").replace("NULL", "null") or "null")
    return node.value


def fits(value: Any, part: Any) -> bool:  # noqa: ANN401  # JSON can be anything
    """Tell whether a value fits a JSON Schema, of which it knows as much as ours uses."""
    part = dict(part)
    if "$ref" in part:
        return fits(value, SCHEMA["$defs"][part.pop("$ref").rpartition("/")[2]]) and fits(value, part)
    known = {*RULES, "additionalProperties", "properties", "description", "title", "default", "$defs", "$schema"}
    assert set(part) <= known, "the test does not know this word"
    right = all(rule(value, part[word]) for word, rule in RULES.items() if word in part)
    if right and isinstance(value, dict):
        named, others = part.get("properties", {}), part.get("additionalProperties", True)
        right = all(
            fits(inner, named.get(key, {} if others is True else others))
            for key, inner in value.items()
            if key in named or others
        ) and (others is not False or set(value) <= set(named))
    return bool(right)


def is_kind(value: Any, kinds: Any) -> bool:  # noqa: ANN401  # JSON can be anything
    kinds = [kinds] if isinstance(kinds, str) else kinds
    # Python holds true for a whole number; JSON does not.
    return any(isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds)


RULES: dict[str, Any] = {
    "type": is_kind,
    "const": lambda value, const: value == const,
    "enum": lambda value, choices: any(
        value == one and isinstance(value, bool) == isinstance(one, bool) for one in choices
    ),
    "anyOf": lambda value, parts: any(fits(value, part) for part in parts),
    "allOf": lambda value, parts: all(fits(value, part) for part in parts),
    "oneOf": lambda value, parts: sum(fits(value, part) for part in parts) == 1,
    "not": lambda value, part: not fits(value, part),
    "required": lambda value, keys: not isinstance(value, dict) or set(keys) <= set(value),
    "dependentRequired": lambda value, needs: all(
        key not in value or set(more) <= set(value) for key, more in needs.items()
    ),
    "minProperties": lambda value, least: not isinstance(value, dict) or len(value) >= least,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not isinstance(value, int) or value >= least,
    "exclusiveMinimum": lambda value, least: not isinstance(value, int | float) or value > least,
    "maximum": lambda value, most: not isinstance(value, int) or value <= most,
    "pattern": lambda value, form: not isinstance(value, str) or re.search(form, value) is not None,
    "items": lambda value, part: not isinstance(value, list) or all(fits(inner, part) for inner in value),
}


def loads(folder: Path, text: str) -> bool:
    for name, beside in {**BESIDE, "crm.yaml": text}.items():
        (folder / name).write_text(beside, "utf-8")
    try:
        load_mapping(folder / "crm.yaml")
    except MappingError:
        return False
    return True


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_an_editor_underlines_nothing_in_a_mapping_that_is_shipped(path: Path) -> None:
    assert fits(loaded(path.read_text("utf-8")), SCHEMA)


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_editor_underlines_nothing_in_an_example_of_the_reference(key: str) -> None:
    assert fits(loaded(whole_text(EXAMPLES[key])), SCHEMA)


RIGHT = [
    "city: {column: X, blank: [NULL, null, ~]}",
    "city: {column: X, one_of: [null, a]}",
    "city: 7",
    "city: {column: 2024}",
    "city: {column: true}",
    "city: {columns: X}",
    "city: {columns: [1, X]}",
    "city: {column: X, pad: 4}",
    "city: {column: X, pad: '4'}",
    "city: {column: X, trim: no, fold: yes}",
    "city: {column: X, trim: 'false'}",
    "city: {column: X, values: {1: 2, x: true}}",
    "gender: {column: X, values: sex}",
    "city: {column: X, values: {file: channels.csv}}",
    "email_verified: {column: X, boolean: words}",
    "email_verified: {column: X, boolean: {yes: 1, no: [0, false]}}",
    "tags: {n: {column: X, number: true}}",
    "tags: {n: {column: X, number: 7+}}",
    "tags: {n: {column: X, number: {decimal: ',', add: '7'}}}",
    "phone: {column: X, phone: CO}",
    "phone: {column: X, phone: {country: P}}",
    "city: {value: 7}",
    "document_number: {column: X, document: CO CC}",
    "document_number: {column: X, document: [CO CC, CL RUT]}",
    "document_number: {column: X, document: {column: T, kinds: {C: CO CC}}}",
    "city: {column: X, length: {min: 1}}",
    "tags: {n: {column: X, number: true, range: {min: 0.5}}}",
    "dob: {column: X, date: '%Y', pivot: 1930}",
    "addresses: [{city: X, when: Y, repeat: '2'}]",
    "addresses: [{city: 'X{n}', when: {column: Y, one_of: 1}, repeat: 2}]",
]
SENSELESS = {"dob: {column: X, date: '%Y', pivot: 1930}", "addresses: [{city: X, when: Y, repeat: '2'}]"}
"""Of the right shape: what a format or a {n} means is no matter of shape."""
WRONG = [
    "city: ''",
    "city: {column: X, blank: null}",
    "addresses: [{city: ''}]",
    "citi: X",
    "city: [X]",
    "city: {}",
    "city: {column: X, value: y}",
    "city: {column: X, join: ' '}",
    "city: {colunm: X}",
    "city: {column: X, case: Upper}",
    "city: {column: X, trim: maybe}",
    "city: {column: X, pad: x}",
    "city: {column: X, pad: 1}",
    "city: {column: X, pad: 1.5}",
    "city: {columns: []}",
    "city: {column: X, values: male}",
    "city: {column: X, values: [a]}",
    "email_verified: {column: X, boolean: ours}",
    "email_verified: {column: X, boolean: {yes: S}}",
    "tags: {n: {column: X, number: 7}}",
    "tags: {n: {column: X, number: yes}}",
    "tags: {n: {column: X, number: {decimal: ';'}}}",
    "tags: {n: {column: X, number: {add: x}}}",
    "tags: {n: {column: X, number: true, date: '%F'}}",
    "tags: [a]",
    "phone: {column: X, phone: {}}",
    "phone: {column: X, phone: Colombia}",
    "phone: {column: X, phone: [CO]}",
    "document_number: {column: X, document: {column: T}}",
    "document_number: {column: X, document: {of: CO CC, column: T}}",
    "document_number: {column: X, document: {}}",
    "document_number: {column: X, document: []}",
    "city: {column: X, length: {}}",
    "country: {column: X, country: name}",
    "city: {column: X, length: {min: 0}}",
    "city: {column: X, one_of: []}",
    "city: {column: X, replace: ab}",
    "dob: {column: X, range: {}}",
    "city: {column: X, on_bad: skip}",
    "addresses: {city: X}",
    "addresses: [{citi: X}]",
    "addresses: [{city: X, repeat: 51}]",
    "addresses: [{city: X, when: {}}]",
]


@pytest.mark.parametrize("field", RIGHT)
def test_what_the_loader_takes_the_schema_takes(tmp_path: Path, field: str) -> None:
    assert fits(loaded(GOOD + field), SCHEMA)
    assert loads(tmp_path, GOOD + field) == (field not in SENSELESS)


@pytest.mark.parametrize("field", WRONG)
def test_what_has_another_shape_neither_takes(tmp_path: Path, field: str) -> None:
    assert not fits(loaded(GOOD + field), SCHEMA)
    assert not loads(tmp_path, GOOD + field)


HEAD = "contact: {external_id: No}\nkey: external_id\n"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("version: 1\nname: a\n", True),
        ("version: '1'\nname: a\nsource: {skip_lines: '2', blank: N/D, delimiter: tab}\n", True),
        ("version: 1\nname: a\ntests: [{cells: {No: 1}, body: {external_id: '1', tags: {a: [1, null]}}}]\n", True),
        ("version: 1\nname: a\ntests: [{cells: {No: 1}, reasons: x, dropped: [y]}]\n", True),
        ("version: 1\nname: a\ntests: [{cells: {No: 1}}]\n", False),
        ("version: 1\nname: a\ntests: [{cells: {No: 1}, body: {}, reasons: x}]\n", False),
        ("version: 1\nname: a\ntests: [{body: {}}]\n", False),
        ("version: 1\nname: a\ntests: [{cells: {No: [1]}, body: {}}]\n", False),
        ("version: 2\nname: a\n", False),
        ("version: 1\nname: Tienda Ñ\n", False),
        ("version: 1\nname: a\nurl: x\n", False),
        ("version: 1\nname: a\nsource: {skip_lines: -1}\n", False),
        ("version: 1\nname: a\nsource: {delimiter: ab}\n", False),
        ("version: 1\nname: a\nsource: {delimiter: ','}\n", True),
        ("version: 1\nname: a\nsource: {blank: [NULL, null, N/D]}\n", True),
        ("version: 1\nname: a\nsource: {quote: ''}\n", False),
        ("version: 1\nname: a\nduplicates: none\n", False),
        ("version: 1\nname: a\ninclude: []\n", False),
        ("version: 1\nname: a\ninclude: {a: b}\n", False),
        ("version: 1\n", False),
        ("name: a\n", False),
    ],
)
def test_around_the_fields_they_agree_too(tmp_path: Path, text: str, right: bool) -> None:  # noqa: FBT001  # a column of the table
    assert (fits(loaded(HEAD + text), SCHEMA), loads(tmp_path, HEAD + text)) == (right, right)


def run(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "importer", "mapping", "schema", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_the_command_prints_the_schema_or_writes_it(tmp_path: Path) -> None:
    text = run(cwd=tmp_path)
    run("-o", "made.json", cwd=tmp_path)
    assert (tmp_path / "made.json").read_text("utf-8") == text
    assert json.loads(text) == SCHEMA


def test_the_schema_explains_every_key_and_names_its_choices() -> None:
    for name, part in SCHEMA["$defs"].items():
        assert all(inner.get("description") for inner in part["properties"].values()), name
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "lower" in json.dumps(SCHEMA["$defs"]["FieldMap"]["properties"]["case"])
    assert '"title":' not in json.dumps(SCHEMA["$defs"]["FieldMap"]["properties"])
