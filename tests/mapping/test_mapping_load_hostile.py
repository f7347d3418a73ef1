import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.contact import fields_of
from importer.errors import MappingError
from importer.field import Kind
from importer.mapping.compile import compile_mapping
from importer.mapping.load import Loaded, check_columns, load_mapping
from importer.mapping.model import FieldMap, Mapping, SourceOptions

KEYS = sorted(
    {
        *Mapping.model_fields,
        *SourceOptions.model_fields,
        *FieldMap.model_fields,
        *(f.name for f in fields_of()),
        "repeat",
    }
)
WORDS = [
    *KEYS, "1", "crm", "true", "{n}", "c{n}", "(a)", "(", "%d/%m/%Y", "%f", "%", "2000+", "MALE", "", "~", "null", "99",
]  # fmt: skip
TEXTS = st.sampled_from(WORDS) | st.text(max_size=8)
TREES = st.recursive(
    st.none() | TEXTS | st.booleans() | st.integers() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
FIELD = TEXTS | st.dictionaries(st.sampled_from(sorted(FieldMap.model_fields)), TREES, max_size=3)
COLUMN = st.dictionaries(st.sampled_from(sorted(FieldMap.model_fields)), TREES, max_size=2).map(
    lambda said: {"column": "c{n}", **said}
)
ITEMS = st.lists(st.dictionaries(st.sampled_from(["city", "alias", "method", "repeat"]), COLUMN | TEXTS, max_size=3))
CONTACTS = st.dictionaries(
    st.sampled_from(["id", *(field.name for field in fields_of() if field.kind not in {Kind.ITEMS, Kind.OBJECT})]),
    FIELD | COLUMN,
    max_size=3,
)
NEAR_MAPPINGS = st.builds(
    lambda contact, tags, items, rest: {
        "version": 1,
        "name": "crm",
        "contact": {"city": "X", "tags": tags, "addresses": items, **contact},
        **rest,
    },
    CONTACTS,
    st.dictionaries(TEXTS, COLUMN, max_size=2),
    ITEMS,
    st.dictionaries(
        st.sampled_from(["key", "source", "duplicates", "url", "name"]), TREES | st.just("city"), max_size=3
    ),
)


def attempt(raw: bytes) -> Loaded | MappingError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.yaml"
        path.write_bytes(raw)
        try:
            result: Loaded | MappingError = load_mapping(path)
        except MappingError as refused:
            result = refused
        if isinstance(result, MappingError):
            prefix = f"{path}:"
            assert all(line.startswith(prefix) and line.isprintable() for line in str(result).split("\n"))
        return result


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_mapping_or_a_refusal(raw: bytes) -> None:
    assert isinstance(attempt(raw), MappingError)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:- \n\t{}[]&*!|>'\"%@#?,~<") | st.characters(codec="utf-8"), max_size=80))
def test_any_text_gives_a_mapping_or_a_refusal(text: str) -> None:
    assert isinstance(attempt(text.encode()), MappingError)


@settings(deadline=None)
@given(TREES)
def test_any_yaml_gives_a_mapping_or_a_refusal(tree: object) -> None:
    result = attempt(yaml.safe_dump(tree, allow_unicode=True).encode(errors="replace"))
    assert isinstance(result, Loaded | MappingError)


@settings(deadline=None, max_examples=200)
@given(NEAR_MAPPINGS, st.lists(TEXTS, unique=True))
def test_what_is_almost_a_mapping_gives_a_mapping_or_a_refusal(tree: dict[str, object], columns: list[str]) -> None:
    result = attempt(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode(errors="replace"))

    if isinstance(result, Loaded):
        compile_mapping(result.mapping)  # what is loaded compiles, so no fault is left that has no position
        try:
            unused: set[str] = set(check_columns(result, columns))
        except MappingError:
            unused = set()
        assert unused <= set(columns)
