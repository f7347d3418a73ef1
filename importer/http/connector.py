"""Connections that are safe to use again: nothing came on them unasked.

A byte that lies on an idle connection would be read as the answer to the next request: a proxy's late 408, or an answer
sent twice. Then one row's outcome is taken for another's, so such a connection is closed instead.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


class CleanConnector(aiohttp.TCPConnector):
    """Gives an idle connection only where no byte, and no end, has come on it since its last answer."""

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        # aiohttp looks at what is buffered only when a connection is given back, not when it is taken again.
        while (connection := await super()._get(key, traces)) is not None:
            if is_clean(connection):
                return connection
            connection.close()
        return None


def is_clean(connection: Connection) -> bool:
    """Whether nothing waits on a connection, neither in our buffers nor in the system's."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return False
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return not poll.poll(0)
