"""`importer doctor`: look whether all is well for the next run."""

from __future__ import annotations

import importlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.arrivals import find_arrivals
from importer.commands.options import Voice, state_option, voice_options
from importer.console import show_text
from importer.doctor.doctor import Asked, examine
from importer.doctor.finding import Verdict, exit_of
from importer.errors import ImporterError, UsageError
from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.session import Wanted
from importer.settings import read_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.doctor.finding import Finding

READ_BY = ("run", "plan", "apply")
"""Commands whose options have names in the environment, all of them between them."""


@click.command("doctor")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("-m", "--mapping", help="The mapping of the next run; its files are looked for too.")
@click.option("--base-url", envvar="IMPORTER_BASE_URL", help="Where the contact API is.")
@state_option
@voice_options
def command(sources: tuple[str, ...], mapping: str | None, base_url: str | None, state_dir: Path, **how: bool) -> int:
    """Look whether the next run will find all it needs: settings, sign-in, state folder, ledger, mapping and files.

    No contact is sent. Exit 0 unless something is broken; then the code with which a run would stop. With -q only what
    is to be looked at or broken is said.
    """
    voice = Voice.of(how)
    if sources and mapping is None:
        raise click.UsageError("SOURCE is looked at with the mapping that reads it: add -m")
    options = _options()
    asked = Asked(
        mapping=mapping,
        runs=(sources,) if sources or mapping is None else _runs(mapping, base_url, state_dir),
        state_dir=state_dir,
        base_url=base_url,
        env=os.environ,
        options=options.keys(),
        wrong=tuple(_wrong(options)),
    )
    findings = list(examine(asked, Path.cwd(), datetime.now(UTC)))
    code = exit_of(findings)
    if voice.json:
        document = {"schema_version": 1, "exit_code": int(code), "findings": [one.document() for one in findings]}
        show_text(json.dumps(document, ensure_ascii=False, indent=2))
    elif page := _page(findings, quiet=voice.quiet):
        show_text(page)
    return code


def _runs(mapping: str, base_url: str | None, state_dir: Path) -> Sequence[Sequence[str]]:
    """Give the sources of the runs to come; where that can't be told, what the mapping names."""
    try:
        loaded = load_mapping(find_mapping(mapping, cwd=Path.cwd()))
        account = read_account(base_url, os.environ)
        return find_arrivals(Wanted((), mapping, account, state_dir, loaded=loaded), loaded).runs
    except ImporterError:
        # What is wrong is told by those who look at it.
        return ((),)


def _options() -> dict[str, click.Parameter]:
    """Give the options that can be set by the environment, by their names there."""
    commands: list[click.Command] = [importlib.import_module(f"importer.commands.{name}").command for name in READ_BY]
    return {
        option.envvar: option for command in commands for option in command.params if isinstance(option.envvar, str)
    }


def _wrong(options: Mapping[str, click.Parameter]) -> Iterator[UsageError]:
    """Say what the environment gives to an option that can't read it."""
    context = click.get_current_context()
    for name, option in options.items():
        try:
            if value := os.environ.get(name):
                option.process_value(context, value)
        except click.BadParameter as error:
            yield UsageError(f"{name}: {error.message}")


def _page(findings: list[Finding], *, quiet: bool) -> str:
    told = [one for one in findings if not quiet or one.verdict is not Verdict.OK]
    lines = [f"{one.verdict.value:<7} {one.about:<9} {one.told}" for one in told]
    return "".join(f"{line}\n" for line in lines)
