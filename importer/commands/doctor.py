"""`importer doctor`: look whether all is well for the next run."""

from __future__ import annotations

import importlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.commands.options import Voice, state_option, voice_options
from importer.console import show_text
from importer.doctor.doctor import Asked, examine
from importer.doctor.finding import Verdict, exit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    asked = Asked(
        mapping=mapping,
        sources=sources,
        state_dir=state_dir,
        base_url=base_url,
        env=os.environ,
        options=set(_names()),
    )
    findings = list(examine(asked, Path.cwd(), datetime.now(UTC)))
    code = exit_of(findings)
    if voice.json:
        document = {"schema_version": 1, "exit_code": int(code), "findings": [one.document() for one in findings]}
        show_text(json.dumps(document, ensure_ascii=False, indent=2))
    elif page := _page(findings, quiet=voice.quiet):
        show_text(page)
    return code


def _names() -> Iterator[str]:
    for name in READ_BY:
        command: click.Command = importlib.import_module(f"importer.commands.{name}").command
        for option in command.params:
            yield from [option.envvar] if isinstance(option.envvar, str) else (option.envvar or ())


def _page(findings: list[Finding], *, quiet: bool) -> str:
    told = [one for one in findings if not quiet or one.verdict is not Verdict.OK]
    lines = [f"{one.verdict.value:<7} {one.about:<9} {one.told}" for one in told]
    return "".join(f"{line}\n" for line in lines)
