"""`importer suggest`: what it prints, what it refuses, how long it takes."""

import time
from datetime import date
from pathlib import Path

import pytest
from program import REPOSITORY, importer

from importer.suggest.name import name_for
from importer.suggest.suggest import suggest

TODAY = date(2026, 11, 22)
READY = REPOSITORY / "mappings"
SMALL = "Customer ID,First Name,Last Name,Email\n" + "".join(
    f"C{number},Zoe,Quiroga,zoe{number}@mail.example.com\n" for number in range(30)
)


def text_of(path: Path, content: str, *folders: Path) -> str:
    path.write_text(content, "utf-8")
    return suggest(str(path), today=TODAY, folders=folders).text


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("clientes_2024-11.csv", "clientes"),
        ("Base Clientes Marzo 2025 (2).csv", "base-clientes"),
        ("20250131.csv", "customers"),
        ("export_2025-01-31T10-00.csv", "customers"),
        ("CRM-España nov.csv", "crm-espana"),
        ("2024_q3.csv", "customers"),
        ("顧客.csv", "customers"),
        ("clientes_2026-11_v2 (1).csv", "clientes"),
        ("clientes_lunes.csv", "clientes"),
        ("clientes-martes.csv", "clientes"),
        ("customers_monday.csv", "customers"),
        ("clientes primer_trimestre.csv", "clientes"),
        ("clientes_ii.csv", "clientes"),
        ("clientes final copia.csv", "clientes"),
        ("export_9f86d081884c7d65.csv", "customers"),
        ("clientes_3f2504e0-4f89-11d3-9a0c-0305e82c3301.csv", "clientes"),
        ("clientesNov2026.csv", "clientes"),
        ("clientesnov2026.csv.gz", "clientes"),
        ("cafe_luna.csv", "cafe-luna"),
    ],
)
def test_a_name_holds_no_date_and_no_digit(file: str, name: str) -> None:
    assert name_for(f"/exports/2025/{file}") == name


def test_it_prints_the_mapping_and_notes_apart(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(SMALL)
    done = importer("suggest", "c.csv", cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("# A first mapping")
    assert "all 30 rows of 4 columns" in done.err


def test_it_writes_over_nothing_unless_told(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(SMALL)
    (tmp_path / "m.yaml").write_text("mine")
    refused = importer("suggest", "c.csv", "-o", "m.yaml", cwd=tmp_path)
    assert (refused.code, (tmp_path / "m.yaml").read_text()) == (2, "mine")
    assert importer("suggest", "c.csv", "-o", "m.yaml", "--force", cwd=tmp_path).code == 0
    assert (tmp_path / "m.yaml").read_text("utf-8").startswith("# A first mapping")


@pytest.mark.parametrize(("content", "code"), [(None, 9), ("", 9), ("Email,Name\n", 9)])
def test_a_file_without_rows_is_no_input(content: str | None, code: int, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "c.csv").write_text(content)
    assert importer("suggest", "c.csv", cwd=tmp_path).code == code


@pytest.mark.parametrize(
    ("column", "cells", "sure"),
    [
        ("Sexo", "H M", "gender: {column: Sexo, values: {H: MALE, M: FEMALE}}"),
        ("Sexo", "M F", "gender: {column: Sexo, values: {M: MALE, F: FEMALE}}"),
        ("Sexo", "V M", "gender: {column: Sexo, values: {V: MALE, M: FEMALE}}"),
        ("Sexo", "M M", "# gender: {column: Sexo, values: {M: MALE}}"),
        ("Sexo", "H H", "# gender: {column: Sexo, values: {H: FEMALE}}"),
        ("Sexo", "1 2", "# gender: Sexo"),
        ("Estado", "Activo Inactivo", "status: {column: Estado, values: {Activo: ACTIVE, Inactivo: INACTIVE}}"),
        ("Fecha Nac.", "03/04/1980 25/12/1975", 'dob: {column: Fecha Nac., date: "%d/%m/%Y"}'),
        ("Fecha Nac.", "04/03/1980 12/25/1975", 'dob: {column: Fecha Nac., date: "%m/%d/%Y"}'),
        ("Fecha Nac.", "03/04/1980 05/06/1975", '# dob: {column: Fecha Nac., date: "%d/%m/%Y"}'),
        ("Fecha Nac.", "45231 44100", "# dob: Fecha Nac."),
        ("Fecha Nac.", "2024-03-03 2025-05-01", '# dob: {column: Fecha Nac., date: "%Y-%m-%d"}'),
        ("Fecha Nac.", "13/04/80 25/12/75", 'dob: {column: Fecha Nac., date: "%d/%m/%y", pivot: 1927}'),
        ("País", "Colombia Chile", "country: {column: País, country: code}"),
        ("Correo verificado", "Sí No", "email_verified: {column: Correo verificado, boolean: words}"),
        ("Celular", "+573105554814 +573205554815", "phone: {column: Celular, phone: CO}"),
        ("Celular", "3125554814 3325554815", "phone: Celular"),
        ("Tarjeta", "4242 0042", "- last_four: Tarjeta"),
        ("Tarjeta", "4242 42", "- last_four: {column: Tarjeta, pad: 4}"),
        ("Nº Tarjeta", "4111111111111111 5555555555554444", "#   - last_four: Nº Tarjeta"),
    ],
)
def test_cells_decide_what_a_header_can_not(column: str, cells: str, sure: str, tmp_path: Path) -> None:
    one, two = cells.split()
    rows = "".join(f"{number},{two if number % 2 else one}\n" for number in range(60))
    text = text_of(tmp_path / "c.csv", f"ID cliente,{column}\n{rows}")
    assert any(line.strip().startswith(sure) for line in text.splitlines()), text


def test_a_known_export_gets_the_ready_mapping_with_the_source_as_it_is(tmp_path: Path) -> None:
    columns = (REPOSITORY / "sample_data" / "crm_es.csv").read_bytes().decode("cp1252").splitlines()[2].split(";")
    text = text_of(tmp_path / "c.csv", ",".join(columns) + "\n" + ",".join("1" for _ in columns) + "\n", READY)
    assert "ready mapping `sample_crm`" in text
    assert 'delimiter: ","' in text
    assert 'skip_lines: "0"' in text


@pytest.mark.parametrize(
    "sample", sorted((REPOSITORY / "sample_data" / "ready").glob("*.csv")), ids=lambda one: one.stem
)
def test_the_export_of_each_ready_mapping_is_known_by_its_columns(sample: Path) -> None:
    text = suggest(str(sample), today=TODAY, folders=[READY]).text
    assert f"ready mapping `{sample.stem}`" in text


def test_of_a_large_file_it_reads_head_middle_and_tail(tmp_path: Path) -> None:
    row = 'C{0},Zoe,Quiroga,zoe{0}@mail.example.com,"Calle 1\nInterior 2"\n'
    with (tmp_path / "c.csv").open("w") as file:
        file.write("Customer ID,First Name,Last Name,Email,Address\n")
        file.writelines(row.format(number) for number in range(60_000))
    begun = time.process_time()
    made = suggest(str(tmp_path / "c.csv"), today=TODAY, folders=())
    assert time.process_time() - begun < 5
    assert "some of its head, its middle and its tail" in made.notes[0]
    assert made.runs


def test_a_number_that_counts_the_rows_is_told_as_a_key_that_only_its_owner_can_confirm(tmp_path: Path) -> None:
    rows = "".join(f"{number:05},Zoe,Quiroga,z{number % 9}@mail.example.com\n" for number in range(1, 41))
    text = text_of(tmp_path / "members.csv", "Customer No,First Name,Last Name,Email\n" + rows)
    assert "\nkey:" not in text
    assert "#   external_id: unsure; if customers are known by it" in text
    freed = text.replace("  # external_id:", "  external_id:").replace("# key: email", "key: external_id")
    assert "\nkey: external_id" in freed
    (tmp_path / "members.yaml").write_text(freed, "utf-8")
    assert importer("check", "members.csv", "-m", "members.yaml", "-q", cwd=tmp_path).code == 0
