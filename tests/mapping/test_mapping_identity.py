"""By what a customer is known: the key's text, and the digest that tells a mapping with other keys apart."""

import json
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.ledger.keys import as_key
from importer.mapping.identity import compose, key_columns, key_expression, key_steps
from importer.mapping.load import load_mapping
from importer.mapping.model import Mapping

SIGNS = st.characters(exclude_categories=["Cs", "Cn", "Co"])
"""Those that both Unicode tables know: Python's is the older one."""
TEXTS = st.text(SIGNS | st.sampled_from("aeoun\u0301\u0303\u0308\u1100\u1161\u11a8\u212b\u0345\u0323"), max_size=8)
HEAD = "version: 1\nname: crm\n{}contact:\n  email: mail\n  {}\n"


@given(st.lists(st.none() | TEXTS | st.text("abc019", max_size=5), max_size=6))
def test_a_key_is_its_text_composed(texts: list[str | None]) -> None:
    expected = [None if text is None else unicodedata.normalize("NFC", text) for text in texts]
    assert compose(pl.Series(texts, dtype=pl.String)).to_list() == expected
    assert [as_key(text) for text in texts] == expected, "as a migrated ledger has it"


@given(st.lists(st.tuples(st.none() | TEXTS, st.none() | TEXTS), min_size=1, max_size=4))
def test_several_fields_are_the_json_of_what_each_is_composed_to(rows: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    for found, cells in zip(frame.select(key_expression(["a", "b"])).to_series(), rows, strict=True):
        composed = [unicodedata.normalize("NFC", text) for text in cells if text is not None]
        plain = json.dumps(composed, ensure_ascii=False, separators=(",", ":"))
        if len(composed) < len(cells):
            assert found is None
        elif all(sign >= " " for text in composed for sign in text):
            assert found == plain


def mapping(folder: Path, field: str, more: str = "key: external_id\n") -> Mapping:
    path = folder / "crm.yaml"
    path.write_text(HEAD.format(more, field), "utf-8")
    return load_mapping(path).mapping


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{column: a, replace: {x: y, xx: z}}", "{column: a, replace: {xx: z, x: y}}"),
        ("{columns: [a, b]}", "{columns: [b, a]}"),
        ("{columns: [a, b], join: '-'}", "{columns: [a, b]}"),
        ("{column: a, case: upper}", "a"),
        ("{sql: a}", "{sql: b}"),
    ],
)
def test_what_makes_other_keys_has_another_digest(tmp_path: Path, one: str, other: str) -> None:
    assert key_steps(mapping(tmp_path, f"external_id: {one}")) != key_steps(mapping(tmp_path, f"external_id: {other}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        ("{column: a, values: {x: y, z: w}}", "{column: a, values: {z: w, x: y}}"),
        ("{column: a, required: true}", "a"),
    ],
)
def test_what_makes_the_same_keys_of_the_same_cells_has_the_same_digest(tmp_path: Path, one: str, other: str) -> None:
    assert key_steps(mapping(tmp_path, f"external_id: {one}")) == key_steps(mapping(tmp_path, f"external_id: {other}"))


def test_the_source_and_the_zone_of_the_mapping_count_where_they_make_the_key(tmp_path: Path) -> None:
    key = "key: external_id\n"
    plain = "external_id: {column: a, datetime: '%d/%m/%Y %H:%M'}"
    steps = [
        key_steps(mapping(tmp_path, plain, key + more))
        for more in ("", "zone: America/Bogota\n", 'source: {quote: "\'"}\n', "source: {blank: [x]}\n")
    ]
    assert len(set(steps)) == len(steps)
    without = [key_steps(mapping(tmp_path, "external_id: a", "key: external_id\n" + z)) for z in ("", "zone: UTC\n")]
    assert without[0] == without[1]


def test_the_column_of_each_key_field_is_kept_where_it_has_one(tmp_path: Path) -> None:
    two = "key: [external_id, email]\n"
    assert key_columns(mapping(tmp_path, "external_id: a", two)) == ("a", "mail")
    assert key_columns(mapping(tmp_path, "external_id: {columns: [a, b]}", two)) == (None, "mail")
