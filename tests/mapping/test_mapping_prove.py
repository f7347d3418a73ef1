"""`date: auto` takes an order only where the column proves it, over all rows and all sources."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from program import Finished, importer, read_rejects

from importer.errors import MappingError
from importer.session import open_given

MAPPING = """
version: 1
name: shop
key: external_id
contact:
  external_id: No
  dob: {column: Nac, date: auto}
  tags: {since: {column: Alta, date: auto}}
  addresses:
    - {city: Ciudad, alias: {column: Mudanza, date: auto}}
"""


def write(folder: Path, *dates: str, more: str = "2020-01-01,2020-01-01", mapping: str = MAPPING) -> None:
    (folder / "shop.yaml").write_text(mapping, encoding="utf-8")
    lines = [f"{number},{text},{more},Cali" for number, text in enumerate(dates, 1)]
    (folder / "shop.csv").write_text("\n".join(("No,Nac,Alta,Mudanza,Ciudad", *lines, "")), encoding="utf-8")


def checked(folder: Path, *dates: str, more: str = "2020-01-01,2020-01-01", mapping: str = MAPPING) -> Finished:
    write(folder, *dates, more=more, mapping=mapping)
    return importer("check", "shop.csv", "-m", "shop.yaml", "--json", cwd=folder)


def made(folder: Path, *dates: str, mapping: str = MAPPING) -> list[str]:
    """Give the dates that are sent, by the sandbox's own words in the bodies of a plan."""
    write(folder, *dates, mapping=mapping)
    done = importer("plan", "shop.csv", "-m", "shop.yaml", "--sandbox", "--json", cwd=folder)
    run = Path(done.document["files"]["run"]).parent
    bodies = pl.read_parquet(run / "parts" / "bodies-00000.parquet")["body"]
    return [json.loads(body)["dob"] for body in bodies.drop_nulls()]


def test_one_day_after_the_12th_proves_the_order_for_all(tmp_path: Path) -> None:
    assert made(tmp_path, "03/04/1990", "13/04/1990", "5-6-1991", "1992-07-08") == [
        "1990-04-03", "1990-04-13", "1991-06-05", "1992-07-08",
    ]  # fmt: skip
    assert made(tmp_path, "03/04/1990", "04/13/1990") == ["1990-03-04", "1990-04-13"]


def test_a_proof_far_down_counts_for_the_first_row(tmp_path: Path) -> None:
    assert made(tmp_path, "03/04/1990", *["05/05/1990"] * 3_000, "04/25/1990")[0] == "1990-03-04"


def test_years_of_two_digits_need_a_pivot_with_auto_too(tmp_path: Path) -> None:
    assert checked(tmp_path, "13/04/90").document["reasons"] == {"dob|date": 1}
    assert made(tmp_path, "13/04/90", mapping=MAPPING.replace("Nac, date: auto", "Nac, date: auto, pivot: 1930")) == [
        "1990-04-13"
    ]


def test_dates_that_are_the_same_both_ways_need_no_proof(tmp_path: Path) -> None:
    assert made(tmp_path, "05/05/1990", "1990-01-02") == ["1990-05-05", "1990-01-02"]


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_both_orders_in_one_column_are_refused_with_counts_and_rows(verb: str, tmp_path: Path) -> None:
    write(tmp_path, "13/04/1990", "14/04/1990", "04/13/1990", "03/04/1990")
    done = importer(verb, "shop.csv", "-m", "shop.yaml", *(["--sandbox"] if verb == "plan" else []), cwd=tmp_path)
    assert done.code == 4
    assert "contact.dob: date: auto finds both orders: 2 dates (rows 1, 2) can only have the day first" in done.err
    assert "1 dates (row 3) only the month" in done.err
    assert "1990" not in done.err


def test_a_column_that_proves_nothing_is_refused_with_counts_and_rows(tmp_path: Path) -> None:
    done = checked(tmp_path, "03/04/1990", "05/06/1990")
    assert done.code == 4
    assert "contact.dob: date: auto finds no proof: 2 dates (rows 1, 2) read both ways" in done.err


def test_each_column_is_judged_by_itself_wherever_it_is_mapped(tmp_path: Path) -> None:
    assert checked(tmp_path, "13/04/1990", more="04/13/1990,14.04.1990").code == 0
    done = checked(tmp_path, "13/04/1990", more="04/13/1990,03.04.1990")
    assert "contact.addresses.0.alias: date: auto finds no proof" in done.err


def test_what_is_no_date_is_rejected_by_itself(tmp_path: Path) -> None:
    done = checked(tmp_path, "13/04/1990", "soon")
    assert [row["_reasons"] for row in read_rejects(done.document)] == ["dob|date"]


def test_auto_beside_a_format_is_refused(tmp_path: Path) -> None:
    done = checked(tmp_path, "13/04/1990", mapping=MAPPING.replace("Nac, date: auto", 'Nac, date: [auto, "%d/%m/%Y"]'))
    assert done.code == 4
    assert "auto stands alone" in done.err


def reopened(folder: Path, document: dict[str, Any], old: str, new: str) -> str:
    """Mend a cell of the rejects, open them again, and give the first format in which their dates are read."""
    text = Path(document["files"]["rejects"]).read_text(encoding="utf-8-sig")
    (folder / "mended.csv").write_text(text.replace(old, new, 1), encoding="utf-8-sig")
    given = open_given([str(folder / "mended.csv")], "shop.yaml", folder, folder / "importer-state")
    return str(given.loaded.mapping.contact.dob.date[0])  # type: ignore[attr-defined]  # made at run time


def test_mended_rows_are_read_as_the_runs_of_the_mapping_found_if_they_agree(tmp_path: Path) -> None:
    first = checked(tmp_path, "04/13/1990", "05/06/191")
    assert [row["_reasons"] for row in read_rejects(first.document)] == ["dob|date"]
    assert reopened(tmp_path, first.document, "05/06/191", "05/06/1991") == "%m/%d/%Y"
    assert reopened(tmp_path, first.document, "05/06/191", "16/06/1991") == "%m/%d/%Y", "one row proves nothing else"
    assert checked(tmp_path, "05/06/1991").code == 4, "a whole file is read by what it proves itself"
    checked(tmp_path, "13/04/1990")
    told = 'write date: "%d/%m/%Y" where the day stands first, date: "%m/%d/%Y" where the month does'
    with pytest.raises(MappingError, match=told):
        reopened(tmp_path, first.document, "05/06/191", "05/06/1991")
    assert reopened(tmp_path, first.document, "05/06/191", "05/16/1991") == "%m/%d/%Y"
