"""The reference of the mapping language: written from the models, nothing left out, every example true."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from importer.mapping import model
from importer.mapping.compile import compile_mapping
from importer.mapping.load import load_mapping
from importer.prepare.examples import run_examples

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES: dict[str, str] = yaml.safe_load((DOCS / "mapping_examples.yaml").read_text("utf-8"))
BESIDE = {
    "shop.yaml": "contact: {country: {value: CO}, city: {column: City}}",
    "channels.csv": "cell,value\nTienda,store\n",
}
TODAY = date(2026, 11, 22)


def whole(text: str) -> dict[str, Any]:
    """Add what an example leaves out: version, name, key, and a customer's number in every row."""
    return dict(yaml.load(whole_text(text), yaml.BaseLoader))  # noqa: S506  # the loader of plain text, which makes no objects


def whole_text(text: str) -> str:
    # As text, since a body that is expected tells "7" from 7.
    usual = {"version": "1", "name": "shop", "key": "external_id"}
    for key, value in usual.items():
        text = text if re.search(f"^{key}:", text, re.MULTILINE) else f"{key}: {value}\n{text}"
    text = re.sub("^contact:\n", "contact:\n  external_id: No\n", text, flags=re.MULTILINE)
    text = re.sub(r"\bcells: \{", 'cells: {No: "1", ', text)
    return re.sub(r"\b(body|update): \{", r'\1: {external_id: "1", ', text)


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_example_of_the_reference_comes_out_as_it_says(tmp_path: Path, key: str) -> None:
    for name, text in BESIDE.items():
        (tmp_path / name).write_text(text, "utf-8")
    path = tmp_path / "main.yaml"
    path.write_text(whole_text(EXAMPLES[key]), "utf-8")
    loaded = load_mapping(path)
    verdicts = run_examples(loaded, compile_mapping(loaded.mapping), TODAY)
    assert verdicts
    assert [verdict.differences for verdict in verdicts] == [()] * len(verdicts)


def keys_of(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from keys_of(inner)


def test_every_key_of_the_language_has_its_example() -> None:
    for key, text in EXAMPLES.items():
        assert key.split(" ")[0] in set(keys_of(whole(text))), key
    sections = [one for one in vars(model).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    known = {key for section in sections for key in section.model_fields}
    used = {key for text in EXAMPLES.values() for key in keys_of(whole(text))}
    fields = {key for section in sections if section.__name__.endswith("Map") for key in section.model_fields}
    assert known - used <= fields - set(model.FieldMap.model_fields)
    assert set(model.FieldMap.model_fields) <= set(EXAMPLES)


def test_the_reference_is_what_the_script_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCS / "make_reference.py", tmp_path], check=True)
    for name in ("mapping.md", "codes.md", "commands.md", "ledger.md"):
        assert (DOCS / name).read_text("utf-8") == (tmp_path / name).read_text("utf-8"), "run docs/make_reference.py"
