"""The options of the guard rails, shared by those who plan and those who send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.guard import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.options import Command

DEFAULTS = Limits()
RAILS = {
    "blanked": "Hold a run in which a field is filled in so much less of the rows than last time.",
    "shrink": "Hold a run that has so much fewer rows than the last one.",
    "creates": "Hold a run that would create more than this of its rows, where most known contacts are absent.",
    "rejected": "Hold a run of which more than this of the rows is rejected.",
}


class Percent(click.ParamType[float]):
    """A share from 0 to 100 percent, with or without its sign."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it; `value` is a text, or the default."""
        try:
            share = float(str(value).strip().removesuffix("%"))
        except ValueError:
            share = -1.0
        if not 0 <= share <= 100:  # noqa: PLR2004  # percent
            self.fail("a share is written as percent from 0 to 100, such as 20%", param, ctx)
        return share


def rail_options(command: Command) -> Command:
    """Add `--max-rejected`, `--max-creates`, `--max-shrink` and `--max-blanked`."""
    for rail, what in RAILS.items():
        default = getattr(DEFAULTS, rail)
        command = click.option(
            f"--max-{rail}",
            envvar=f"IMPORTER_MAX_{rail.upper()}",
            type=Percent(),
            metavar="SHARE",
            default=default,
            show_default=f"{default:g}%",
            help=what,
        )(command)
    return command


def limits_of(how: Mapping[str, Any]) -> Limits:
    """Read what passes from the options that `rail_options` adds."""
    return Limits(**{rail: how[f"max_{rail}"] for rail in RAILS})
