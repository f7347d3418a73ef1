"""One request and what came of it, without judgement and without raising for the network's troubles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from importer.http.deadline import Deadline
from importer.http.transport import FAILURE, TARGET, TRAIL, FailedError, Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WANTED = {
    name.encode(): name
    for name in (
        "content-type",
        "date",
        "location",
        "retry-after",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    )
}
LONGEST_VALUE = 200

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request."""

    sent: bool
    """A byte of it may have left. False only where it certainly did not."""
    status: int | None = None
    """None when no head of an answer came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The wanted ones by small name, cut; of `location` only the host."""
    body: bytes = field(default=b"", repr=False)
    """Up to the transport's limit, decoded."""
    failure: str | None = None
    """None for a whole answer; else refused, dns, unreachable, tls, cut, timeout, protocol, oversized or sign_in;
    held where nothing may leave for the moment, which is no trouble of the server's."""
    seconds: float = 0.0
    credential: int = 0
    """Which of the run's tokens it carried, counted from 1."""


class Exchange:
    """Sends requests through a transport, each within one deadline for connecting, sending and the whole answer."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, deadline: float, monotonic: Callable[[], float]) -> None:
        """Take the `deadline` in seconds, and `monotonic`, which gives seconds that never jump."""
        self._transport = transport
        self._deadline = Deadline(deadline)
        self._monotonic = monotonic

    async def send(
        self,
        method: str,
        url: httpx.URL,
        headers: httpx.Headers | RawHeaders,
        body: bytes = b"",
        *,
        target: bytes | None = None,
        credential: int = 0,
    ) -> Reply:
        """Send one request once. Network trouble is part of the reply; only cancellation is raised.

        `target` is sent as the path instead of the URL's, just as it is; `credential` stands in the reply.
        """
        trail = Trail()
        extensions = {TRAIL: trail} if target is None else {TRAIL: trail, TARGET: target}
        request = httpx.Request(method, url, headers=headers, stream=httpx.ByteStream(body), extensions=extensions)
        begun = self._monotonic()
        try:
            response, content = await self._deadline.keep(self._ask(request))
        except TimeoutError:
            return Reply(sent=trail.left, failure="timeout", seconds=self._monotonic() - begun, credential=credential)
        except httpx.TransportError as error:
            word = error.word if isinstance(error, FailedError) else _name_failure(error)
            return Reply(sent=trail.left, failure=word, seconds=self._monotonic() - begun, credential=credential)
        return Reply(
            sent=True,
            status=response.status_code,
            headers=_pick(response.headers.raw),
            body=content,
            failure=response.extensions.get(FAILURE),
            seconds=self._monotonic() - begun,
            credential=credential,
        )

    async def _ask(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        response = await self._transport.handle_async_request(request)
        stream = response.stream
        # What is in memory is plain already; aread()'s decoders would cost more than all else here.
        return response, b"".join(stream) if type(stream) is httpx.ByteStream else await response.aread()


def _pick(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    picked = {}
    for written, value_bytes in raw:
        if (name := WANTED.get(written.lower())) is not None:
            value = value_bytes.decode("latin-1")
            picked[name] = (_host(value) if name == "location" else value)[:LONGEST_VALUE]
    return picked


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:
        return ""


def _name_failure(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ConnectError):
        return "unreachable"
    return "cut" if isinstance(error, httpx.NetworkError) else "protocol"
