"""What a suggestion must never do: take a row's number for a customer's, replace the source, show data as a header."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from program import importer

from importer.suggest.suggest import suggest

TODAY = date(2026, 11, 22)


def made(folder: Path, header: str, *rows: str, name: str = "c.csv") -> dict[str, Any]:
    said: dict[str, Any] = yaml.load(written(folder, header, *rows, name=name), yaml.BaseLoader)  # noqa: S506  # makes nothing but text
    return said


def written(folder: Path, header: str, *rows: str, name: str = "c.csv") -> str:
    (folder / name).write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return suggest(str(folder / name), today=TODAY, folders=()).text


@pytest.mark.parametrize("header", ["No.", "Nro", "Num", "#", "ID", "Código", "Customer ID"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_count_of_the_rows_is_no_sure_key(header: str, first: int, tmp_path: Path) -> None:
    said = made(tmp_path, f"{header},Email", *(f"{n},zoe{n}@mail.example.com" for n in range(first, first + 40)))
    assert said["key"] == "email"
    assert "external_id" not in said["contact"]


def test_a_count_from_the_last_row_down_is_no_sure_key_either(tmp_path: Path) -> None:
    said = made(tmp_path, "No.,Email", *(f"{n},zoe{n}@mail.example.com" for n in range(40, 0, -1)))
    assert said["key"] == "email"


def test_numbers_with_gaps_are_still_a_key(tmp_path: Path) -> None:
    said = made(tmp_path, "ID,Email", *(f"{n * 3 + n % 2},zoe{n}@mail.example.com" for n in range(40)))
    assert said["key"] == "external_id"


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_source_is_never_written_over(link: object, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Customer ID,Email\nC7,zoe@mail.example.com\n")
    output = tmp_path / "c.csv"
    if callable(link):
        output = tmp_path / "m.yaml"
        link(tmp_path / "c.csv", output)
    before = (tmp_path / "c.csv").read_bytes()
    done = importer("suggest", "c.csv", "-o", output.name, "--force", cwd=tmp_path)
    assert (done.code, (tmp_path / "c.csv").read_bytes()) == (2, before)


def test_the_next_command_can_be_pasted(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    name = "a b/clientes_2026-11_v2 (1).csv"
    (tmp_path / name).write_text("Customer ID,Email\n" + "".join(f"C{n},z{n}@mail.example.com\n" for n in range(30)))
    done = importer("suggest", name, "-o", "m 1.yaml", cwd=tmp_path)
    assert f"importer check '{name}' -m 'm 1.yaml'" in done.err
    assert f"importer check '{name}' -m THIS_FILE" in (tmp_path / "m 1.yaml").read_text("utf-8")


def test_a_file_without_a_header_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("C1,Zoe,zoe@mail.example.com,3105554814\nC2,Ada,ada@mail.example.com,3105554815\n")
    done = importer("suggest", "c.csv", "-o", "m.yaml", cwd=tmp_path)
    assert done.code == 5
    assert "looks like data" in done.err
    assert "zoe" not in done.err
    assert not (tmp_path / "m.yaml").exists()


def test_a_header_that_holds_data_is_never_written(tmp_path: Path) -> None:
    text = written(
        tmp_path, "Customer ID,Zoe <zoe@mail.example.com>,Tel 310 555 4814 99", *(f"C{n * 7},a,b" for n in range(30))
    )
    assert "zoe@" not in text
    assert "4814" not in text


@pytest.mark.parametrize("header", ["Customer ID, Name", "Customer ID,Name,"])
def test_a_header_that_the_reader_refuses_is_told_a_cure_that_suggest_has(header: str, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"{header}\nC1,Zoe\nC2,Ada\n")
    done = importer("suggest", "c.csv", cwd=tmp_path)
    assert done.code == 5
    assert "in a copy" in done.err


@pytest.mark.parametrize("header", ["cvv", "CVC2", "Código de seguridad", "password", "Senha"])
def test_security_codes_and_passwords_are_never_offered(header: str, tmp_path: Path) -> None:
    assert header not in written(tmp_path, f"Customer ID,{header}", *(f"C{n * 7},{100 + n}" for n in range(30)))


def test_a_word_for_nothing_in_a_name_is_a_name(tmp_path: Path) -> None:
    rows = [f"C{n * 7},{'Null' if n == 3 else 'Paz'},{'NULL' if n % 2 else 'Neiva'},N/D" for n in range(90)]
    said = made(tmp_path, "Customer ID,Apellido,Ciudad,Tel", *rows)
    assert said["source"]["blank"] == ["N/D"]
    assert said["contact"]["last_name"] == "Apellido"
    assert said["contact"]["city"]["blank"] == ["NULL"]


def test_addresses_that_are_emails_are_emails(tmp_path: Path) -> None:
    said = made(tmp_path, "Dirección,Ciudad", *(f"zoe{n}@mail.example.com,Neiva" for n in range(30)))
    assert said["contact"]["email"]["column"] == "Dirección"
    assert said["key"] == "email"


def test_a_second_email_never_stands_in_for_the_first(tmp_path: Path) -> None:
    rows = [f"{f'zoe{n}@mail.example.com' if n % 9 else ''},alt{n}@mail.example.com" for n in range(90)]
    said = made(tmp_path, "email,alt email", *rows)
    assert said["contact"]["email"]["column"] == "email"
    assert "key" not in said


@pytest.mark.parametrize(
    ("header", "other", "kept"),
    [("CPF", "RG", "CPF"), ("DNI", "CUIT", "DNI"), ("Contacto.DNI", "Empresa.NIT", "Contacto.DNI")],
)
def test_of_two_documents_the_persons_own_is_taken(header: str, other: str, kept: str, tmp_path: Path) -> None:
    said = made(tmp_path, f"{header},{other}", *(f"{30_000_000 + n * 17},{20_000_000 + n * 13}" for n in range(40)))
    assert said["contact"]["document_number"] == kept


def test_the_companys_number_is_not_the_persons(tmp_path: Path) -> None:
    rows = [f"C{n * 7},{800_000_000 + n}" for n in range(40)]
    assert "document_number" not in made(tmp_path, "Contacto.Id,Empresa.NIT", *rows)["contact"]


@pytest.mark.parametrize(
    ("cells", "form"),
    [("13041980 25121975", "%d%m%Y"), ("04131980 12251975", "%m%d%Y"), ("03041980 05061975", None)],
)
def test_dates_without_separators_are_read_where_their_order_is_proven(
    cells: str, form: str | None, tmp_path: Path
) -> None:
    one, two = cells.split()
    said = made(tmp_path, "Customer ID,dob", *(f"C{n * 7},{two if n % 2 else one}" for n in range(40)))
    assert (said["contact"].get("dob") or {}).get("date") == form


def test_a_very_wide_file_is_bounded_and_says_so(tmp_path: Path) -> None:
    names = ["Customer ID", "Email", *(f"phone {n} home" if n % 2 else f"q{n}" for n in range(3_000))]
    rows = [",".join([f"C{n * 7}", f"z{n}@mail.example.com", *("1" for _ in names[2:])]) for n in range(40)]
    (tmp_path / "c.csv").write_text("\n".join([",".join(names), *rows]) + "\n")
    begun = time.process_time()
    said = suggest(str(tmp_path / "c.csv"), today=TODAY, folders=())
    assert time.process_time() - begun < 12
    assert said.runs
    assert any("only glanced at" in note for note in said.notes)


def test_when_it_is_stopped_it_says_what_is_true(tmp_path: Path) -> None:
    names = ["Customer ID", *(f"q{n}" for n in range(8_000))]
    rows = [",".join([f"C{n * 7}", *("1" for _ in names[1:])]) for n in range(200)]
    (tmp_path / "c.csv").write_text("\n".join([",".join(names), *rows]) + "\n")
    with subprocess.Popen(
        [sys.executable, "-m", "importer", "suggest", "c.csv", "-o", "m.yaml"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.send_signal(signal.SIGTERM)
        told = process.communicate()[1]
    assert process.returncode == 143
    assert "goes on" not in told
    assert "nothing was written" in told or "before anything was begun" in told
    assert not (tmp_path / "m.yaml").exists()
