"""Ends a connection under a request that was acted on, on the real socket: what a lost answer looks like."""

import asyncio
import socket
import struct

from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from importer.errors import SettingsError

TRANSPORT = "importer.transport"
NO_LINGER = struct.pack("ii", 1, 0)
"""With it a closed socket sends a reset instead of an orderly end."""


class CuttableProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 that hands each request its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wrap the application of this connection only."""
        super().connection_made(transport)
        app = self.app

        async def serve_with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = serve_with_transport


async def cut_connection(request: Request, *, reset: bool) -> None:
    """Close the connection without an answer, or reset it. Raises SettingsError under another server."""
    transport = request.scope.get(TRANSPORT)
    if transport is None:
        raise SettingsError("a cut needs the sandbox's own server; leave cut_share at 0 elsewhere")
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
