"""`importer purge`: forget what is no longer needed of old runs."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from importer.commands.options import Voice, state_option, voice_options
from importer.console import show_text
from importer.errors import Exit
from importer.purge.purge import purge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.purge.choose import Purge, Thinned

AGE = re.compile("([0-9]{1,5})([dw])")
DAYS = {"d": 1, "w": 7}
SIZES = ("bytes", "kB", "MB", "GB", "TB")
STEP = 1000
LONGEST = 30
"""Runs that are listed at most; `--json` has them all."""


def read_age(_context: click.Context, _option: click.Parameter, text: str) -> timedelta:
    """Read `90d` or `12w`."""
    told = AGE.fullmatch(text.strip())
    if told is None:
        raise click.BadParameter("write an age in days or weeks, such as 90d or 12w")
    return timedelta(days=int(told[1]) * DAYS[told[2]])


@click.command("purge")
@click.option(
    "--older-than", required=True, metavar="AGE", callback=read_age, help="Runs last worked on so long ago: 90d, 12w."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@state_option
@voice_options
def command(older_than: timedelta, state_dir: Path, *, yes: bool, **how: bool) -> int:
    """Take away the rows, rejects and results of old runs, after saying what goes; their numbers stay.

    What a later run, an undo, a resolve or a waiting plan needs is kept. Without a terminal and without --yes it only
    lists, and ends with 2. No ledger is ever written.
    """
    voice, now = Voice.of(how), datetime.now(UTC)
    done = purge(state_dir, now - older_than, now, _confirm(voice, yes=yes))
    if voice.json:
        show_text(_told(done, done=True))
    elif not voice.quiet and done.size:
        show_text(f"Purged: {_size(done.size)} are free.")
    return 0


def _confirm(voice: Voice, *, yes: bool) -> Callable[[Purge], None]:
    def confirm(chosen: Purge) -> None:
        if not (voice.json or voice.quiet):
            show_text(_page(chosen))
        if yes or not (chosen.thinned or chosen.left):
            return
        if not sys.stdin.isatty():
            if voice.json:
                show_text(_told(chosen, done=False))
            raise click.UsageError(f"{_size(chosen.size)} would be removed: without a terminal, add --yes")
        click.confirm(f"Remove {_size(chosen.size)}?", abort=True, err=True)

    return confirm


def _page(chosen: Purge) -> str:
    if not (chosen.thinned or chosen.left):
        lines = [f"Nothing that was last worked on before {chosen.before:%Y-%m-%d} is to be removed."]
    else:
        lines = [f"To be removed, {_size(chosen.size)} last worked on before {chosen.before:%Y-%m-%d}:"]
        lines += _shorten([f"  {_size(one.size):>10}  {_what(one)}" for one in chosen.thinned])
        lines += _shorten([f"  {_size(one.size):>10}  {one.path}: left by a stopped command" for one in chosen.left])
        lines += ["", "The numbers of each run stay (`importer show`); it can't be undone or explained any more."]
    if chosen.needed:
        lines += ["", "Kept whole, although as old:"]
        lines += _shorten([f"  {run.folder.run_id}  {run.needed}" for run in chosen.needed])
    return "\n".join(lines) + "\n"


def _what(thinned: Thinned) -> str:
    folder, kept = thinned.facts.folder, thinned.facts.kept
    told = f"{folder.run_id}  {kept.verb if kept else 'run'}"
    if not thinned.parts:
        return f"{told}: all rows"
    parts = kept.parts if kept else 0
    return f"{told}: all but {thinned.parts:,} of {parts:,} parts, with bodies that a later run may compare with"


def _shorten(lines: list[str]) -> list[str]:
    more = len(lines) - LONGEST
    return [*lines[:LONGEST], f"  and {more:,} more"] if more > 0 else lines


def _told(chosen: Purge, *, done: bool) -> str:
    code = Exit.OK if done else Exit.USAGE
    document = {"schema_version": 1, "exit_code": int(code), "done": done, **_document(chosen)}
    return json.dumps(document, ensure_ascii=False, indent=2)


def _document(done: Purge) -> dict[str, Any]:
    return {
        "before": done.before.isoformat(timespec="seconds"),
        "bytes": done.size,
        "runs": [
            {
                "run_id": one.facts.folder.run_id,
                "bytes": one.size,
                "files": [str(path.absolute()) for path in one.files],
                "parts_kept": one.parts,
            }
            for one in done.thinned
        ],
        "left_behind": [{"path": str(one.path.absolute()), "bytes": one.size} for one in done.left],
        "needed": [{"run_id": run.folder.run_id, "why": run.needed} for run in done.needed],
    }


def _size(count: float) -> str:
    power = 0
    while count >= STEP and power < len(SIZES) - 1:
        count, power = count / STEP, power + 1
    return f"{count:,.{min(power, 1)}f} {SIZES[power]}"
