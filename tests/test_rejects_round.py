"""The reject file goes out, is mended in a spreadsheet or not, and comes back."""

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from program import account, importer, read_rejects
from sample_oracle import FOLDER
from target import Target

MENDED = {"Correo": "nueva.persona@correo.example.com", "Nombres": "Ana Lucía", "Apellidos": "Ñáñez", "Sexo": "M"}
CLEARED = (
    "Masivo ID", "Fecha Nac.", "País", "Canal", "Estado", "Fecha Alta", "Nivel", "Puntos", "Saldo", "Boletín", "Tipo",
    "Tarjeta", "Titular", "Vence", "Observaciones", "Correo Alterno", "Correo Fact.", "Dirección", "Celular",
)  # fmt: skip  # one line of names reads better than nineteen
WORDS = ("-m", "sample_crm", "--json")


def write(path: Path, rows: list[dict[str, Any]], *, encoding: str, delimiter: str) -> None:
    with path.open("w", encoding=encoding, newline="", errors="replace") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp1252", ";")])
def test_mended_rejects_land(encoding: str, delimiter: str, tmp_path: Path) -> None:
    with Target(adopt=True) as target:
        env = account(target.base_url)
        first = importer("run", FOLDER / "crm_es.csv", *WORDS, "--new-ledger", cwd=tmp_path, env=env)
        rejects = read_rejects(first.document)
        held = len(target.contacts)
        for number, row in enumerate(rejects):
            row.update(MENDED, **dict.fromkeys(CLEARED, ""), **{"Customer No": f"M{number:04}"})
        write(tmp_path / "mended.csv", rejects, encoding=encoding, delimiter=delimiter)
        again = importer("run", tmp_path / "mended.csv", *WORDS, cwd=tmp_path, env=env)
        names = [body["last_name"] for body in list(target.contacts.values())[held:]]
    assert (again.code, again.states) == (0, {"created": len(rejects)})
    assert names == ["Ñáñez"] * len(rejects)


def test_an_unmended_copy_rejects_the_same_rows_for_the_same_reasons(tmp_path: Path) -> None:
    first = importer("check", FOLDER / "crm_es.csv", *WORDS, cwd=tmp_path)
    rejects = read_rejects(first.document)
    write(tmp_path / "copy.csv", rejects, encoding="cp1252", delimiter=";")
    for copy in (first.document["files"]["rejects"], "copy.csv"):
        again = importer("check", copy, *WORDS, cwd=tmp_path)
        assert again.document["rejected"] == again.document["read"] == len(rejects)
        assert [row["_reasons"] for row in read_rejects(again.document)] == [row["_reasons"] for row in rejects]


def test_no_full_card_number_is_in_any_file_of_the_run(tmp_path: Path) -> None:
    with Target(adopt=True) as target:
        for sample, mapping in (
            ("crm_es.csv", "sample_crm"),
            ("shop_en.csv", "sample_shop"),
            ("loyalty.parquet", "sample_loyalty"),
        ):
            words = ("run", FOLDER / sample, "-m", mapping, "--new-ledger")
            importer(*words, cwd=tmp_path, env=account(target.base_url))
    numbers = (
        b"4111111111111111",
        b"4111 1111 1111 1111",
        b"4111-1111-1111-1111",
        b"5500005555555559",
        b"378282246310005",
    )
    raw = b"".join(path.read_bytes() for path in FOLDER.glob("*.csv"))
    assert any(number in raw for number in numbers)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            assert not any(number in path.read_bytes() for number in numbers), path


def test_no_full_card_number_is_in_any_parquet_file_of_the_run(tmp_path: Path) -> None:
    done = importer("check", FOLDER / "crm_es.csv", *WORDS, cwd=tmp_path)
    planned = importer("plan", FOLDER / "crm_es.csv", *WORDS, "--sandbox", cwd=tmp_path)
    found = sorted(tmp_path.rglob("*.parquet"))
    assert (done.code, planned.code, len(found) > 3) == (3, 11, True)
    for path in found:
        texts = pl.read_parquet(path).select(
            pl.selectors.string().str.contains("4111[ -]?1111[ -]?1111[ -]?1111").any()
        )
        assert not any(texts.row(0)), path
