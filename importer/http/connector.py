"""Connections that are safe to use: nothing came on them unasked.

A byte that lies on an idle connection would be read as the answer to the next request: a proxy's late 408, or an answer
sent twice. Then one row's outcome is taken for another's, so such a connection is closed instead.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    import ssl

    import httpx
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

WITHOUT_LIMIT = aiohttp.ClientTimeout(total=None, sock_connect=None)


class CleanConnector:
    """aiohttp's pool of connections; an idle one is given only where no byte, and no end, has come on it since."""

    def __init__(self, *, limit: int, keepalive_timeout: float, tls: ssl.SSLContext) -> None:
        """`limit` connections at once; idle ones are kept for `keepalive_timeout` seconds. Needs a running loop."""
        self._connector = aiohttp.TCPConnector(limit=limit, keepalive_timeout=keepalive_timeout, ssl=tls)
        self._origins: dict[tuple[str, bytes], aiohttp.ClientRequest] = {}
        """By scheme and authority, what tells aiohttp where to connect to; it is never sent."""
        self._polls: WeakKeyDictionary[ResponseHandler, select.poll] = WeakKeyDictionary()
        """For each connection that was given once, what asks the system whether something waits on it."""

    async def connect_to(self, url: httpx.URL) -> Connection:
        """Give a connection to the host of a URL, ready to be written to.

        Raises whatever aiohttp raises where none can be made: ClientConnectorError and the like, OSError.
        """
        origin = self._origins.get((url.scheme, url.netloc)) or self._name(url)
        while True:
            connection = await self._connector.connect(origin, [], WITHOUT_LIMIT)
            if not self._has_stray(connection):
                return connection
            connection.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._connector.close()

    def _name(self, url: httpx.URL) -> aiohttp.ClientRequest:
        named = aiohttp.ClientRequest("POST", URL(str(url)).origin(), loop=asyncio.get_running_loop())
        return self._origins.setdefault((url.scheme, url.netloc), named)

    def _has_stray(self, connection: Connection) -> bool:
        """Whether something waits on a connection that was given before, in our buffers or in the system's.

        aiohttp looks at what is buffered only when a connection is given back, not when it is taken again.
        """
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            return False
        if (poll := self._polls.get(protocol)) is not None:
            return protocol.should_close or bool(poll.poll(0))
        poll = self._polls[protocol] = select.poll()
        poll.register(transport.get_extra_info("socket"), select.POLLIN)
        return False
