"""Two mappings of different columns tell the same customers; what they both write alike is alike."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from program import Finished
from test_reconcile_story import importer, lines_of, ties_out, told

HERE = """
version: 1
name: crm
zone: America/Bogota
key: external_id
contact:
  external_id: no
  email: {column: mail, case: lower}
  created_at: {column: since, datetime: "%d/%m/%Y %H:%M"}
  phone: {column: cell, phone: CO}
  tags:
    points: {column: points, number: true}
    "na me": nick
    likes: {column: likes, split: ","}
  addresses:
    - {alias: {value: home}, city: home_city}
    - {alias: {value: work}, city: work_city}
"""
THERE = """
version: 1
name: target
contact:
  id: id
  tags:
    "na me": nickname
    likes: {column: liked, parse: json}
    points: {column: score, number: true}
  external_id: ref
  email: {column: e_mail, case: lower}
  created_at: {column: born, datetime: "%Y-%m-%dT%H:%M:%S%z"}
  phone: msisdn
  city: unknown_here
  addresses:
    - {alias: {value: home}, city: town}
    - {alias: {value: work}, city: office}
"""
MINE = {
    "no": "1", "mail": "ANA@x.co", "since": "31/12/2025 20:00", "cell": "310 555 4814", "points": "1.50",
    "nick": "An na", "likes": "tea,rum", "home_city": "", "work_city": "Cali",
}  # fmt: skip  # a row
THEIRS = {
    "id": "11111111-1111-4111-8111-111111111111", "ref": "1", "e_mail": "ana@X.CO", "born": "2026-01-01T01:00:00+0000",
    "msisdn": "+573105554814", "score": "1.5", "nickname": "An na", "liked": '["tea", "rum"]', "town": "",
    "office": "Cali", "unknown_here": "Lima",
}  # fmt: skip  # a row
SAME = {"no": "ref", "mail": "e_mail", "points": "score", "nick": "nickname", "work_city": "office"}


def compare(
    folder: Path, mine: list[dict[str, str]], theirs: list[dict[str, str]], *, parquet: bool = False
) -> Finished:
    (folder / "here.yaml").write_text(HERE)
    (folder / "there.yaml").write_text(THERE)
    names = []
    for name, rows in (("here", mine), ("there", theirs)):
        names.append(f"{name}.{'parquet' if parquet else 'csv'}")
        if parquet:
            pl.DataFrame(rows).write_parquet(folder / names[-1])
            continue
        with (folder / names[-1]).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    words = ("-m", "./here.yaml", "--against", names[1], "--other-mapping", "./there.yaml", "--json")
    return importer("reconcile", names[0], *words, cwd=folder)


@pytest.mark.parametrize("parquet", [False, True])
def test_what_both_mappings_write_alike_is_the_same(tmp_path: Path, *, parquet: bool) -> None:
    done = compare(tmp_path, [MINE], [THEIRS], parquet=parquet)
    assert (done.code, told(done)) == (0, {})
    assert done.document["not_compared"] == ["city"]
    assert ties_out(done, 1, 1)


@pytest.mark.parametrize(
    ("change", "field", "here", "there"),
    [
        ({"nickname": "Ana"}, "tags.na me", "An na", "Ana"),
        ({"score": "1.51"}, "tags.points", "1.5", "1.51"),
        ({"liked": '["rum", "tea"]'}, "tags.likes", '["tea","rum"]', '["rum","tea"]'),
        ({"born": "2026-01-01T01:00:01+0000"}, "created_at", "2026-01-01T01:00:00Z", "2026-01-01T01:00:01Z"),
        ({"office": ""}, "addresses[0].city", "Cali", ""),
        ({"e_mail": ""}, "email", "ana@x.co", ""),
    ],
)
def test_what_differs_is_told_as_the_mappings_write_it(
    tmp_path: Path, change: dict[str, str], field: str, here: str, there: str
) -> None:
    done = compare(tmp_path, [MINE, {**MINE, "no": "2"}], [{**THEIRS, **change}, {**THEIRS, "ref": "2", "id": ""}])
    found = {line["field"]: (line["here"], line["there"]) for line in lines_of(done) if line["class"] == "different"}
    assert found[field] == (here, there)
    assert done.document["here"]["same"] == 1
    assert {line["matched_by"] for line in lines_of(done)} == {"key"}


def test_a_file_for_a_spreadsheet_is_whole_csv(tmp_path: Path) -> None:
    mine = {**MINE, "nick": 'a "b"\n, c'}
    done = compare(tmp_path, [mine], [{**THEIRS, "nickname": "+1"}])
    raw = Path(done.document["files"]["differences"]).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfclass,")
    (line,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert (line["here"], line["there"]) == ('a "b"\n, c', "'+1")


def test_a_tag_that_a_cell_names_is_told_in_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(
        """
version: 1
name: crm
key: external_id
contact: {external_id: no, tags: {vip: vip, "*": {column: marks, split: ","}}}
"""
    )
    (tmp_path / "here.csv").write_text('no,vip,marks\n1,yes,"ana@x.co,rum"\n2,no,\n')
    (tmp_path / "there.csv").write_text('no,vip,marks\n1,no,"rum,bea@x.co"\n2,no,\n')
    words = ("reconcile", "here.csv", "-m", "./crm.yaml", "--against", "there.csv")
    page, done = importer(*words, cwd=tmp_path), importer(*words, "--json", cwd=tmp_path)
    assert done.document["fields"] == {"tags.*": 1, "tags.vip": 1}
    assert "@" not in page.out + done.out
    assert {line["field"] for line in lines_of(done)} == {"tags.vip", "tags.ana@x.co", "tags.bea@x.co"}
