"""What a mapping may say of how its list is run: guard rails, and how fast. Never URL, token or account."""

import re
from datetime import time
from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as About

from importer.mapping.forms import Section


def cut_percent(value: object) -> object:
    """Take `20%` for 20."""
    return value.strip().removesuffix("%") if isinstance(value, str) else value


def read_time(value: object) -> object:
    """Read HH:MM."""
    if isinstance(value, str):
        if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", value):
            raise ValueError("a time of day is written HH:MM, such as 06:30")
        return time.fromisoformat(value)
    return value


Percent = Annotated[float, About(ge=0, le=100, allow_inf_nan=False), BeforeValidator(cut_percent)]


class RunOptions(Section):
    """Options of the commands by their names, `-` as `_`."""

    max_rejected: Percent | None = About(None, description="hold a run of which more than this of the rows is rejected")
    max_creates: Percent | None = About(
        None, description="hold a run that would create more than this of its rows, most known contacts being absent"
    )
    max_shrink: Percent | None = About(None, description="hold a run that has so much fewer rows than the last one")
    max_blanked: Percent | None = About(
        None, description="hold a run in which a field is filled in so much less of the rows than last time"
    )
    canary: int | None = About(None, description="rows that go first; the rest only when all of them landed", ge=1)
    concurrency: int | None = About(None, description="requests in flight, at most", ge=1, le=1_000)
    rate: float | None = About(None, description="requests a second, at most", gt=0, allow_inf_nan=False)
    daily_budget: int | None = About(None, description="requests a UTC day, at most, over all runs", ge=1)
    until: Annotated[time | None, BeforeValidator(read_time)] = About(
        None, description="stop when this machine's clock next shows this time: 06:30"
    )
    max_wait: float | None = About(
        None, description="seconds to wait for a target that does not answer", ge=0, allow_inf_nan=False
    )
    chunk_size: int | None = About(None, description="rows taken up for sending at a time", ge=1, le=50_000)
