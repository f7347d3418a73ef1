"""report.html as the program leaves it, with a run that knows all states but unsent, and where it can't be written."""

import os
import re
from pathlib import Path

import pytest
from faults import ANSWER, Act, cut, status
from program import Finished, account, importer
from received import Received
from target import Target

MAPPING = (
    "version: 1\nname: page\nkey: external_id\n"
    "contact: {external_id: no, first_name: name, email: {column: mail, required: true}}\n"
)
SECRET = "Quetzalina"


def act(received: Received, *_: object) -> Act:
    text = received.body.decode()
    if '"3"' in text:
        return status(422, body=f'{{"error":"{SECRET} 3 is no name, ask mia@example.com"}}'.encode())
    return cut(commit=True) if '"4"' in text else ANSWER


def write_job(folder: Path) -> None:
    (folder / "m.yaml").write_text(MAPPING)
    lines = [f"{n},{SECRET} {n},a{n}@correo.example.com" for n in range(1, 41)]
    lines[9] = "10,<script>alert(1)</script>,"
    (folder / "a.csv").write_text("no,name,mail\n" + "\n".join(lines) + "\n")


def page_of(done: Finished) -> str:
    return Path(done.document["files"]["report"]).read_text("utf-8")


def test_the_page_tells_every_state_reason_and_next_command_and_no_cell(tmp_path: Path) -> None:
    write_job(tmp_path)
    with Target(act) as target:
        done = importer(
            "run", "a.csv", "-m", "m.yaml", "--new-ledger", "--json", cwd=tmp_path, env=account(target.base_url)
        )
    assert done.states == {"created": 37, "rejected": 1, "failed": 1, "unknown": 1}
    page, path = page_of(done), Path(done.document["files"]["report"])
    assert path.is_absolute()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "email|required" in page
    assert "It is blank but required." in page
    assert "The server answered 422 (Unprocessable" in page
    assert "[first_name] is no name, ask [email]" in page
    assert f"importer resolve {done.document['run_id']} --export FILE" in page
    assert not re.search(f"{SECRET}|correo.example.com|mia@|<script", page)
    for words, told in ((("-o", "p.html"), False), (("-o", "p.html", "--unmasked"), True)):
        assert importer("show", "last", "--html", *words, cwd=tmp_path).code == 0
        assert (f"{SECRET} 3 is no name" in (tmp_path / "p.html").read_text("utf-8")) is told
    assert path.read_text("utf-8") == page


def test_a_page_that_cant_be_written_changes_no_exit_code_and_is_told(tmp_path: Path) -> None:
    write_job(tmp_path)
    first = importer("check", "a.csv", "-m", "m.yaml", "--json", cwd=tmp_path)
    assert "10" in page_of(first)
    report = Path(first.document["files"]["report"])
    report.unlink()
    report.mkdir()
    shown = importer("show", "last", "--html", cwd=tmp_path)
    assert shown.code == 10
    assert "report.html can't be written" in shown.err


def test_show_html_tells_where_the_page_is_and_guards_its_options(tmp_path: Path) -> None:
    write_job(tmp_path)
    done = importer("check", "a.csv", "-m", "m.yaml", "--json", cwd=tmp_path)
    again = importer("show", "last", "--html", cwd=tmp_path)
    assert again.out.strip() == os.path.realpath(done.document["files"]["report"])
    assert importer("show", "last", "--html", "-o", "-", cwd=tmp_path).out == page_of(done)
    assert importer("show", "last", "--unmasked", cwd=tmp_path).code == 2
    assert importer("show", "last", "--html", "--unmasked", cwd=tmp_path).code == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_a_tiny_run_has_a_page_too(rows: int, tmp_path: Path) -> None:
    write_job(tmp_path)
    lines = (tmp_path / "a.csv").read_text().splitlines()[: rows + 1]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    done = importer("check", "a.csv", "-m", "m.yaml", "--json", cwd=tmp_path)
    assert f"{rows:,} of {rows:,} rows can be sent" in page_of(done)


def test_a_clean_check_says_what_sends_the_file(tmp_path: Path) -> None:
    write_job(tmp_path)
    (tmp_path / "a.csv").write_text("no,name,mail\n1,Ana,a@correo.example.com\n")
    done = importer("check", "a.csv", "-m", "m.yaml", cwd=tmp_path)
    assert done.code == 0
    assert done.out.rstrip().endswith("importer run a.csv -m m.yaml")
    assert "Nothing is left to do" not in done.out


def test_what_a_plan_changed_stands_on_the_page_of_its_apply_and_of_a_run(tmp_path: Path) -> None:
    write_job(tmp_path)
    with Target() as target:
        env = account(target.base_url)
        words = ("a.csv", "-m", "m.yaml", "--json")
        first = importer("run", *words, "--new-ledger", cwd=tmp_path, env=env)
        assert "What the plan changes" not in page_of(first)
        for row, verb in ((7, "apply"), (8, "run")):
            text = (tmp_path / "a.csv").read_text()
            (tmp_path / "a.csv").write_text(text.replace(f"{SECRET} {row},", f"{SECRET} {row} {verb},"))
            if verb == "apply":
                importer("plan", *words, cwd=tmp_path, env=env)
            sent = importer(verb, *(("last", "--json") if verb == "apply" else words), cwd=tmp_path, env=env)
            assert sent.states == {"updated": 1, "unchanged": 38, "rejected": 1}
            assert sent.document["changes"]["fields"] == {"first_name": {"changed": 1}}
            assert "What the plan changes" in page_of(sent)


def test_the_page_of_a_comparison_adds_up_and_holds_no_cell(tmp_path: Path) -> None:
    write_job(tmp_path)
    (tmp_path / "b.csv").write_text((tmp_path / "a.csv").read_text().replace(f"{SECRET} 7,", "Wilhelmina,"))
    words = ("reconcile", "a.csv", "-m", "m.yaml", "--against", "b.csv", "-o", "found.csv", "--json")
    done = importer(*words, cwd=tmp_path)
    path = Path(done.document["files"]["report"])
    page = path.read_text("utf-8")
    assert (done.code, path, path.stat().st_mode & 0o777) == (3, tmp_path / "found.html", 0o600)
    assert "Here, 40 rows: same 38, different 1, rejected 1" in page
    assert "There, 40 rows: same 38, different 1, rejected 1" in page
    assert "<code>first_name</code>" in page
    assert "importer plan a.csv -m m.yaml" in page
    assert not re.search(f"{SECRET}|Wilhelmina|correo.example.com|<script", page)
    assert "Wilhelmina" in (tmp_path / "found.csv").read_text("utf-8-sig")
