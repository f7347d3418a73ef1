"""The options that several commands share, each said once."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.settings import BASE_URL, STATE_DIR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CLOCK_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
PLANNED = frozenset({"--force", "--change-key"})
"""Options that a plan keeps, so that its `apply` has none of them."""
Command = Any
"""A function on its way to being a click command."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the console is wanted."""

    json: bool
    quiet: bool
    progress: bool
    verbose: bool

    @classmethod
    def of(cls, how: Mapping[str, Any]) -> Voice:
        """Read it from the options that `voice_options` adds."""
        return cls(json=how["as_json"], quiet=how["quiet"], progress=not how["no_progress"], verbose=how["verbose"])


class Finite(click.FloatRange):
    """A number within its range: neither infinite nor no number at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401  # click says no more of it
        """Read it; `value` is a text, or the default."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail("give a plain number", param, ctx)
        return number


def voice_options(command: Command) -> Command:
    """Add `--json`, `-q`, `-v` and `--no-progress`."""
    for option in (
        click.option("--no-progress", is_flag=True, help="No progress line, even on a terminal."),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Tell each step, each wait and each row that did not land, by its number.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
    ):
        command = option(command)
    return command


def state_option(command: Command) -> Command:
    """Add `--state-dir`."""
    option: Callable[[Command], Command] = click.option(
        "--state-dir",
        envvar="IMPORTER_STATE_DIR",
        default=STATE_DIR,
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the ledger and the runs are kept.",
    )
    return option(command)


def source_options(command: Command) -> Command:
    """Add `SOURCE…` and `-m MAPPING`."""
    command = click.option(
        "-m", "--mapping", required=True, help="A mapping file, or the name of one in ./mappings or of a ready one."
    )(command)
    return click.argument("sources", nargs=-1, metavar="[SOURCE]...")(command)


def target_options(command: Command) -> Command:
    """Add what says which target and ledger are meant."""
    for option in (
        click.option(
            "--new-ledger",
            is_flag=True,
            help="Open the ledger for a mapping name and account: needed once, before its first import.",
        ),
        click.option(
            "--change-key",
            is_flag=True,
            help="Know the customers by the mapping's new key from now on; who is not found by it is created again.",
        ),
        click.option("--base-url", envvar="IMPORTER_BASE_URL", help="Where the contact API is."),
        click.option(
            "--sandbox", is_flag=True, help="Mean a practice target on this machine instead of the real account."
        ),
    ):
        command = option(command)
    return command


def _read_until(_context: click.Context, _option: click.Parameter, text: str | None) -> time | None:
    if text is None:
        return None
    if not CLOCK_TIME.fullmatch(text):
        raise click.BadParameter("a time of day is written HH:MM, such as 06:30")
    return time.fromisoformat(text)


def send_options(command: Command) -> Command:
    """Add what says how to send."""
    for option in (
        click.option(
            "--until",
            envvar="IMPORTER_UNTIL",
            metavar="HH:MM",
            callback=_read_until,
            help="Stop when this machine's clock next shows this time; the next run goes on.",
        ),
        click.option(
            "--daily-budget",
            envvar="IMPORTER_DAILY_BUDGET",
            type=click.IntRange(min=1),
            help="Requests a UTC day, at most, over all runs of this account; the next day's run goes on.",
        ),
        click.option(
            "--max-wait",
            envvar="IMPORTER_MAX_WAIT",
            type=Finite(min=0),
            default=600.0,
            show_default=True,
            help="Seconds to wait for a target that does not answer or asks to wait, before stopping.",
        ),
        click.option("--limit", type=click.IntRange(min=1), help="Send at most this many rows; the next run goes on."),
        click.option(
            "--canary",
            envvar="IMPORTER_CANARY",
            type=click.IntRange(min=0),
            metavar="N",
            help="Send so many rows first, creates and updates, and the rest only when all of them landed; 0 is "
            "none, whatever the mapping says.",
        ),
        click.option(
            "--rate",
            envvar="IMPORTER_RATE",
            type=Finite(min=0, min_open=True),
            help="Requests a second, at most.",
        ),
        click.option(
            "--chunk-size",
            envvar="IMPORTER_CHUNK_SIZE",
            type=click.IntRange(1, 50_000),
            default=5_000,
            show_default=True,
            help="Rows taken up for sending at a time.",
        ),
        click.option(
            "--concurrency",
            envvar="IMPORTER_CONCURRENCY",
            type=click.IntRange(1, 1_000),
            default=16,
            show_default=True,
            help="Requests in flight, at most.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Typed:
    """The command that ran, so that the next one can be told as one would type it."""

    verb: str
    sources: tuple[str, ...]
    mapping: str
    state_dir: Path
    sandbox: bool
    base_url: str | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What else was typed and holds for the next command too (see `typed_options`)."""
    names: tuple[str, ...] = ()
    """Of `apply`: the sources that were planned."""

    @property
    def again(self) -> list[str]:
        """The same command; for `apply`, `sources` holds the run."""
        mapping = [] if self.verb == "apply" else ["-m", self.mapping]
        return self._command(self.verb, self.sources, [*mapping, *self._rest, *_flatten(self.options)])

    @property
    def elsewhere(self) -> list[str]:
        """The same command with a word where the address goes."""
        return replace(self, base_url="URL").again

    def passing(self, options: Sequence[str]) -> Typed:
        """Give what was typed with guard-rail options, each with its value, instead of those typed."""
        pairs = {name: (value,) for name, value in zip(options[::2], options[1::2], strict=True)}
        return replace(self, options={**self.options, **pairs})

    @property
    def afresh(self) -> list[str]:
        """The command that sends the same sources anew."""
        return replace(self, verb="run", sources=self.names or self.sources).again

    def mend(self, rejects: str) -> list[str]:
        """Give the command that sends mended rows; `check` and `plan` check and plan them."""
        verb = "run" if self.verb == "apply" else self.verb
        return self._command(verb, (rejects,), ["-m", self.mapping, *self._rest, *_flatten(self.options)])

    def apply(self, run_id: str) -> list[str]:
        """Give the command that sends a plan, which itself holds what only planning asks."""
        kept = {name: words for name, words in self.options.items() if name not in PLANNED}
        return ["importer", "apply", run_id, *self._rest, *_flatten(kept)]

    def resolve(self, run_id: str) -> list[str]:
        """Give the command that settles unknown rows, with words where the user's own go."""
        told = ["--export", "FILE", "-m", "MAPPING", "--as-of", "TIME"]
        return ["importer", "resolve", run_id, *told, *self._state]

    def _command(self, verb: str, sources: Sequence[str], words: list[str]) -> list[str]:
        # A name that looks like an option can only stand at the end.
        if any(source.startswith("-") for source in sources):
            return ["importer", verb, *words, "--", *sources]
        return ["importer", verb, *sources, *words]

    @property
    def _state(self) -> list[str]:
        usual = os.environ.get("IMPORTER_STATE_DIR", STATE_DIR)
        return [] if str(self.state_dir) == usual else ["--state-dir", str(self.state_dir)]

    @property
    def _rest(self) -> list[str]:
        words = self._state
        if self.sandbox:
            return [*words, "--sandbox"]
        told = self.base_url is None or self.base_url == os.environ.get("IMPORTER_BASE_URL", BASE_URL)
        return words if told else [*words, "--base-url", self.base_url or ""]


def _flatten(options: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [word for name, words in options.items() for word in (name, *words)]
