"""The sandbox's own server in a thread, with a temper: it refuses whom it is told to, and cuts answers off.

What people do in the target by hand (edits, deletions, an export) is done here in its store.
"""

import asyncio
import csv
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send
from target import TOKEN

from importer.sandbox import SandboxOptions
from importer.sandbox.cut import TRANSPORT
from importer.sandbox.options import Put
from importer.sandbox.server import listen, make_server

Contact = dict[str, Any]


class MoodyTarget:
    """What stands at `url`, and what its owner knows and does."""

    def __init__(self, store: Path) -> None:
        self.url = ""
        self.refused: set[str] = set()
        """Customers whom it answers 422."""
        self.lost: dict[str, bool] = {}
        """Customers whose next answer is cut off, and whether what was sent is stored."""
        self.writes = 0
        """Writes that reached it."""
        self._store = store

    def contacts(self) -> list[Contact]:
        """Give all that is stored, in the order of creation."""
        with closing(sqlite3.connect(self._store)) as database:
            found = database.execute("SELECT contact FROM contacts ORDER BY number")
            return [json.loads(text) for (text,) in found]

    def edit(self, key: str, change: Callable[[Contact], None]) -> None:
        """Change a contact by hand."""
        (contact,) = [one for one in self.contacts() if one["external_id"] == key]
        change(contact)
        self._write("UPDATE contacts SET contact = ? WHERE id = ?", json.dumps(contact), contact["id"])

    def delete(self, key: str) -> None:
        """Delete a contact by hand."""
        self._write("DELETE FROM contacts WHERE json_extract(contact, '$.external_id') = ?", key)

    def add(self, contact_id: str, **fields: object) -> None:
        """Make a contact by hand."""
        contact = {**dict.fromkeys(self.contacts()[0]), "id": contact_id, **fields}
        self._write("INSERT INTO contacts (id, contact) VALUES (?, ?)", contact_id, json.dumps(contact))

    def export(self, path: Path) -> None:
        """Write all contacts as the target's own export has them."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["Contact Id", "Reference", "First name", "Second name", "Last name", "Mail", "Town", "State"]
            )
            names = ("id", "external_id", "first_name", "second_name", "last_name", "email", "city", "status")
            writer.writerows([contact[name] for name in names] for contact in self.contacts())

    def _write(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self._store, timeout=10)) as database, database:
            assert database.execute(statement, values).rowcount == 1

    def wrap(self, app: Any) -> Callable[[Scope, Receive, Send], Any]:  # noqa: ANN401  # any ASGI application
        """Give the application with this temper."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] not in ("POST", "PUT"):
                await app(scope, receive, send)
                return
            body = b""
            message: Message = {"more_body": True}
            while message.get("more_body"):
                message = await receive()
                body += message.get("body", b"")
            self.writes += 1
            key = json.loads(body).get("external_id")
            if key in self.refused:
                await JSONResponse({"error": "this address is on our blocklist"}, 422)(scope, receive, send)
                return
            again = _replay(body, receive)
            if key not in self.lost:
                await app(scope, again, send)
                return
            if self.lost.pop(key):
                await app(scope, again, _unheard)
            scope[TRANSPORT].abort()
            while (await receive())["type"] != "http.disconnect":
                pass

        return serve


def _replay(body: bytes, receive: Receive) -> Receive:
    told = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(told, None) or await receive()

    return again


async def _unheard(_: Message) -> None:
    """Drop an answer."""


@contextmanager
def serving(store: Path, put: Put) -> Iterator[MoodyTarget]:
    """Serve on loopback until the block ends."""
    target = MoodyTarget(store)
    server = make_server(SandboxOptions(store, token=TOKEN, put=put))
    server.config.app = target.wrap(server.config.app)
    with listen(0) as listener:
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),), name="target")
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.002)
        target.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield target
        finally:
            server.end()
            thread.join()
