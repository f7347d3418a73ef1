"""The two calls of the target: create and update a contact.

Source: the pages "create contact" (`POST /contacts`) and "update contact" (`PUT /contacts/{id}`, which alone asks for
`x-account-id`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import httpx

from importer.outcome import Method

if TYPE_CHECKING:
    from importer.http.auth import Auth
    from importer.http.exchange import Exchange, RawHeaders, Reply

SHORTEST_TOKEN = 8


class Transport(Protocol):
    """What a transport can do besides sending."""

    async def drop_idle(self) -> None:
        """Close the idle connections."""


class Contacts:
    """The target's contacts under one base URL and account. No other host is ever asked."""

    def __init__(
        self,
        exchange: Exchange,
        auth: Auth,
        transport: Transport,
        *,
        base_url: str,
        account_id: str,
        user_agent: str,
        account_on_create: bool = False,
    ) -> None:
        """With `account_on_create` a create carries `x-account-id` too, which its page does not show."""
        self._exchange = exchange
        self._auth = auth
        self._transport = transport
        self._url = httpx.URL(f"{base_url}/contacts")
        self._path = self._url.raw_path
        common: RawHeaders = [
            (b"Host", self._url.netloc),
            (b"Content-Type", b"application/json"),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", user_agent.encode("ascii")),
        ]
        account = [(b"x-account-id", account_id.encode("ascii"))]
        self._common = {
            Method.CREATE: common + (account if account_on_create else []),
            Method.UPDATE: common + account,
        }
        self._headers: dict[tuple[Method, bytes], httpx.Headers] = {}
        """Made once for each credential: httpx takes more time over them than over all else of a request."""

    def is_ready(self) -> bool:
        """See `Auth.is_ready`."""
        return self._auth.is_ready()

    async def ready(self) -> Reply | None:
        """See `Auth.ready`."""
        return await self._auth.ready()

    def accept(self, credential: int) -> None:
        """See `Auth.accept`."""
        self._auth.accept(credential)

    def refuse(self, credential: int) -> bool:
        """See `Auth.refuse`."""
        return self._auth.refuse(credential)

    async def drop_idle(self) -> None:
        """Close idle connections, as after a wait through which the server may have kept none."""
        await self._transport.drop_idle()

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        """Create a contact (`contact_id` None) or update one; once, and never raising for the network's troubles."""
        # As a target of its own: httpx would take the whole URL apart and put it together again for each contact.
        target = None if contact_id is None else self._path + b"/" + encode_segment(contact_id)
        credential, header = self._auth.credential, self._auth.header
        headers = self._headers.get((method, header)) or self._sign(method, header)
        reply = await self._exchange.send(method, self._url, headers, body, target=target, credential=credential)
        told = without_token(reply.body, header)
        return reply if told == reply.body else replace(reply, body=told)

    def _sign(self, method: Method, header: bytes) -> httpx.Headers:
        signed = httpx.Headers([*self._common[method], (b"Authorization", header)])
        self._headers = {known: made for known, made in self._headers.items() if known[1] == header}
        return self._headers.setdefault((method, header), signed)


def without_token(body: bytes, header: bytes) -> bytes:
    """Give a body in which the server doesn't echo the token: what it says is kept, and a token must not be.

    A token of less than eight characters is no secret, and may be any word's part.
    """
    token = header.removeprefix(b"Bearer ")
    # Without a backslash nothing is written as an escape.
    if len(token) < SHORTEST_TOKEN or (b"\\" not in body and token not in body):
        return body
    return _written(token).sub(b"***", body)


@lru_cache(maxsize=4)
def _written(token: bytes) -> re.Pattern[bytes]:
    r"""Find a token as it is, and as JSON may escape its signs: `\/`, `\u002f`."""
    signs = (bytes([sign]) for sign in token)
    return re.compile(b"".join(sign if sign.isalnum() else _escaped(sign) for sign in signs))


def _escaped(sign: bytes) -> bytes:
    return rb"(?:\\*%b|\\+u00(?i:%02x))" % (re.escape(sign), ord(sign))


def encode_segment(contact_id: str) -> bytes:
    """Percent-encode an id as one path segment, so that neither `../x` nor `a/b?c` reaches another path."""
    segment = quote(contact_id, safe="")
    if not segment.strip("."):
        segment = segment.replace(".", "%2E")
    return segment.encode("ascii")
