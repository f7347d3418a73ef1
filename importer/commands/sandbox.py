"""`importer sandbox`: the practice target alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from importer.commands.options import Finite
from importer.sandbox import SandboxOptions, serve
from importer.sandbox.process import TOKEN_VARIABLE


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65_535), default=8099, show_default=True, help="0 takes any free one.")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("sandbox.sqlite"),
    show_default=True,
    help="The SQLite file that keeps its contacts.",
)
@click.option(
    "--put",
    type=click.Choice(["merge", "replace", "defaults"]),
    default="merge",
    show_default=True,
    help="What an update means: only given keys change; others become null; or booleans and status fall back.",
)
@click.option("--adopt", is_flag=True, help="An update to an unknown id creates it, instead of 404.")
@click.option("--watch-stdin", is_flag=True, help="End when standard input ends.")
@click.option("--latency-ms", type=Finite(min=0), default=0, help="Added to every answer to a write.")
@click.option("--rate", type=click.IntRange(min=1), help="Requests a second; above it 429.")
@click.option("--daily-limit", type=click.IntRange(min=1), help="Requests a UTC day; above it 429.")
@click.option("--fail-share", type=Finite(0, 1), default=0, help="Share of writes answered 429 or 5xx.")
@click.option("--cut-share", type=Finite(0, 1), default=0, help="Share of writes stored, then cut off.")
@click.option("--slow-share", type=Finite(0, 1), default=0, help="Share of writes answered late.")
@click.option("--seed", type=int, help="Makes the faults repeatable.")
@click.option("--token-seconds", type=click.IntRange(min=1), default=3_600, help="Lifetime of a token.")
def command(**options: Any) -> int:  # noqa: ANN401  # one keyword an option, named as SandboxOptions has them
    """Serve a practice target on this machine until Ctrl-C; its contacts outlive it.

    Sign in with any API key, or set IMPORTER_SANDBOX_TOKEN to the one token it takes.
    """
    serve(SandboxOptions(**options, token=os.environ.get(TOKEN_VARIABLE)))
    return 0
