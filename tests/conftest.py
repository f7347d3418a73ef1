"""What every test may use."""

from collections.abc import Iterator

import pytest
from target import Target


@pytest.fixture
def target() -> Iterator[Target]:
    """Serve the target's two pages, see target.py."""
    with Target() as server:
        yield server
