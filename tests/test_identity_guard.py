"""What would give known customers other keys, and so create them again: held with 8, seen from the command line."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from program import Finished, account, importer, read_rejects
from target import Target

COMPOSED, APART = "Jos\u00e9", "Jose\u0301"
HEAD = "version: 1\nname: crm\nkey: external_id\n"
CONTACT = "contact:\n  email: mail\n  external_id: "
ROWS = "id,alt,mail\n" + "".join(f"a-{n},b-{n},m{n}@correo.example.com\n" for n in range(4))


def send(folder: Path, target: Target, mapping: str, rows: str, *more: str) -> Finished:
    (folder / "crm.yaml").write_text(mapping, "utf-8")
    (folder / "rows.csv").write_text(rows, "utf-8")
    words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json", *more)
    return importer(*words, cwd=folder, env=account(target.base_url))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD + CONTACT + "id\n", HEAD + CONTACT + "alt\n"),
        (
            HEAD + CONTACT + "{column: id, replace: {a-: x, a: y}}\n",
            HEAD + CONTACT + "{column: id, replace: {a: y, a-: x}}\n",
        ),
        (HEAD + CONTACT + "{columns: [id, alt]}\n", HEAD + CONTACT + "{columns: [alt, id]}\n"),
        (
            HEAD + CONTACT + "{columns: [id, alt], join: '-'}\n",
            HEAD + CONTACT + "{columns: [id, alt], join: '/'}\n",
        ),
        (HEAD + CONTACT + "id\n", HEAD + 'source: {quote: "\'"}\n' + CONTACT + "id\n"),
        (HEAD + CONTACT + "id\n", HEAD + "source: {blank: [a-0]}\n" + CONTACT + "id\n"),
        (
            "version: 1\nname: crm\nkey: [external_id, first_name]\n" + CONTACT + "id\n  first_name: alt\n",
            "version: 1\nname: crm\nkey: [external_id, first_name]\n" + CONTACT + "alt\n  first_name: id\n",
        ),
    ],
    ids=["column", "order of replace", "order of columns", "join", "quote", "blank", "two columns swapped"],
)
def test_a_key_that_is_made_otherwise_creates_nobody_again(tmp_path: Path, before: str, after: str) -> None:
    with Target() as target:
        assert send(tmp_path, target, before, ROWS).states == {"created": 4}
        refused = send(tmp_path, target, after, ROWS)
        assert (refused.code, len(target.requests)) == (8, 4)
        assert "--change-key" in refused.err


def test_a_column_of_the_key_that_the_export_renamed_finds_everybody(tmp_path: Path) -> None:
    with Target() as target:
        send(tmp_path, target, HEAD + CONTACT + "id\n", ROWS)
        renamed = ROWS.replace("id,alt", "number,alt")
        assert send(tmp_path, target, HEAD + CONTACT + "number\n", renamed).states == {"unchanged": 4}
        # The new name is the one that is known from now on.
        assert send(tmp_path, target, HEAD + CONTACT + "alt\n", renamed).code == 8
        assert len(target.created) == 4


def test_a_member_of_a_nested_column_is_a_column_of_the_key_too(tmp_path: Path) -> None:
    rows = "who,mail\n" + "".join(f'"{{""id"":""a{n}"",""alt"":""b{n}""}}",m{n}@correo.example.com\n' for n in range(3))
    with Target() as target:
        assert send(tmp_path, target, HEAD + CONTACT + "who.id\n", rows).states == {"created": 3}
        assert send(tmp_path, target, HEAD + CONTACT + "who.alt\n", rows).code == 8


def test_what_does_not_make_the_key_may_change(tmp_path: Path) -> None:
    with Target() as target:
        send(tmp_path, target, HEAD + CONTACT + "id\n", ROWS)
        other = HEAD + "source: {encoding: utf-8, delimiter: ','}\n" + CONTACT + "{column: id, required: true}\n"
        assert send(tmp_path, target, other + "  first_name: alt\n", ROWS).states == {"updated": 4}


def people(*names: str) -> str:
    return "id,mail\n" + "".join(f"{name},m{n}@correo.example.com\n" for n, name in enumerate(names))


def bodies(target: Target) -> list[Mapping[str, str]]:
    return [received.json for received in target.requests]


def test_an_accent_typed_as_a_sign_of_its_own_is_the_same_customer_and_is_sent_as_it_stands(tmp_path: Path) -> None:
    mapping = HEAD + CONTACT + "id\n"
    with Target() as target:
        assert send(tmp_path, target, mapping, people(COMPOSED, "plain")).states == {"created": 2}
        again = send(tmp_path, target, mapping, people(APART, "plain"))
        assert again.states == {"updated": 1, "unchanged": 1}
        assert [body["external_id"] for body in bodies(target)][-1] == APART


def test_two_rows_that_differ_only_so_are_one_customer_twice(tmp_path: Path) -> None:
    with Target() as target:
        done = send(tmp_path, target, HEAD + CONTACT + "id\n", people(COMPOSED, APART, "plain"))
        assert done.states == {"created": 1, "rejected": 2}
        assert done.document["reasons"] == {"key|duplicate": 2}
        assert [row["id"] for row in read_rejects(done.document)] == [COMPOSED, APART]
