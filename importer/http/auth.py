"""The right to call: a ready token, or an API key exchanged for one that is renewed before it ends.

Source: the target's guide on signing in (`GET /auth/authorize` with `x-api-key`; tokens last one hour and can't be
refreshed). That the answer is `{"data": "<JWT>"}` is seen in an example only.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import httpx

from importer.errors import SettingsError, WrongTargetError
from importer.http.transport import HELD

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.http.exchange import Exchange, Reply

RENEW_BEFORE = 300.0
"""Seconds before a token's end at which it is renewed; half its life where that is shorter."""
TEMPORARY = frozenset({408, 425, 429})


class Secret(Protocol):
    """A text that shows itself to whoever asks for it by name only."""

    def reveal(self) -> str:
        """Give the text."""


class Spending(Protocol):
    """Who counts requests for the day's budget."""

    def count(self, number: int) -> None:
        """Count requests; a negative number takes back what never left."""

    async def keep(self) -> None:
        """Return when what was counted is durable."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """`now` gives seconds since 1970, `monotonic` seconds that never jump."""

    now: Callable[[], float]
    monotonic: Callable[[], float]


class Auth:
    """Keeps a valid token. However many workers ask, one sign-in is under way at a time."""

    def __init__(
        self,
        exchange: Exchange,
        base_url: str,
        *,
        token: Secret | None,
        api_key: Secret | None,
        clocks: Clocks,
        spending: Spending,
    ) -> None:
        """Take a ready `token` before the `api_key`; each sign-in request is spent, durably, before it leaves."""
        if token is None and api_key is None:
            raise SettingsError("no credentials: set IMPORTER_TOKEN or IMPORTER_API_KEY")
        self._exchange = exchange
        self._url = httpx.URL(f"{base_url}/auth/authorize")
        self._api_key = api_key if token is None else None
        self._clocks = clocks
        self._spending = spending
        self._header = b""
        self._renew_at = math.inf
        self._pending: asyncio.Task[Reply | None] | None = None
        self._refused = 0
        """The token that was refused last; 0 once a later one was taken."""
        self.credential = 0
        if token is not None:
            self._take(token.reveal())

    @property
    def header(self) -> bytes:
        """The value of the `Authorization` header; empty before the first sign-in."""
        return self._header

    def is_ready(self) -> bool:
        """Whether there is a token that doesn't end soon."""
        return bool(self._header) and self._clocks.monotonic() < self._renew_at

    async def ready(self) -> Reply | None:
        """Sign in if there is no token or it ends soon.

        Gives None when there is a token, else the failed sign-in's reply, with `sent` False since nothing of a row has
        left, and with failure `held` where it was kept back itself. Raises SettingsError when the key is refused, or a
        ready token was, which nothing can renew; WrongTargetError when what answers is no sign-in.
        """
        if self.is_ready():
            return None
        return await self._sign_in_once()

    def accept(self, credential: int) -> None:
        """Note that the server took a token for good."""
        if credential > self._refused:
            self._refused = 0

    def refuse(self, credential: int) -> bool:
        """Note that the server answered 401 to a token, so that the next `ready` replaces it, unless it has been.

        False where the token itself came of a 401 and was never taken: one more sign-in would end in the same.
        """
        if credential == self._refused or credential != self.credential:
            return True
        self._renew_at = -math.inf
        if self._refused:
            return False
        self._refused = credential
        return True

    async def _sign_in_once(self) -> Reply | None:
        if self._api_key is None:
            raise SettingsError("the server refused the token (401): set a valid one in IMPORTER_TOKEN and run again")
        if self._pending is None:
            # Counted before anything else can run: whoever asked has just seen that the budget holds one more.
            self._spending.count(1)
            self._pending = asyncio.create_task(self._sign_in(self._api_key))
            self._pending.add_done_callback(self._forget)
        return await asyncio.shield(self._pending)

    def _forget(self, _task: object) -> None:
        self._pending = None

    async def _sign_in(self, api_key: Secret) -> Reply | None:
        await self._spending.keep()
        key = api_key.reveal().encode("ascii")
        reply = await self._exchange.send(
            "GET",
            self._url,
            [(b"Host", self._url.netloc), (b"x-api-key", key), (b"Accept", b"application/json")],
        )
        if not reply.sent:
            self._spending.count(-1)
        if reply.failure == HELD:
            return reply
        if reply.status is None or reply.status >= 500 or reply.status in TEMPORARY:  # noqa: PLR2004  # HTTP's own number
            return replace(reply, sent=False, status=None, body=b"", failure="sign_in")
        self._take(read_token(reply))
        return None

    def _take(self, token: str) -> None:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise SettingsError("the token holds characters that no token has; get a new one")
        left = read_end(token) - self._clocks.now()
        # A token that is over on arrival means that the clocks differ: then only a 401 can tell its end.
        known = self._api_key is not None and left > 0
        self._renew_at = self._clocks.monotonic() + left - min(RENEW_BEFORE, left / 2) if known else math.inf
        self._header = b"Bearer " + token.encode("ascii")
        self.credential += 1


def read_token(reply: Reply) -> str:
    """Read the token from a sign-in's answer; SettingsError when refused, WrongTargetError when there is none in it."""
    if reply.status in (401, 403):
        raise SettingsError(f"signing in was refused ({reply.status}): check IMPORTER_API_KEY and its rights")
    try:
        document = json.loads(reply.body) if reply.status is not None and 200 <= reply.status < 300 else None  # noqa: PLR2004  # HTTP's own numbers
    except (ValueError, RecursionError):
        document = None
    token = document.get("data") if isinstance(document, dict) else None
    if not isinstance(token, str) or not token:
        raise WrongTargetError(
            f"the sign-in at /auth/authorize answered {reply.status} and no token: check IMPORTER_BASE_URL"
        )
    return token


def read_end(token: str) -> float:
    """Read a JWT's `exp` in seconds since 1970, unverified; infinite where the token has none."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return math.inf
