"""The calls over HTTP: sign in, create, update, list. Every answer is JSON, refusals too."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from importer.sandbox.body import read_contact, read_uuid
from importer.sandbox.cut import cut_connection
from importer.sandbox.faults import Fault, draw_fault
from importer.sandbox.limits import Limits
from importer.sandbox.options import SandboxOptions
from importer.sandbox.refusal import Issue, RequestRefusedError
from importer.sandbox.resource import create_contact, update_contact
from importer.sandbox.store import Store
from importer.sandbox.tokens import Tokens

BODY_LIMIT = 1_048_576
PAGE = 100
PAGE_LIMIT = 10_000


def create_app(options: SandboxOptions, clock: Callable[[], float] = time.time) -> Starlette:
    """Give the application; its store is opened here and closed when its lifespan ends. `clock`: seconds since 1970."""
    calls = Calls(options, Store(options.store), clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        calls.store.close()

    routes = [
        Route("/auth/authorize", calls.authorize, methods=["GET"]),
        Route("/contacts", calls.contacts, methods=["GET", "POST"]),
        Route("/contacts/{id}", calls.update, methods=["PUT"]),
    ]
    handlers: dict[Any, Any] = {RequestRefusedError: _refuse, HTTPException: _refuse_path}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


class Calls:
    """The endpoints and what they share."""

    def __init__(self, options: SandboxOptions, store: Store, clock: Callable[[], float]) -> None:
        """Start the limits, the tokens and the faults afresh; the day's count is in the store."""
        self.store = store
        self._options = options
        self._clock = clock
        self._limits = Limits(options.rate, options.daily_limit, store.count_day, clock)
        self._tokens = Tokens(options.token, options.token_seconds, clock)
        self._random = Random(options.seed)  # noqa: S311  # faults to be repeated, no secret

    async def authorize(self, request: Request) -> Response:
        """Answer an API key with a token."""
        headers = self._admit()
        token = self._tokens.sign_in(request.headers.get("x-api-key", ""))
        if token is None:
            raise RequestRefusedError(401, "x-api-key is missing or not accepted", headers)
        return JSONResponse({"data": token}, headers=headers)

    async def contacts(self, request: Request) -> Response:
        """List, or create: the bare contact with 201."""
        headers = self._admit()
        self._authenticate(request, headers)
        if request.method != "POST":
            return self._list(request, headers)
        return await self._write(request, headers, self._create)

    async def update(self, request: Request) -> Response:
        """Change one contact: an array with that contact."""
        headers = self._admit()
        self._authenticate(request, headers)
        return await self._write(request, headers, self._update)

    def _admit(self) -> dict[str, str]:
        allowance = self._limits.admit()
        if not allowance.passes:
            raise RequestRefusedError(429, "too many requests", allowance.headers)
        return allowance.headers

    def _authenticate(self, request: Request, headers: dict[str, str]) -> None:
        if not self._tokens.accepts(request.headers.get("authorization", "")):
            raise RequestRefusedError(401, "the Bearer token is missing, wrong or expired", headers)

    async def _write(
        self, request: Request, headers: dict[str, str], commit: Callable[[Request, bytes], Response]
    ) -> Response:
        fault = draw_fault(self._options, self._random)
        body = await _read_body(request)
        if not fault.committed:
            return _fail(fault, headers)
        try:
            response = commit(request, body)
        except RequestRefusedError as refusal:
            refusal.headers = headers
            raise
        if fault.cut is not None:
            await cut_connection(request, reset=fault.cut == "reset")
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.status is not None:
            return _fail(fault, headers)
        response.headers.update(headers)
        return response

    def _create(self, _: Request, body: bytes) -> Response:
        contact = create_contact(read_contact(body, update=False), str(uuid4()), self._now())
        return _json(self.store.put(contact), 201)

    def _update(self, request: Request, body: bytes) -> Response:
        contact_id = read_uuid(request.path_params["id"], "id")
        if "x-account-id" not in request.headers:
            raise RequestRefusedError(422, [Issue("x-account-id", "the header is required")])
        read_uuid(request.headers["x-account-id"], "x-account-id")
        given = read_contact(body, update=True)
        old = self.store.find(contact_id)
        if old is None and not self._options.adopt:
            raise RequestRefusedError(404, "there is no contact with this id")
        contact = (
            create_contact(given, contact_id, self._now())
            if old is None
            else update_contact(old, given, self._options.put, self._now())
        )
        return _json(f'{{"data":[{self.store.put(contact)}]}}', 200)

    def _list(self, request: Request, headers: dict[str, str]) -> Response:
        start = _read_number(request, "from", 0)
        stop = min(_read_number(request, "to", start + PAGE), start + PAGE_LIMIT)
        listed = ",".join(self.store.read(start, stop))
        text = f'{{"data":[{listed}],"from":{start},"to":{stop},"count":{self.store.count()}}}'
        return _json(text, 200, headers)

    def _now(self) -> str:
        now = datetime.fromtimestamp(self._clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _read_body(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RequestRefusedError(415, "send application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            raise RequestRefusedError(413, f"a body has at most {BODY_LIMIT} bytes", {"Connection": "close"})
    return bytes(body)


def _read_number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004  # a billion contacts is enough
        raise RequestRefusedError(400, f"{name} is a whole number from 0")
    return int(text)


def _json(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, media_type="application/json")


def _fail(fault: Fault, headers: dict[str, str]) -> Response:
    status = fault.status or 500
    extra = {"Retry-After": "1"} if status == 429 else {}  # noqa: PLR2004  # too many requests
    refusal = RequestRefusedError(status, "made to fail by the sandbox's options")
    return JSONResponse(refusal.content, status, {**headers, **extra})


async def _refuse(_: Request, error: RequestRefusedError) -> Response:
    return JSONResponse(error.content, error.status, error.headers)


async def _refuse_path(_: Request, error: HTTPException) -> Response:
    refusal = RequestRefusedError(error.status_code, "no such call here")
    return JSONResponse(refusal.content, error.status_code, error.headers)
