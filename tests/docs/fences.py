"""Finds commands, links and headings in pages of Markdown."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from program import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", *sorted(DOCS.glob("*.md"))]
FENCE = re.compile(r"^ *```(.*)$")
TYPED = re.compile(r"(?:^|[\s/(])importer(?= [a-z-])")
ENDS = {"|", "||", "&&", ">", ">>", ";", "&", "2>&1", "2>"}
"""Words of the shell at which a command's own words end."""


@dataclass(frozen=True)
class Command:
    """A command on a page, as the words after `importer`."""

    page: Path
    line: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}: importer {' '.join(self.words)}"


def fenced_lines(page: Path) -> Iterator[tuple[int, str, str]]:
    """Give number, language and text of each line inside a fence or an indented block."""
    language = None
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if fence and language is None:
            language = fence[1].split(" ")[0]
        elif fence:
            language = None
        elif language is not None:
            yield number, language, line
        elif line.startswith("    ") and not line.lstrip().startswith(("*", "-", "|")):
            yield number, "", line


def commands(page: Path) -> Iterator[Command]:
    """Give every `importer …` that a block of a page types, whether a test runs it or not."""
    for number, language, line in fenced_lines(page):
        if language in ("yaml", "csv", "ini", "text", "mermaid") and "ExecStart=" not in line:
            continue
        if language == "console" and not line.startswith(("$ ", "  importer ", "importer ")):
            continue
        found = TYPED.search(line)
        if found is None or line.lstrip().startswith("importer:"):
            continue
        yield Command(page, number, tuple(_words(line[found.end() :])))


def _words(text: str) -> Iterator[str]:
    for word in shlex.split(text, comments=True):
        if word in ENDS or word.startswith((">", "2>")):
            return
        yield word.removesuffix(";")


def spans(page: Path) -> Iterator[Command]:
    """Give every `importer …` in a span of code, which may hold placeholders."""
    inside = {number for number, _, _ in fenced_lines(page)}
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if number not in inside:
            for text in re.findall(r"`importer ([a-z][^`]*)`", line):
                yield Command(page, number, tuple(text.replace("[", "").replace("]", "").split()))


def links(page: Path) -> Iterator[str]:
    """Give where the links of a page lead, but to other sites."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text("utf-8"))
    for link in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if not re.match(r"[a-z]+:", link):
            yield link


def anchors(page: Path) -> set[str]:
    """Give the anchors that headings of a page get, as the common renderers make them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
