"""`importer reconcile`: an export against what was sent, or against another export."""

from __future__ import annotations

import json
import os
import secrets
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from importer.commands.comparison_report import write_comparison
from importer.commands.options import Typed, Voice, state_option, voice_options
from importer.commands.reconcile_page import next_steps, reconcile_page, sentence
from importer.commands.reporting import steps_of
from importer.console import open_notes, open_progress, show_note, show_text
from importer.errors import Exit, InterruptedRunError
from importer.matching import ORDER
from importer.reconcile.classes import Class
from importer.reconciliation import Around, Asked, Comparison, reconcile_export
from importer.report.comparison import Compared
from importer.settings import SANDBOX_ACCOUNT, SANDBOX_URL, check_base_url

SCHEMA_VERSION = 1


def read_order(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    """Read the identifiers, in the order in which they are tried."""
    order = tuple(word.strip() for word in text.split(","))
    if not set(order) <= set(ORDER) or len(set(order)) < len(order):
        raise click.BadParameter(f"name some of {','.join(ORDER)}, each once, in the order in which they are tried")
    return order


@click.command("reconcile")
@click.argument("export")
@click.option("-m", "--mapping", required=True, help="The mapping of EXPORT, as its runs use it.")
@click.option("--against", metavar="FILE", help="Compare with this export, instead of with what was sent.")
@click.option("--other-mapping", metavar="MAPPING", help="The mapping of that export, if it is another.")
@click.option(
    "--match",
    "order",
    default=",".join(ORDER),
    show_default=True,
    callback=read_order,
    help="Who is who: what is tried, in this order.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where differences.csv goes.")
@click.option("--base-url", envvar="IMPORTER_BASE_URL", help="Of the account, where the ledger knows several.")
@click.option("--sandbox", is_flag=True, help="Mean what was sent to the practice target.")
@state_option
@voice_options
def command(  # one parameter an option
    export: str,
    mapping: str,
    against: str | None,
    other_mapping: str | None,
    order: tuple[str, ...],
    output: Path | None,
    state_dir: Path,
    **how: Any,  # noqa: ANN401  # the shared options, read by those who add them
) -> int:
    """Say who in EXPORT is the same, different or missing, and why; nothing is sent and no credentials are needed.

    It is compared with what the ledger knows to have landed, or with another export, each through its mapping. Whoever
    is not the same stands in differences.csv. Exit 0 if all are the same, else 3.
    """
    voice = Voice.of(how)
    if other_mapping is not None and against is None:
        raise click.UsageError("--other-mapping says how to read the file of --against: add that")
    base_url, account = _meant(how["base_url"], sandbox=how["sandbox"])
    asked = Asked(
        export=export,
        mapping=mapping,
        against=against,
        other_mapping=other_mapping,
        order=order,
        base_url=base_url,
        account=account,
        output=output,
    )
    around = Around(
        now=lambda: datetime.now(UTC),
        token_hex=secrets.token_hex,
        working_dir=Path.cwd(),
        progress=open_progress(voice),
        announce=open_notes(voice),
    )
    try:
        done = reconcile_export(asked, state_dir, around)
    except InterruptedRunError as error:
        raise InterruptedRunError(
            "stopped; nothing was compared to its end, and nothing is left of it", error.exit_code
        ) from None
    exit_code = Exit.OK if done.found.equal else Exit.INCOMPLETE
    typed = _plan(done, export, mapping, state_dir, sandbox=how["sandbox"], base_url=how["base_url"])
    steps = next_steps(done, shlex.join(typed.again), _other_account(done))
    report = write_comparison(_compared(done, exit_code, steps, around.now()), around.announce)
    if voice.json:
        show_text(json.dumps(_document(done, exit_code, typed, report), ensure_ascii=False, indent=2))
    elif not voice.quiet:
        show_text(reconcile_page(done, steps, report))
        return exit_code
    if done.note:
        show_note(done.note)
    return exit_code


def _plan(
    done: Comparison, export: str, mapping: str, state_dir: Path, *, sandbox: bool, base_url: str | None
) -> Typed:
    """Give the command that plans for the customers that were compared, wherever the ledger found them."""
    if done.namespace is None:
        # What no ledger knows can only be planned where one is opened.
        new = {"--new-ledger": ()}
        return Typed("plan", (export,), mapping, state_dir, sandbox=sandbox, base_url=base_url, options=new)
    target = done.namespace.target
    found = target.account == SANDBOX_ACCOUNT
    return Typed("plan", (export,), mapping, state_dir, sandbox=found, base_url=None if found else target.base_url)


def _other_account(done: Comparison) -> str | None:
    """Give the account whose customers they are, where it is not the one that a plan would take."""
    account = None if done.namespace is None else done.namespace.target.account
    return None if account in (None, SANDBOX_ACCOUNT, _account()) else account


def _account() -> str | None:
    return os.environ.get("IMPORTER_ACCOUNT_ID", "").strip().lower() or None


def _meant(base_url: str | None, *, sandbox: bool) -> tuple[str | None, str | None]:
    """Give the URL and account by which the ledger knows who is meant; None where nothing says."""
    if sandbox:
        return SANDBOX_URL, SANDBOX_ACCOUNT
    return (check_base_url(base_url, os.environ) if base_url else None), _account()


def _compared(done: Comparison, exit_code: Exit, steps: list[str], now: datetime) -> Compared:
    return Compared(
        found=done.found,
        here=done.here,
        there=done.there,
        differences=done.differences,
        made=now,
        exit_code=int(exit_code),
        sentence=sentence(done),
        steps=steps_of(steps),
        account=None if done.namespace is None else done.namespace.target.account,
        note=done.note,
    )


def _document(done: Comparison, exit_code: Exit, typed: Typed, report: Path | None) -> dict[str, Any]:
    found = done.found
    causes: dict[str, dict[str, int]] = {}
    for (word, cause), count in found.causes.most_common():
        causes.setdefault(word, {})[cause] = count
    sides = {"here": (found.here, done.here), "there": (found.there, done.there)}
    return {
        "schema_version": SCHEMA_VERSION,
        "exit_code": int(exit_code),
        **{
            name: {
                "sources": list(sources),
                "read": counts.total(),
                **{one.value: counts[one] for one in Class if one.value != f"only_{_other(name)}"},
            }
            for name, (counts, sources) in sides.items()
        },
        "against": "export" if done.there else "ledger",
        "match": list(found.order),
        "matched": found.matched,
        "causes": causes,
        "details": dict(found.details.most_common()),
        "fields": dict(found.fields.most_common()),
        "not_compared": list(found.left_out),
        "superseded": found.superseded,
        "files": {"differences": str(done.differences), "report": str(report) if report else None},
        "next": None if found.equal else typed.again,
        "note": done.note,
    }


def _other(side: str) -> str:
    return "there" if side == "here" else "here"
