"""Runs the sandbox's own server in a thread, and calls it."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.sandbox import SandboxOptions
from importer.sandbox.server import listen, make_server

TOKEN = "made-up-token"
ACCOUNT = "11111111-2222-4333-8444-555555555555"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "x-account-id": ACCOUNT}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    json: Any
    headers: http.client.HTTPMessage


@dataclass(frozen=True)
class Caller:
    """Calls the server on one port, each time over a new connection."""

    port: int

    def __call__(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
            connection.request(method, path, data, HEADERS if headers is None else headers)
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()), response.headers)
        finally:
            connection.close()

    def create(self, **fields: object) -> dict[str, Any]:
        answer = self("POST", "/contacts", fields)
        assert answer.status == 201, answer
        return dict(answer.json)

    def update(self, contact_id: str, **fields: object) -> dict[str, Any]:
        answer = self("PUT", f"/contacts/{contact_id}", fields)
        assert answer.status == 200, answer
        (contact,) = answer.json["data"]
        return dict(contact)


@contextmanager
def serving(store: Path, **options: Any) -> Iterator[Caller]:  # noqa: ANN401  # SandboxOptions' fields
    """Serve until the block ends; the token is TOKEN unless another is given."""
    server = make_server(SandboxOptions(store, **{"token": TOKEN, **options}))
    with listen(0) as listener:
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.002)
        try:
            yield Caller(listener.getsockname()[1])
        finally:
            server.end()
            thread.join()
