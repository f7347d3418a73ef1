"""A stranger's walk: own file, `suggest`, `check`, `run --sandbox`, without touching a line."""

from pathlib import Path

import pytest
from made_files import MadeFile, made_files
from program import REPOSITORY, adds_up, importer

SAMPLES = ("crm_es.csv", "shop_en.csv", "loyalty.parquet")
FILES = [made for listing in ("files.txt", "files_held_out.txt") for made in made_files(listing)]
PROVEN = [made for made in FILES if made.key != "-"]


def walk(source: Path, folder: Path) -> None:
    suggested = importer("suggest", source, "-o", "first.yaml", cwd=folder)
    assert suggested.code == 0, suggested.err
    linted = importer("mapping", "lint", "first.yaml", cwd=folder)
    assert linted.code == 0, linted.err
    checked = importer("check", source, "-m", "first.yaml", "--json", cwd=folder)
    assert checked.code in {0, 3}, checked.err
    ran = importer("run", source, "-m", "first.yaml", "--sandbox", "--new-ledger", "--json", cwd=folder)
    assert ran.code in {0, 3}, ran.err
    assert adds_up(ran.document)
    assert ran.document["failed"] == ran.document["unknown"] == 0
    assert ran.document["created"] + ran.document["updated"] >= 0.9 * ran.document["read"]


@pytest.mark.parametrize("made", PROVEN[::13], ids=lambda made: made.name)
def test_a_strange_file_is_rehearsed_without_an_edit(made: MadeFile, tmp_path: Path) -> None:
    walk(made.write(tmp_path), tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("made", PROVEN, ids=lambda made: made.name)
def test_every_strange_file_is_rehearsed_without_an_edit(made: MadeFile, tmp_path: Path) -> None:
    walk(made.write(tmp_path), tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("known", [True, False], ids=["ready mapping", "as a stranger"])
def test_the_sample_data_is_rehearsed_without_an_edit(name: str, known: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a case
    source = REPOSITORY / "sample_data" / name
    if known:
        walk(source, tmp_path)
        return
    strange = tmp_path / name
    header, mark, rest = source.read_bytes().partition(b"Tel\xe9fono;" if name == "crm_es.csv" else b"Note")
    if name.endswith("parquet"):
        pytest.skip("a stranger's Parquet is walked in the files above")
    strange.write_bytes(header + mark.replace(b"Tel\xe9fono", b"Tel.").replace(b"Note", b"Notes") + rest)
    walk(strange, tmp_path)


def test_without_a_proven_key_it_says_so_and_leaves_it_to_the_user(tmp_path: Path) -> None:
    made = next(one for one in FILES if one.key == "-")
    suggested = importer("suggest", made.write(tmp_path), "-o", "first.yaml", cwd=tmp_path)
    assert suggested.code == 3
    assert "no key is proven" in suggested.err
    linted = importer("mapping", "lint", "first.yaml", cwd=tmp_path)
    assert linted.code == 4
    assert "key is missing" in linted.err
