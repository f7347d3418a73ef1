"""What `check` says of the columns of a file, and where it keeps it."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from program import importer

from importer.columns import Verdict
from importer.mapping.compile import compile_mapping
from importer.mapping.load import load_mapping
from importer.prepare.batch import judge_batch
from importer.prepare.columns import FIRST, SMALL, ColumnLooks, ColumnWatch
from importer.prepare.uses import column_uses
from importer.source import Batch, Declared, open_sources

MAPPING = """
version: 1
name: shop
source: {delimiter: ";", blank: ["NULL"]}
key: external_id
contact:
  external_id: No
  first_name: Nombre
  dob: {column: Nac, date: "%d/%m/%Y"}
  gender: {column: Sexo, values: {H: MALE, M: FEMALE}}
  document_number: Doc
  tags: {points: {column: Puntos, number: true}}
  addresses:
    - {street_number: Casa, zip_code: CP}
"""
HEAD = "No;Nombre;Nac;Sexo;Doc;Puntos;Casa;CP;Nota"
ROWS = (
    "'1001;Ana;03/04/1990;H;1.23E+11;12,5;S/N;05001;x",
    "'1002;Luz;05/06/1991;M;1020304050;7;S/N;11001;x",
    "'1003;N/D;07/08/1992;W;1020304051;8;12;5001;x",
    "'1004;NULL;45231;n/a;1020304052;9;12;76001;x",
)


def written(folder: Path, *rows: str) -> tuple[Path, Path]:
    mapping, source = folder / "shop.yaml", folder / "shop.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    source.write_text("\n".join((HEAD, *rows, "")), encoding="utf-8")
    return source, mapping


def looks(source: Path, mapping: Path, *, size: int = 0, batch_rows: int = 50_000) -> ColumnLooks:
    loaded = load_mapping(mapping)
    compiled = compile_mapping(loaded.mapping)
    sources = open_sources([str(source)], Declared(delimiter=";"), batch_rows=batch_rows)
    watch = ColumnWatch(column_uses(loaded.mapping, compiled), size)
    for batch in sources.batches():
        watch.add(watch.take(judge_batch(batch, compiled, date(2026, 11, 22))))
    return watch.told(sources.names)


def found(told: ColumnLooks) -> dict[tuple[str, str], Verdict]:
    return {(verdict.place, verdict.kind): verdict for verdict in told.verdicts}


def test_check_says_what_the_columns_look_like_and_keeps_it_in_run_json(tmp_path: Path) -> None:
    source, mapping = written(tmp_path, *ROWS)
    done = importer("check", source, "-m", mapping, cwd=tmp_path)
    (run,) = (tmp_path / "importer-state" / "runs").glob("*/run.json")
    columns = json.loads(run.read_text("utf-8"))["columns"]
    told = {(one["place"], one["kind"]): (one["count"], one["rows"]) for one in columns["verdicts"]}
    assert (columns["looked"], columns["all"]) == (4, True)
    assert told == {
        ("external_id", "guarded"): (4, ["1", "2", "3"]),
        ("first_name", "blanks"): (1, ["3"]),
        ("dob", "excel_serials"): (1, ["4"]),
        ("dob", "dates_unproven"): (3, ["1", "2", "3"]),
        ("gender", "blanks"): (1, ["4"]),
        ("gender", "outside_table"): (2, ["3", "4"]),
        ("document_number", "scientific"): (1, ["1"]),
        ("tags.points", "decimal_mark"): (1, ["1"]),
        ("addresses[0].zip_code", "zeros_lost"): (1, ["3"]),
    }
    assert "What the columns look like:\n  No (external_id): an apostrophe in front" in done.out
    assert 'add to blank: "N/D".' in done.out
    assert "Columns that no field uses: Nota" in done.out
    for cell in ("1001", "45231.", "03/04/1990", "1020304050", "5001"):
        assert cell not in json.dumps(columns)


def test_the_document_on_stdout_keeps_its_keys(tmp_path: Path) -> None:
    source, mapping = written(tmp_path, *ROWS)
    assert "columns" not in importer("check", source, "-m", mapping, "--json", cwd=tmp_path).document


def test_a_column_without_fault_is_not_spoken_of(tmp_path: Path) -> None:
    source, mapping = written(tmp_path, "1001;Ana;13/04/1990;H;1020304050;12.5;S/N;05001;x")
    assert "What the columns look like" not in importer("check", source, "-m", mapping, cwd=tmp_path).out


def test_rows_of_wrong_shape_are_not_looked_at_and_hide_nothing(tmp_path: Path) -> None:
    told = looks(*written(tmp_path, *ROWS, "1005;too;short"))
    assert (told.looked, told.whole) == (4, True)


def test_looks_are_the_same_however_the_file_is_cut_into_batches(tmp_path: Path) -> None:
    files = written(tmp_path, *(row.replace("'10", f"'{number}") for number in range(50) for row in ROWS))
    assert looks(*files, batch_rows=7) == looks(*files) != looks(*written(tmp_path, ROWS[0]))


def test_of_a_large_source_a_share_is_looked_at_and_what_failed_is_found_all_the_same(tmp_path: Path) -> None:
    plain = [f"{number};Ana;13/04/1990;H;1020304050;7;1;11001;x" for number in range(30_000)]
    plain[-5] = "x;Ana;45231;W;1020304050;7;1;11001;x"
    told = looks(*written(tmp_path, *plain), size=SMALL + 1, batch_rows=10_000)
    verdicts = found(told)
    assert FIRST + 200 < told.looked < FIRST + 400
    assert not told.whole
    assert verdicts["dob", "excel_serials"].sentence().startswith("Nac (dob): numbers such as 45231")
    assert "at least 1 (row 29996)" in verdicts["dob", "excel_serials"].sentence()
    assert (verdicts["gender", "outside_table"].count, verdicts["gender", "outside_table"].exact) == (1, True)


def test_rows_of_several_sources_are_named_with_their_source(tmp_path: Path) -> None:
    source, mapping = written(tmp_path, *ROWS)
    loaded = load_mapping(mapping)
    compiled = compile_mapping(loaded.mapping)
    watch = ColumnWatch(column_uses(loaded.mapping, compiled), 0)
    (batch,) = open_sources([str(source)], Declared(delimiter=";")).batches()
    for index in (0, 1):
        moved = Batch(replace(batch.ref, source=index), batch.cells, batch.meta)
        watch.add(watch.take(judge_batch(moved, compiled, date(2026, 11, 22))))
    verdict = found(watch.told(["a.csv", "b.csv"]))["dob", "excel_serials"]
    assert (verdict.count, verdict.rows) == (2, ("a.csv:4", "b.csv:4"))


def test_a_source_with_no_rows_gives_no_verdict(tmp_path: Path) -> None:
    assert looks(*written(tmp_path)).verdicts == ()
