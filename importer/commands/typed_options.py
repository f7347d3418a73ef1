"""What the user typed besides the job itself, as words to type again."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.kept import Kept

TOLD_APART = frozenset({"mapping", "state_dir", "base_url", "sandbox"})
"""Options that the next command has in its own way."""
ONCE = frozenset(
    {"new_ledger", "older_ledger", "yes", "limit", "canary"}
    | {"show", "unmasked", "as_json", "quiet", "verbose", "no_progress"}
)
"""Options that mean one command, or only what it prints. A trial of some rows is followed by the rest."""


def typed_options() -> Mapping[str, tuple[str, ...]]:
    """Give the options that the present command line itself has, not the environment: name to the words after it.

    Whatever is not known to mean one command only is told again, so that no brake is lost.
    """
    context = click.get_current_context()
    typed = {}
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(option, click.Option) and given and name not in TOLD_APART | ONCE:
            typed[max(option.opts, key=len)] = () if option.is_flag else (_write(option, context.params[name]),)
    return typed


def kept_options(kept: Kept, only: click.Command | None = None) -> Mapping[str, tuple[str, ...]]:
    """Give the options with which a run was made or last sent; those that one command knows, where it is given."""
    known = None if only is None else {name for option in only.params for name in option.opts}
    return {name: tuple(words) for name, words in kept.options.items() if known is None or name in known}


def _write(option: click.Option, value: object) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    text = repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
    return f"{text}%" if option.type.name == "percent" else text
