"""Headers that YAML or the mapping language could take for something else: what is written is read back."""

import csv
from datetime import date
from pathlib import Path

import pytest

from importer.mapping.compile import compile_mapping
from importer.mapping.load import check_columns, load_mapping
from importer.suggest.suggest import suggest

HEADERS = (
    ["Email"],
    ["Customer ID", 'E"mail', 'Ciudad: "x"', "# Teléfono", "addr{n}_city", "- Nombre"],
    ["ID cliente", "Línea\ndos", "null", "~", "Sexo 🙂", "yes", "Tel\u2028x"],
    ["Código", "Apellido", "A'b", "x,y", "{a: b}", "[z]", "&r", "*s", "!t", "%u", "@v", "`w`"],
    ["Customer ID", *(f"phone {number}" for number in range(1, 130))],
)


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_strange_header_makes_a_mapping_that_fits_its_file(header: list[str], tmp_path: Path) -> None:
    source, written = tmp_path / "c.csv", tmp_path / "m.yaml"
    cells = {"mail": "zoe{}@mail.example.com", "Tel": "310555{:04}", "phone": "310555{:04}", "": "C{}"}
    forms = [next(form for word, form in cells.items() if word in name) for name in header]
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *([form.format(row) for form in forms] for row in range(40))])
    made = suggest(str(source), today=date(2026, 11, 22), folders=())
    assert made.runs
    written.write_text(made.text, "utf-8")
    loaded = load_mapping(written)
    compile_mapping(loaded.mapping)
    check_columns(loaded, tuple(header))
