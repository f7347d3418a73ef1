"""Types the commands of a page of docs, and holds what they print against what the page says they print.

A page is plain Markdown, read from top to bottom:

* a block ```` ```yaml mappings/crm.yaml ```` (any language, then a path) is a file, written to the reader's folder;
* in a block ```` ```console ```` a line `$ importer …` is typed; the lines below it are what is printed, on stdout and
  stderr alike. A line `...` there stands for any lines, and `[exit 8]` as its last line for the exit code, which is
  otherwise 0. Lines without a command above them are no walkthrough's;
* a comment `<!-- event: NAME -->` is something that happens meanwhile: the test does it.

The page's folder is `FOLDER`, its run ids (`20260105T090000-3f9a1c`) and contact ids are examples: the first of a kind
stands for what came, and again for the same from then on. A time in a command (`2026-05-04T09:30:00Z`) stands for now.
"""

import io
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import click
from target import TOKEN

from importer.cli import group
from importer.errors import ImporterError

FOLDER = "/home/ana/bakery"
"""The folder of the reader in the pages."""
RUN = r"\d{8}T\d{6}-[0-9a-f]{6}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
EXAMPLE = re.compile(f"{RUN}|{UUID}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ANYTHING = "..."


@dataclass(frozen=True)
class Step:
    """One thing that a page does: a file, a command, or an event."""

    kind: str
    line: int
    what: str
    """The path, the command or the event's name."""
    body: tuple[str, ...] = ()
    """The file's lines, or what is printed."""
    code: int = 0


def read_page(path: Path) -> list[Step]:
    """Give the steps of a page in order."""
    steps: list[Step] = []
    lines = iter(enumerate(path.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        if event := re.fullmatch(r"<!-- event: (\w+) -->", line):
            steps.append(Step("event", number, event[1]))
        elif fence := re.fullmatch(r"```(\w+)(?: (\S+))?", line):
            body = list(_until_fence(lines))
            if fence[1] == "console":
                steps += _commands(body)
            elif fence[2]:
                steps.append(Step("file", number, fence[2], tuple(text for _, text in body)))
    return steps


def _until_fence(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for number, line in lines:
        if line == "```":
            return
        yield number, line


def _commands(body: list[tuple[int, str]]) -> Iterator[Step]:
    starts = [place for place, (_, line) in enumerate(body) if line.startswith("$ ")]
    for start, stop in pairwise([*starts, len(body)]):
        number, typed = body[start]
        *printed, last = [line for _, line in body[start + 1 : stop]] or [""]
        code = re.fullmatch(r"\[exit (\d+)\]", last)
        text = "\n".join(printed if code else [*printed, last]).strip("\n")
        yield Step("command", number, typed[2:], tuple(text.splitlines()), int(code[1]) if code else 0)


@dataclass
class Reader:
    """Lives through a page in a folder of their own."""

    folder: Path
    env: Mapping[str, str]
    stands_for: dict[str, str] = field(default_factory=dict)
    """The page's examples, and what came in their place."""

    def follow(self, page: Path, events: Mapping[str, Callable[[], None]]) -> int:
        """Do all that a page says, and give how many commands were typed.

        Raises AssertionError, with the page's line, where something else is printed.
        """
        steps = read_page(page)
        assert {step.what for step in steps if step.kind == "event"} == set(events)
        for step in steps:
            if step.kind == "event":
                events[step.what]()
            elif step.kind == "file":
                path = self.folder / step.what
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("\n".join(step.body) + "\n", "utf-8")
            else:
                self._type(step, f"{page.name}:{step.line}")
        return sum(step.kind == "command" for step in steps)

    def _type(self, step: Step, where: str) -> None:
        command = TIME.sub(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", step.what)
        command = EXAMPLE.sub(lambda found: self.stands_for.get(found[0], found[0]), command)
        program, *words = shlex.split(command.replace(FOLDER, str(self.folder)))
        assert program == "importer", f"{where}: {step.what}: only importer's own commands can be followed"
        code, printed = type_inside(words, self.folder, self.env)
        printed = printed.replace(str(self.folder), FOLDER)
        assert self._fits(step.body, printed), f"{where}: {step.what}\nprints something else than the page:\n{printed}"
        assert code == step.code, f"{where}: {step.what}\nexit {code}, but by the page {step.code}:\n{printed}"

    def _fits(self, told: tuple[str, ...], printed: str) -> bool:
        names: dict[str, str] = {}
        pattern = "".join(self._line_pattern(line.rstrip(), names) for line in told)
        found = re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines()))
        if found:
            self.stands_for |= {example: found[group_] for example, group_ in names.items()}
        return found is not None

    def _line_pattern(self, line: str, names: dict[str, str]) -> str:
        """Give what a line of the page may be; `names` gets its new examples and the groups that will hold them."""
        if line == ANYTHING:
            return r"(?:.*\n)*?"
        pattern, end = "", 0
        for example in EXAMPLE.finditer(line):
            pattern += re.escape(line[end : example.start()])
            end = example.end()
            text = example[0]
            if text in self.stands_for:
                pattern += re.escape(self.stands_for[text])
            elif text in names:
                pattern += f"(?P={names[text]})"
            else:
                names[text] = f"example{len(names)}"
                pattern += f"(?P<{names[text]}>{RUN if re.fullmatch(RUN, text) else UUID})"
        return pattern + re.escape(line[end:]) + r"\n"


def type_inside(words: list[str], folder: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """Run `importer WORDS` in this process and give its exit code and what it printed, stdout and stderr alike."""
    before, printed = dict(os.environ), io.StringIO()
    os.environ.clear()
    os.environ.update(env)
    try:
        with chdir(folder), redirect_stdout(printed), redirect_stderr(printed):
            code = int(group.main(words, prog_name="importer", standalone_mode=False) or 0)
    except ImporterError as error:
        printed.write(f"importer: {error}\n")
        code = int(error.exit_code)
    except click.ClickException as error:
        printed.write(f"Error: {error.format_message()}\n")
        code = error.exit_code
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert TOKEN not in printed.getvalue()
    return code, printed.getvalue()
