"""Writes commands.md from the command line itself: what `--help` says, with variables and defaults, on one page."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from importer.cli import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INTRO = """\
# Commands

Written from the command line itself; `importer COMMAND --help` says the same. Results go to stdout, all else to stderr.
An option counts before its variable, and that before `run:` in the mapping. Secrets are no options: they stand in
`IMPORTER_TOKEN` or `IMPORTER_API_KEY`, or in the file that `…_FILE` names; a real run also needs `IMPORTER_ACCOUNT_ID`.
[What the exit codes mean](exit-codes.md).
"""
EVERYWHERE = ("state_dir", "as_json", "quiet", "verbose", "no_progress")
"""Options of nearly every command, told once."""


def commands_page() -> str:
    """Give the reference of the commands."""
    found = list(_all_commands())
    lines = [INTRO, "## Everywhere\n", *_table(_common(found)), ""]
    lines.append("Each command takes those of them that its usage line shows as `…`; `--help` lists them.\n")
    for name, command in found:
        lines += [f"## `{name}`\n", *_told(name, command)]
    return "\n".join(lines).rstrip() + "\n"


def _all_commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = importlib.import_module(f"importer.commands.{name}").command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", command.commands[inner]) for inner in command.commands)
        else:
            yield name, command


def _common(found: Sequence[tuple[str, click.Command]]) -> list[click.Option]:
    known = {one.name: one for _, command in found for one in command.params if isinstance(one, click.Option)}
    return [known[name] for name in EVERYWHERE]


def _told(name: str, command: click.Command) -> Iterator[str]:
    own = [one for one in command.params if isinstance(one, click.Option) and one.name not in EVERYWHERE]
    some = len(own) < sum(isinstance(one, click.Option) for one in command.params)
    yield f"`{' '.join(['importer', name, *_usage(command), *(['…'] if some else [])])}`\n"
    yield " ".join((command.help or "").split()) + "\n"
    if own:
        yield from (*_table(own), "")


def _usage(command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    for one in command.params:
        if isinstance(one, click.Argument):
            yield one.make_metavar(context)
        elif isinstance(one, click.Option) and one.required:
            yield f"{_names(one)[0]} {_metavar(one, context)}"


def _table(options: Sequence[click.Option]) -> Iterator[str]:
    yield "| option | variable | what it does | left out |"
    yield "|---|---|---|---|"
    for option in options:
        context = click.Context(click.Command("any"))
        words = [*_names(option)]
        if not option.is_flag:
            words[-1] += f" {_metavar(option, context)}"
        names = ", ".join(f"`{word}`" for word in words)
        text = " ".join((option.help or "").split()).replace("|", "\\|")
        variable = f"`{option.envvar}`" if isinstance(option.envvar, str) else ""
        yield f"| {names} | {variable} | {text} | {_left_out(option)} |"


def _names(option: click.Option) -> list[str]:
    return sorted(option.opts, key=len)


def _metavar(option: click.Option, context: click.Context) -> str:
    return option.make_metavar(context).split()[0].removesuffix("_RANGE")


def _left_out(option: click.Option) -> str:
    if option.required:
        return "needed"
    if isinstance(option.show_default, str):
        return option.show_default
    return str(option.default).removesuffix(".0") if option.show_default else ""
