"""The ready mappings: complete, right by their own examples, found by name, and proven on an export of their kind."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from program import REPOSITORY, adds_up, importer, read_rejects

from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.mapping.model import ContactMap, FieldMap, Mapping, SourceOptions
from importer.mapping.places import mapping_columns, places

READY = ("brevo", "google", "hubspot", "mailchimp", "outlook", "salesforce", "shopify", "template")
FOLDER = REPOSITORY / "sample_data" / "ready"
BROKEN = json.loads((FOLDER / "broken.json").read_text("utf-8"))
KNOWN_BY_EMAIL = {"brevo", "google", "outlook"}
HEADERS = {
    "brevo": [
        *("EMAIL", "LASTNAME", "FIRSTNAME", "SMS", "EMAIL_BLACKLISTED", "SMS_BLACKLISTED"),
        *("ADDED_TIME", "MODIFIED_TIME"),
    ],
    "hubspot": [
        *("Record ID", "First Name", "Last Name", "Email", "Phone Number", "Lead Status", "Create Date"),
        *("Associated Company", "Country/Region", "Contact owner"),
    ],
}
"""Typed again by hand, so that a sample that drifts can't hide in its maker."""
QUIRKS = {
    "brevo": ["\ufeffEMAIL;", ";57310555"],
    "google": [" ::: ", "* myContacts", ",--07-22,"],
    "hubspot": ["Espiga;", ' PM"', "5.12E+11"],
    "mailchimp": ['"Email Address","First Name","Last Name",MEMBER_RATING', '""VIP""'],
    "outlook": ['"0/0/00"', "\r\nApto 402", "ñandúes"],
    "salesforce": ['"0035g00000', ".000Z", "\nApto 402"],
    "shopify": [",'+", "\n'72104483", '"vip, '],
    "template": ["NULL", " | ", '"{""theme"": ""dark""}"'],
}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.csv").read_bytes().decode("cp1252" if name == "outlook" else "utf-8")


def header_of(name: str) -> list[str]:
    delimiter = ";" if name == "brevo" else ","
    return next(csv.reader(io.StringIO(text_of(name).removeprefix("\ufeff")), delimiter=delimiter))


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    script = FOLDER.parent / "make_ready.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in FOLDER.iterdir()
    }


@pytest.mark.parametrize("name", READY)
def test_each_sample_is_written_with_the_quirks_of_its_system(name: str) -> None:
    text = text_of(name)

    assert [quirk for quirk in QUIRKS[name] if quirk not in text] == []
    assert 25 <= BROKEN[name]["rows"] <= 60
    assert header_of(name) == HEADERS.get(name, header_of(name))


@pytest.mark.parametrize("name", READY)
def test_each_mapping_is_found_by_its_name_from_anywhere(name: str, tmp_path: Path) -> None:
    assert find_mapping(name, cwd=tmp_path).name == f"{name}.yaml"


@pytest.mark.parametrize("name", READY)
def test_each_mapping_names_whose_customers_they_are_and_reads_columns_of_its_export_only(
    name: str, tmp_path: Path
) -> None:
    mapping = load_mapping(find_mapping(name, cwd=tmp_path)).mapping

    assert mapping.name == name
    assert mapping.key == (("email",) if name in KNOWN_BY_EMAIL else ("external_id",))
    assert set(mapping_columns(mapping)) <= set(header_of(name))
    assert len(mapping.tests) >= 4
    assert any(example.reasons for example in mapping.tests)
    # The id of another system is no id of the target's.
    assert ("id" in {place.place for place in places(mapping)}) == (name == "template")


@pytest.mark.parametrize("name", READY)
def test_every_column_that_is_not_mapped_is_told_with_its_why_or_is_of_the_many_of_outlook(name: str) -> None:
    path = find_mapping(name, cwd=FOLDER)
    unread = set(header_of(name)) - set(mapping_columns(load_mapping(path).mapping))
    head = path.read_text("utf-8").partition("\ntests:")[0]

    assert unread == set() or "# Not mapped: " in head
    if name in {"brevo", "mailchimp", "hubspot", "shopify", "template"}:
        assert [column for column in unread if column not in head] == []


@pytest.mark.parametrize("name", READY)
def test_each_sample_passes_the_rehearsal_and_is_rejected_where_it_is_broken_only(name: str, tmp_path: Path) -> None:
    done = importer("run", "--sandbox", FOLDER / f"{name}.csv", "-m", name, "--json", cwd=tmp_path)
    document = done.document

    assert done.code == 3
    assert document["read"] == BROKEN[name]["rows"]
    assert adds_up(document)
    assert document["failed"] == document["unknown"] == document["unsent"] == 0
    assert {row["_row"]: sorted(row["_reasons"].split()) for row in read_rejects(document)} == BROKEN[name]["broken"]


def test_the_template_tells_every_key_of_the_language(tmp_path: Path) -> None:
    text = find_mapping("template", cwd=tmp_path).read_text("utf-8")
    known = {*Mapping.model_fields, *SourceOptions.model_fields, *FieldMap.model_fields, *ContactMap.model_fields}

    assert [key for key in sorted(known) if not re.search(rf"\b{key}\b", text)] == []


def test_the_ready_mappings_are_in_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("importer/mappings/")}

    assert packed >= {f"importer/mappings/{name}.yaml" for name in READY}
    # What is unpacked elsewhere finds them without the checkout.
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    told = subprocess.run(
        [sys.executable, "-m", "importer", "mapping", "lint", "shopify"],
        cwd=unpacked,
        env={"PYTHONPATH": str(unpacked), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith(str(unpacked / "importer" / "mappings" / "shopify.yaml"))
