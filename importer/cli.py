"""The command line: names the commands and loads one only when it is asked for, so that `--help` is quick."""

from __future__ import annotations

import gc
import importlib
import os
import resource
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from importer.errors import Exit, ImporterError, InterruptedRunError
from importer.signals import ignore_signals, leave_on_signals, raise_on_signals

STDOUT, STDERR = 1, 2
COMMANDS = {
    "run": "Import: prepare, plan and send. The same command again goes on where it stopped.",
    "check": "Read, map and judge a file; nothing is sent and no account is needed.",
    "plan": "Check, then say what a run would create, update and leave alone.",
    "apply": "Send exactly what a plan says.",
    "resolve": "Settle unknown rows from the target's own export.",
    "undo": "Plan what takes a run back, for apply: contacts as they stood before it.",
    "explain": "Show one row's whole way through a run, and why it ended as it did.",
    "reconcile": "Say who differs between an export and what was sent, or another export, and why.",
    "suggest": "Write a first mapping for a strange file, each line with how sure it is.",
    "mapping": "Care for mappings: lint, test, schema.",
    "runs": "List the runs of this state folder.",
    "show": "Show how one run went.",
    "sandbox": "Serve the practice target on this machine.",
    "doctor": "Look whether all is well for the next run; nothing is sent.",
    "purge": "Forget what is no longer needed of old runs, and say what that is.",
}


class LateGroup(click.Group):
    """A group that knows its commands' names and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Give the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Load `importer.commands.NAME`, or None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        command = _load(cmd_name)
        # A library's log may hold a URL with an id.
        importlib.import_module("logging").disable()
        raise_on_signals()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """List the commands from the table, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _load(name: str) -> click.Command:
    """Load a command. All that is loaded with it stays: to look it through for garbage is a tenth of the start."""
    gc.disable()
    command: click.Command = importlib.import_module(f"importer.commands.{name}").command
    gc.freeze()
    gc.enable()
    return command


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="masivo-importer", prog_name="importer")
def group() -> None:
    """Import customer lists into a contact API: every row accounted for, nothing sent twice.

    Start with:  importer run sample_data/crm_es.csv -m sample_crm --sandbox
    """


def main() -> NoReturn:
    """Run the command line and leave with its exit code; no input ends in a traceback."""
    leave_on_signals()
    _settle_in()
    code = _exit_code()
    try:
        ignore_signals()
    except InterruptedRunError:  # it came before the first line of that
        ignore_signals()
    sys.exit(code)


def _settle_in() -> None:
    """See that nothing of a customer's leaks by the process itself, whoever started it and however."""
    os.umask(0o077)
    # A core dump would hold tokens and customers.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where stdin, stdout or stderr was closed, the next file opened would take its place and what is printed.
    while (lowest := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        if lowest == STDOUT:
            # What can't be printed must not pass for printed, as it would by /dev/null: whoever asked for it is told.
            os.close(lowest)
            os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    # The interpreter has no object for a stream that was closed.
    sys.stdout = sys.stdout or open(STDOUT, "w", closefd=False)  # noqa: SIM115  # a descriptor, for good
    sys.stderr = sys.stderr or open(STDERR, "w", closefd=False)  # noqa: SIM115  # a descriptor, for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A file's name that is no text in this locale is told with escapes; it must not end the run.
            stream.reconfigure(errors="backslashreplace")


def _exit_code() -> int:
    color = None if "NO_COLOR" not in os.environ else False
    try:
        code: Any = group.main(standalone_mode=False, color=color, prog_name="importer")
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except click.Abort:
        return Exit.INTERRUPTED
    except ImporterError as error:
        _tell(f"importer: {error}")
        return error.exit_code
    except BrokenPipeError:
        # The reader of our help has gone; what is left to flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
        return Exit.OK
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001  # the one place that meets a bug, a panic of Polars too
        _tell(_bug(error))
        return Exit.BUG
    return int(code or Exit.OK)


def _tell(text: str) -> None:
    """Say something on stderr; where that leads nowhere any more, the exit code has to do."""
    try:
        click.echo(text, err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDERR)


def _bug(error: BaseException) -> str:
    """Tell a bug by its place and kind only: its message could hold a customer's data."""
    import traceback  # noqa: PLC0415  # loading it takes longer than all that `--help` does

    frames = traceback.extract_tb(error.__traceback__)
    where = "".join(f"\n  {f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames[-8:])
    return (
        f"importer: this is a bug ({type(error).__name__}). What was recorded is safe, and the same command goes on. "
        f"Please report these lines; they hold no customer's data:{where}"
    )
