"""The made-up exports: written the same every time, and broken exactly where they say they are."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sample_oracle import FOLDER, MAPPINGS, expected

from importer.mapping.forms import NumberForm
from importer.mapping.model import FieldMap, Mapping, SourceOptions

BROKEN = json.loads((FOLDER / "broken.json").read_text("utf-8"))
MAPPING_FOLDER = FOLDER.parent / "mappings"
SAMPLES = sorted(MAPPINGS)
RULES = {
    *("required", "email", "date", "date_range", "datetime", "enum", "values", "match", "number", "boolean", "uuid"),
    *("month", "year", "last_four", "card_number", "control"),
}


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "make_samples.py", tmp_path], check=True, capture_output=True)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted([*SAMPLES, "broken.json"])
    assert [name for name in names if (tmp_path / name).read_bytes() != (FOLDER / name).read_bytes()] == []


def test_the_script_imports_nothing_of_importer() -> None:
    lines = [line.split() for path in FOLDER.glob("*.py") for line in path.read_text("utf-8").splitlines()]
    modules = {words[1].split(".")[0] for words in lines if len(words) > 1 and words[0] in {"import", "from"}}
    assert "importer" not in modules


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_oracle_rejects_exactly_the_broken_rows_for_their_reasons(sample: str) -> None:
    told = {int(row): frozenset(codes) for row, codes in BROKEN[sample]["broken"].items()}
    assert expected(sample).reasons == told


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_row_is_either_broken_or_has_a_body(sample: str) -> None:
    found = expected(sample)
    assert sorted([*found.bodies, *found.reasons]) == list(range(1, BROKEN[sample]["rows"] + 1))
    assert all(body["email"] for body in found.bodies.values())


@pytest.mark.parametrize("sample", SAMPLES)
def test_some_valid_rows_have_ids_and_every_one_has_an_identity(sample: str) -> None:
    found = expected(sample)
    assert len(found.ids) > 20
    assert set(found.bodies) == set(found.ids) | set(found.keys)


def test_every_rule_is_broken_somewhere() -> None:
    codes = {code for told in BROKEN.values() for row in told["broken"].values() for code in row}
    assert {code.split("|")[1] for code in codes} >= RULES
    assert {"row|shape", "key|required", "key|duplicate"} <= codes


def test_a_bad_value_of_a_dropping_field_leaves_the_row_valid() -> None:
    codes = sorted(code for found in expected("shop_en.csv").dropped.values() for code in found)
    assert codes == ["dob|date", "dob|date", "dob|date_range", "phone|control"]


def test_no_sample_has_a_body_with_a_card_number_an_empty_item_or_an_empty_text() -> None:
    for sample in SAMPLES:
        text = json.dumps(list(expected(sample).bodies.values()))
        assert not any(word in text for word in ("4111111111111111", "5500005555555559", ': ""', "[]", "{}", ": null"))


def test_the_samples_stay_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in [*SAMPLES, "broken.json"]) < 1_500_000


def test_the_sample_mappings_and_the_reference_use_every_step_of_the_language() -> None:
    texts = [(MAPPING_FOLDER / name).read_text("utf-8") for name in MAPPINGS.values()]
    examples = yaml.safe_load((MAPPING_FOLDER.parent / "docs" / "mapping_examples.yaml").read_text("utf-8"))
    parts = [yaml.load(text, yaml.BaseLoader) for text in (*texts, *examples.values())]  # noqa: S506  # the loader of plain text, which makes no objects
    used = {key for part in parts for key in _keys(part)}
    known = {name for part in (Mapping, SourceOptions, FieldMap, NumberForm) for name in part.model_fields} | {"repeat"}
    assert known <= used


def _keys(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _keys(inner)
