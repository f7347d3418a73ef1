"""What a mapping says of how its list is run: it counts where neither the command line nor the environment says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from importer.mapping.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_policies(how: Mapping[str, Any], said: RunOptions) -> dict[str, Any]:
    """Give the options of the present command, those that were left out as the mapping has them."""
    source = click.get_current_context().get_parameter_source
    chosen = dict(how)
    for name in RunOptions.model_fields:
        value = getattr(said, name)
        if value is not None and name in how and source(name) is ParameterSource.DEFAULT:
            chosen[name] = value
    return chosen
