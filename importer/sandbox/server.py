"""Runs the application on loopback: says when it is ready, ends quietly on a signal or with its parent."""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from importer.errors import SettingsError
from importer.sandbox.app import create_app
from importer.sandbox.cut import CuttableProtocol
from importer.sandbox.options import SandboxOptions

BACKLOG = 1_024
KEEP_ALIVE_SECONDS = 75
END_SECONDS = 1
"""How long requests under way may take to finish once the end was asked for."""


class Server(uvicorn.Server):
    """Uvicorn that prints the ready line, and whose end by signal is an ordinary one."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Print `ready URL` once connections are answered."""
        await super().startup(sockets)
        for listener in sockets or ():
            sys.stdout.write(f"ready http://127.0.0.1:{listener.getsockname()[1]}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End without a word about the requests that this cuts short."""
        log = logging.getLogger("uvicorn.error")
        log.disabled = True
        try:
            await super().shutdown(sockets)
        finally:
            log.disabled = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as the wish to end; uvicorn's own way raises them again afterwards."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.end)
        yield

    def end(self) -> None:
        """Ask for the end; safe from any thread."""
        self.should_exit = True


def serve(options: SandboxOptions) -> None:
    """Serve until a signal or, with `watch_stdin`, the end of stdin. Raises SettingsError for a port not to be had."""
    server = make_server(options)
    with listen(options.port) as listener:
        if options.watch_stdin:
            threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


def make_server(options: SandboxOptions) -> Server:
    """Give the server, to be run with a socket of `listen`. Raises StateError for a store that can't be used."""
    config = uvicorn.Config(
        create_app(options),
        http=CuttableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
    )
    return Server(config)


def listen(port: int) -> socket.socket:
    """Give a listening socket of 127.0.0.1. Raises SettingsError for a port that can't be had."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"sandbox: port {port} of 127.0.0.1 can't be had ({error.strerror}); choose another, or 0 for any free one"
        ) from None
    return listener


def _end_with_stdin(server: Server) -> None:
    while os.read(0, 4_096):
        pass
    server.end()
