"""Docs are whole: links lead somewhere, commands parse, the index knows each page, tables are those of the program."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from fences import DOCS, PAGES, anchors, commands, links, spans
from program import REPOSITORY
from test_architecture import FLOORS

from importer.cli import COMMANDS, group
from importer.errors import Exit

SOURCES_OF_PAGES = {path.name for path in DOCS.glob("*_intro.md")}
"""Pieces from which a page is written, no pages themselves."""


PLACEHOLDERS = {"TIME": "2026-03-01T14:30:00Z"}
"""Words that the program prints for something to fill in, and that no option takes as they are."""


def names(path: Path) -> str:
    return path.name


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("IMPORTER_STATE_DIR", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_relative_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_in_a_block_parses(page: Path) -> None:
    wrong = []
    for command in commands(page):
        try:
            parse([PLACEHOLDERS.get(word, word) for word in command.words])
        except click.ClickException as error:
            wrong.append(f"{command}: {error.format_message()}")
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_in_a_sentence_is_there_with_its_options(page: Path) -> None:
    wrong = []
    for span in spans(page):
        known = options_of(span.words)
        wrong += [f"{span}: {word}" for word in span.words if word.startswith("-") and word.split("=")[0] not in known]
    assert wrong == []


def test_commands_are_found_in_blocks_of_every_kind() -> None:
    found = [command for page in PAGES for command in commands(page)]
    assert len(found) > 80
    assert {command.words[0] for command in found} >= {"run", "check", "plan", "apply", "undo", "resolve", "purge"}
    assert {command.page.name for command in found} >= {"README.md", "cron.md", "story.md", "sending.md", "updates.md"}


def parse(rest: list[str]) -> None:
    context = click.Context(group, info_name="importer")
    command: click.Command = group
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, name
        command = found
    if rest not in (["--help"], ["--version"]):
        command.make_context("importer", rest, parent=context)


def options_of(words: tuple[str, ...]) -> set[str]:
    command: click.Command = group
    for word in words:
        if isinstance(command, click.Group) and word in command.list_commands(click.Context(command)):
            command = command.get_command(click.Context(command), word) or command
    assert command is not group or words[0] in ("COMMAND", "--help"), words
    return {"--help", "-h", *(name for option in command.params for name in option.opts)}


def test_the_index_leads_to_every_page_and_every_page_leads_back_to_a_title() -> None:
    index = set(links(DOCS / "README.md"))
    pages = {path.name for path in DOCS.glob("*.md")} - SOURCES_OF_PAGES - {"README.md"}
    assert pages - index == set()
    assert [path.name for path in PAGES if not path.read_text("utf-8").startswith("# ")] == []


@pytest.mark.parametrize("path", [REPOSITORY / "README.md", DOCS / "exit-codes.md"], ids=names)
def test_the_table_of_exit_codes_is_that_of_the_program(path: Path) -> None:
    told = [
        int(number)
        for row in rows(path)
        for cell in row
        if re.fullmatch(r"\d+( \d+)*", cell)
        for number in cell.split()
    ]
    assert sorted(told) == sorted(int(code) for code in Exit)


def rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text("utf-8").splitlines():
        if re.match(r"\| \d", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_every_test_that_docs_name_is_there() -> None:
    known = {
        node.name
        for path in (REPOSITORY / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text("utf-8"))}
    assert named - known == set()


def test_the_reference_has_a_section_for_every_command() -> None:
    told = set(re.findall(r"(?m)^## `(\w+)", (DOCS / "commands.md").read_text("utf-8")))
    assert told == set(COMMANDS)


def test_the_design_has_every_room_on_its_floor() -> None:
    page = (DOCS / "design.md").read_text("utf-8")
    told = {
        int(row[1]): set(re.findall(r"`(\w+)(?:\.py|/)`", row[2]))
        for row in re.finditer(r"(?m)^\| (\d) \| (.*)\|$", page)
    }
    told |= {level: set() for level in range(len(FLOORS)) if level not in told}
    assert [told[level] for level in range(len(FLOORS) - 1)] == [set(rooms) for rooms in FLOORS[:-1]]


def test_the_design_fits_two_pages_and_a_drawing() -> None:
    page = re.sub(r"(?s)```mermaid.*?```", "", (DOCS / "design.md").read_text("utf-8"))
    assert len(page.split()) < 1_200


def test_the_readme_names_every_ready_mapping() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8").lower()
    names = {path.stem for path in (REPOSITORY / "mappings").glob("*.yaml")}
    assert [name for name in names if not re.match("sample_|template", name) and name not in readme] == []


def test_what_pages_repeat_of_measurements_is_what_the_measured_pages_say() -> None:
    read = (DOCS / "reading.md").read_text("utf-8").replace("\n", " ")
    (seconds, gigabytes) = re.findall(r"takes (\d+) s of preparing, and ([\d.]+) GB", read)[0]
    assert f"in {seconds} seconds and less than a" in (DOCS / "how-to-ten-million-rows.md").read_text("utf-8")
    assert float(gigabytes) < 1
    total = re.findall(r"(?m)^\| \*\*all\*\* \| (.*) \|$", (DOCS / "torture.md").read_text("utf-8"))[0].split(" | ")
    kills, twice, lost = int(total[0]), int(total[-2]), int(total[-1])
    assert (kills >= 200, twice, lost) == (True, 0, 0), "compare.md says hundreds of kills, nobody twice, none lost"
