"""What every test may use."""

import asyncio
import signal
import warnings
from collections.abc import Iterator

import pytest
import uvloop
from hypothesis import settings
from target import Target

# Whoever runs the tests may ignore signals (`nohup`, a background job); what the tests start must not inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test is held to a clock: on a busy machine an example may take any time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

with warnings.catch_warnings():
    # From Python 3.14 on policies are to go; until then they say of every `asyncio.run` on which loop it runs.
    warnings.simplefilter("ignore", DeprecationWarning)
    # The loop that ships (importer/event_loop.py).
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@pytest.fixture
def target() -> Iterator[Target]:
    """Serve the target's two pages, see target.py."""
    with Target() as server:
        yield server
