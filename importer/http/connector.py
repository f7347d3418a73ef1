"""Connections that are safe to use: nothing came on them unasked, and nothing leaves on them while it must wait.

A byte that lies on an idle connection would be read as the answer to the next request: a proxy's late 408, or an answer
sent twice. Then one row's outcome is taken for another's, so such a connection is closed instead.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from aiohttp.client_reqrep import ClientRequest, ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


class HeldError(aiohttp.ClientError):
    """A request was held back: it had its connection, or none yet, and not one byte of it was written."""


class CleanConnector(aiohttp.TCPConnector):
    """Gives an idle connection only where no byte, and no end, has come on it since its last answer.

    Raises HeldError while `held` says that nothing may leave, which may have begun while the connection was made.
    """

    def __init__(self, *, limit: int, keepalive_timeout: float, tls: ssl.SSLContext, held: Callable[[], bool]) -> None:
        super().__init__(limit=limit, keepalive_timeout=keepalive_timeout, ssl=tls)
        self._held = held

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # the name that aiohttp calls it by
    ) -> Connection:
        """Give a connection for a request, ready to be written to."""
        if self._held():
            raise HeldError
        connection = await super().connect(req, traces, timeout)
        if self._held():
            connection.release()
            raise HeldError
        return connection

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        # aiohttp looks at what is buffered only when a connection is given back, not when it is taken again. That one
        # is used is told here and not there: one that is dropped unused has carried nothing of the request.
        while (connection := await super()._get(key, [])) is not None:
            if is_clean(connection):
                for trace in traces:
                    await trace.send_connection_reuseconn()
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
