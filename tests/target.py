"""A strict server with the target's two pages typed by hand, which records all it gets and fails as told.

Imports nothing of the importer. It assigns ids with no uniqueness at all: whoever sends a person twice has two.
"""

import asyncio
import base64
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from faults import Act, Script, read_script
from pages import CREATE, DEFAULTS, UPDATE, Check, find_faults, is_uuid
from received import Received
from wire import SILENT, WHOLE, Answer, cut, refuse, send

PREFIX = "/api/storefront/v1"
__all__ = ["ACCOUNT", "API_KEY", "PREFIX", "TOKEN", "Received", "Target"]

TOKEN = "made-up-token"
API_KEY = "made-up-key"
ACCOUNT = "11111111-2222-4333-8444-555555555555"


class Target:
    """`with Target() as target`: serves on loopback in a thread until the block ends.

    `script` says what goes wrong, see faults.py; it may be set at any time. `put` says what a PUT means: merge or
    replace. Where `early` says so, the connection is reset before a request's body is read. Connections are closed
    when idle for `idle_seconds`.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        adopt: bool = False,
        put: str = "merge",
        latency: float = 0.0,
        idle_seconds: float | None = None,
        token_seconds: int = 3600,
        early: Callable[[Received], bool] = lambda _: False,
    ) -> None:
        self.requests: list[Received] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        """What the server holds: id to the keys that were sent."""
        self.created: list[str] = []
        """The ids that committed creates were given, in order."""
        self.tokens: dict[str, float] = {TOKEN: float("inf")}
        """Accepted Bearer tokens and when they end (seconds since 1970)."""
        self.peak_in_flight = 0
        self.adopt, self.put, self.latency = adopt, put, latency
        self.idle_seconds, self.token_seconds = idle_seconds, token_seconds
        self.script, self.early = script, early
        self.in_flight = 0
        """Requests whose head has come and whose end has not."""
        self._opened = 0
        self._leaving = False
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop = asyncio.new_event_loop()
        self._port = 0

    @property
    def script(self) -> Script:
        return self._script

    @script.setter
    def script(self, script: Script) -> None:
        self._script = script
        self._decide = read_script(script)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    def creates_by(self, name: str) -> dict[Any, list[str]]:
        """Give the ids of committed creates by a field's value as it stands now."""
        found: dict[Any, list[str]] = defaultdict(list)
        for contact_id in self.created:
            found[self.contacts[contact_id].get(name)].append(contact_id)
        return dict(found)

    def duplicates(self, name: str) -> dict[Any, list[str]]:
        """Give the values of a field that more than one committed create carried, with their ids."""
        return {value: ids for value, ids in self.creates_by(name).items() if len(ids) > 1}

    def of(self, method: str) -> list[Received]:
        """Give the requests of one method."""
        return [received for received in self.requests if received.method == method]

    def expire_tokens(self) -> None:
        """Refuse from now on every token that was accepted so far."""
        self.tokens.clear()

    def drop_connections(self) -> None:
        """Close every connection now, busy or idle."""
        self._call(self._drop())

    @contextmanager
    def down(self, *, gently: bool = False) -> Iterator[None]:
        """Refuse connections inside the block, on the same port; open ones are closed.

        `gently`: each of them gets one more answer, which says that it is the last.
        """
        self._call(self._leave() if gently else self._close())
        yield
        self._leaving = False
        self._call(self._open())

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="target")
        self._thread.start()
        self._call(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Any) -> None:  # noqa: ANN401  # a coroutine of this class
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        self._leaving = True
        self._server.close()

    async def _close(self) -> None:
        self._server.close()
        await self._drop()

    async def _drop(self) -> None:
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        self._opened += 1
        number = self._opened
        try:
            while await self._serve_one(reader, writer, number):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            del self._connections[task]
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        async with asyncio.timeout(self.idle_seconds):
            head = await reader.readuntil(b"\r\n\r\n")
        received = self._read_head(head, number)
        self.requests.append(received)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            if self.early(received):
                cut(writer, "reset")
                return False
            received.body = await reader.readexactly(int(received.headers.get("content-length", "0")))
            act = self._decide(received)
            answer = self._judge(received, act)
            await asyncio.sleep(self.latency)
            received.status = None if act.way in SILENT else answer.status
            # Said before it is sent: a test that has its answer reads the record at once.
            received.answered = act.way in WHOLE
            if act.way == "hang":
                # Until the client has enough of it.
                await reader.read(1)
                return False
            if self._leaving:
                answer.headers["Connection"] = "close"
            sent = False
            try:
                sent = await send(writer, act, answer)
            finally:
                received.answered &= sent
            return sent and not self._leaving
        finally:
            self.in_flight -= 1
            received.ended = time.monotonic()

    def _read_head(self, head: bytes, connection: int) -> Received:
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Received(len(self.requests), time.monotonic(), method, path, headers, connection)

    def _judge(self, received: Received, act: Act) -> Answer:
        """Commit what the pages allow and the act wants; give the answer that goes with it."""
        path = received.path.removeprefix(PREFIX)
        if path == received.path:
            answer = refuse(404)
        elif path == "/auth/authorize":
            answer = self._sign_in(received) if received.method == "GET" else refuse(405)
        elif path == "/contacts":
            answer = self._create(received, act) if received.method == "POST" else refuse(405)
        elif path.startswith("/contacts/"):
            answer = self._update(received, act, path[10:]) if received.method == "PUT" else refuse(405)
        else:
            answer = refuse(404)
        if act.status is None and act.body is None:
            return answer
        return Answer(act.status or answer.status, answer.body if act.body is None else act.body, dict(act.headers))

    def _sign_in(self, received: Received) -> Answer:
        if received.headers.get("x-api-key") != API_KEY:
            return refuse(401)
        ends = int(time.time()) + self.token_seconds
        claims = base64.urlsafe_b64encode(json.dumps({"exp": ends, "n": received.number}).encode()).decode()
        token = f"e30.{claims.rstrip('=')}.made-up"
        self.tokens[token] = ends
        return Answer(200, json.dumps({"data": token}).encode())

    def _refusal(self, received: Received, page: dict[str, tuple[Check, bool]]) -> Answer | None:
        scheme, _, token = received.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self.tokens.get(token, 0) <= time.time():
            return refuse(401)
        if "content-length" not in received.headers:
            return refuse(411)
        if received.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return refuse(415)
        faults = find_faults(received.body, page)
        if faults is None:
            return refuse(400)
        return refuse(422, faults) if faults else None

    def _create(self, received: Received, act: Act) -> Answer:
        refusal = self._refusal(received, CREATE)
        if refusal:
            return refusal
        contact_id = str(uuid4())
        if act.commit:
            self.created.append(contact_id)
        return Answer(201, json.dumps(self._commit(received, act, contact_id, {})).encode())

    def _update(self, received: Received, act: Act, segment: str) -> Answer:
        refusal = self._refusal(received, UPDATE)
        if refusal:
            return refusal
        if not is_uuid(segment):
            return refuse(422, ["id"])
        if not is_uuid(received.headers.get("x-account-id", "")):
            return refuse(422, ["x-account-id"])
        contact_id = segment.lower()
        if contact_id not in self.contacts and not self.adopt:
            return refuse(404)
        old = self.contacts.get(contact_id, {}) if self.put == "merge" else {}
        return Answer(200, json.dumps({"data": [self._commit(received, act, contact_id, old)]}).encode())

    def _commit(self, received: Received, act: Act, contact_id: str, old: dict[str, Any]) -> dict[str, Any]:
        contact = {**old, **received.json}
        if act.commit:
            self.contacts[contact_id] = contact
            received.committed, received.contact_id = True, contact_id
        now = "2026-01-01T00:00:00Z"
        times = {"created_at": now, "updated_at": now}
        return {"persona_id": contact_id, **DEFAULTS, "email": "", **times, **contact, "id": contact_id}
