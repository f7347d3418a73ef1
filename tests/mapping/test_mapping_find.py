import re
from pathlib import Path

import pytest

from importer.errors import MappingError
from importer.mapping.find import find_mapping


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    for name in ("crm", "tienda"):
        (tmp_path / "mappings" / f"{name}.yaml").touch()
    (tmp_path / "own.yaml").touch()
    return tmp_path


def test_a_name_is_looked_for_in_the_mappings_folder(cwd: Path) -> None:
    assert find_mapping("crm", cwd=cwd) == cwd / "mappings" / "crm.yaml"


def test_what_ends_as_yaml_or_holds_a_separator_is_a_path(cwd: Path) -> None:
    assert find_mapping("own.yaml", cwd=cwd) == cwd / "own.yaml"
    assert find_mapping("./own.yaml", cwd=cwd / "mappings" / "..") == cwd / "mappings" / ".." / "own.yaml"
    assert find_mapping(str(cwd / "own.yaml"), cwd=Path("/")) == cwd / "own.yaml"


def test_a_path_that_is_not_there_is_not_looked_for_elsewhere(cwd: Path) -> None:
    with pytest.raises(
        MappingError, match=re.escape(f"there is no mapping file 'crm.yaml' in {cwd}; did you mean 'crm'?")
    ):
        find_mapping("crm.yaml", cwd=cwd)


def test_a_name_that_is_not_there_says_where_it_was_looked_for_and_what_was_meant(cwd: Path) -> None:
    with pytest.raises(MappingError) as refused:
        find_mapping("tiend", cwd=cwd)

    assert f"looked in {cwd / 'mappings'} and " in str(refused.value)
    assert str(refused.value).endswith("; did you mean 'tienda'?")


@pytest.mark.parametrize("name", ["", ".", "..", "\0", "x" * 300, "zzz", "a\nb"])
def test_a_name_that_means_nothing_lists_the_names_there_are(cwd: Path, name: str) -> None:
    with pytest.raises(MappingError, match=r"there are (\w+, )*crm, ") as refused:
        find_mapping(name, cwd=cwd)

    assert str(refused.value).isprintable()


def test_a_folder_is_no_mapping(cwd: Path) -> None:
    (cwd / "mappings" / "folder.yaml").mkdir()

    with pytest.raises(MappingError, match="there is no mapping 'folder'"):
        find_mapping("folder", cwd=cwd)
