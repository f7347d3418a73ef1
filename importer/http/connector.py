"""Connections that are safe to use: nothing came on them unasked.

A byte that lies on an idle connection would be read as the answer to the next request: a proxy's late 408, or an answer
sent twice. Then one row's outcome is taken for another's, so such a connection is closed instead.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    import ssl

    import httpx
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

WITHOUT_LIMIT = aiohttp.ClientTimeout(total=None, sock_connect=None)
LONGEST_HEADER = 32_768

Origin = tuple[str, bytes, int | None]


class Line:
    """One connection, from when it was made until it is closed."""

    __slots__ = ("_connection", "_poll", "idle_since", "origin", "protocol", "transport")

    def __init__(self, connection: Connection, origin: Origin) -> None:
        """Take a connection that was just made. Raises ClientConnectionError where it is lost already."""
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            raise aiohttp.ServerDisconnectedError
        self._connection = connection
        self.protocol: ResponseHandler = protocol
        self.transport: asyncio.Transport = transport
        self.origin = origin
        self.idle_since: float | None = None
        """By the loop's clock; None while somebody uses it."""
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket"), select.POLLIN)

    def expect_answer(self) -> None:
        """Read anew what comes from here on: half an answer that came unasked is not the beginning of this one."""
        self.protocol.set_response_params(
            read_until_eof=True, auto_decompress=False, max_line_size=LONGEST_HEADER, max_field_size=LONGEST_HEADER
        )

    def is_clean(self) -> bool:
        """Whether an idle connection may be used again: nothing waits on it, in our buffers or in the system's."""
        if self.transport.is_closing() or self.protocol.should_close:
            return False
        return not self._poll.poll(0)

    def close(self) -> None:
        """Close it; a second time that does nothing."""
        self._connection.close()


class CleanConnector:
    """Keeps the connections that aiohttp makes; an idle one is given only where no byte, and no end, has come on it."""

    def __init__(self, *, limit: int, keepalive_timeout: float, tls: ssl.SSLContext | bool) -> None:
        """`limit` connections at once; one idle for `keepalive_timeout` seconds is not used again.

        `tls` True verifies certificates and host names by the system's own. Needs a running loop.
        """
        self._loop = asyncio.get_running_loop()
        self._connector = aiohttp.TCPConnector(limit=limit, ssl=tls)
        self._keepalive = keepalive_timeout
        self._requests: dict[Origin, aiohttp.ClientRequest] = {}
        """What tells aiohttp where to connect to; it is never sent."""
        self._idle: deque[Line] = deque()
        """Of all origins, the one that is idle longest first."""

    async def connect_to(self, url: httpx.URL) -> Line:
        """Give a connection to the host of a URL, ready to be written to.

        Raises whatever aiohttp raises where none can be made: ClientConnectorError and the like, OSError.
        """
        origin = (url.scheme, url.raw_host, url.port)
        oldest = self._loop.time() - self._keepalive
        while self._idle:
            line = self._idle.popleft()
            if line.origin == origin and line.idle_since is not None and line.idle_since >= oldest and line.is_clean():
                line.idle_since = None
                return line
            line.close()
        request = self._requests.get(origin) or self._name(origin, url)
        connection = await self._connector.connect(request, [], WITHOUT_LIMIT)
        try:
            return Line(connection, origin)
        except BaseException:
            connection.close()
            raise

    def give_back(self, line: Line) -> None:
        """Take back a connection whose answer was read to its end."""
        if self._connector.closed or line.protocol.should_close:
            line.close()
            return
        line.idle_since = self._loop.time()
        self._idle.append(line)

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().close()
        await self._connector.close()

    def _name(self, origin: Origin, url: httpx.URL) -> aiohttp.ClientRequest:
        named = aiohttp.ClientRequest("POST", URL(str(url)).origin(), loop=self._loop)
        return self._requests.setdefault(origin, named)
