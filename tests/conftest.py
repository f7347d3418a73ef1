"""What every test may use."""

import signal
from collections.abc import Iterator

import pytest
from target import Target

# Whoever runs the tests may ignore signals (`nohup`, a background job); what the tests start must not inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def target() -> Iterator[Target]:
    """Serve the target's two pages, see target.py."""
    with Target() as server:
        yield server
