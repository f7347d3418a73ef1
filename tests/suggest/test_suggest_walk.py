"""A stranger's walk: own file, `suggest`, `check`, `run --sandbox`, without touching a line."""

from datetime import date
from pathlib import Path

import pytest
from made_files import MadeFile, made_files
from program import REPOSITORY, adds_up, importer

from importer.suggest.suggest import suggest

DATA = REPOSITORY / "sample_data"
SAMPLES = [DATA / "crm_es.csv", DATA / "shop_en.csv", DATA / "loyalty.parquet", *sorted((DATA / "ready").glob("*.csv"))]
FILES = [made for listing in ("files.txt", "files_held_out.txt") for made in made_files(listing)]
PROVEN = [made for made in FILES if made.key != "-"]


def walk(source: Path, folder: Path) -> float:
    """Suggest a mapping and rehearse it; give the share of rows that landed."""
    suggested = importer("suggest", source, "-o", "first.yaml", cwd=folder)
    assert suggested.code == 0, suggested.err
    return rehearse(source, folder)


def rehearse(source: Path, folder: Path) -> float:
    linted = importer("mapping", "lint", "first.yaml", cwd=folder)
    assert linted.code == 0, linted.err
    checked = importer("check", source, "-m", "first.yaml", "--json", cwd=folder)
    assert checked.code in {0, 3}, checked.err
    ran = importer("run", source, "-m", "first.yaml", "--sandbox", "--new-ledger", "--json", cwd=folder)
    assert ran.code in {0, 3}, ran.err
    assert adds_up(ran.document)
    assert ran.document["failed"] == ran.document["unknown"] == 0
    return float((ran.document["created"] + ran.document["updated"]) / ran.document["read"])


@pytest.mark.parametrize("made", PROVEN[::13], ids=lambda made: made.name)
def test_a_strange_file_is_rehearsed_without_an_edit(made: MadeFile, tmp_path: Path) -> None:
    assert walk(made.write(tmp_path), tmp_path) >= 0.9


@pytest.mark.torture
@pytest.mark.parametrize("made", PROVEN, ids=lambda made: made.name)
def test_every_strange_file_is_rehearsed_without_an_edit(made: MadeFile, tmp_path: Path) -> None:
    assert walk(made.write(tmp_path), tmp_path) >= 0.9


@pytest.mark.torture
@pytest.mark.parametrize("source", SAMPLES, ids=lambda source: source.name)
def test_every_sample_is_rehearsed_without_an_edit(source: Path, tmp_path: Path) -> None:
    assert walk(source, tmp_path) >= 0.5


@pytest.mark.torture
@pytest.mark.parametrize("source", SAMPLES[:3], ids=lambda source: source.name)
def test_the_sample_data_is_rehearsed_as_if_nobody_knew_it(source: Path, tmp_path: Path) -> None:
    made = suggest(str(source), today=date(2026, 11, 22), folders=())
    assert made.runs
    (tmp_path / "first.yaml").write_text(made.text, "utf-8")
    assert rehearse(source, tmp_path) >= 0.5


def test_without_a_proven_key_it_says_so_and_leaves_it_to_the_user(tmp_path: Path) -> None:
    made = next(one for one in FILES if one.key == "-")
    suggested = importer("suggest", made.write(tmp_path), "-o", "first.yaml", cwd=tmp_path)
    assert suggested.code == 3
    assert "no key is proven" in suggested.err
    linted = importer("mapping", "lint", "first.yaml", cwd=tmp_path)
    assert linted.code == 4
    assert "key is missing" in linted.err
