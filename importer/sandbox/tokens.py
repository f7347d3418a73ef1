"""Signing in: made-up JSON Web Tokens, signed so that nobody but this sandbox can make one."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable


class Tokens:
    """Issues tokens for API keys and judges Bearer tokens. `clock` gives seconds since 1970."""

    def __init__(self, fixed: str | None, lifetime: int, clock: Callable[[], float]) -> None:
        """Make a signing key for this process: tokens of an earlier one are refused, as expired ones are."""
        self._fixed = fixed
        self._lifetime = lifetime
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def sign_in(self, api_key: str) -> str | None:
        """Give a token, or None for a key that is not the fixed token (any filled key passes when there is none)."""
        accepted = bool(api_key) if self._fixed is None else _same(api_key, self._fixed)
        if not accepted:
            return None
        now = int(self._clock())
        claims = {"sub": "sandbox", "iat": now, "exp": now + self._lifetime, "jti": secrets.token_hex(8)}
        text = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
        return f"{text}.{self._sign(text)}"

    def accepts(self, authorization: str) -> bool:
        """Say whether an Authorization header is `Bearer` with the fixed token or with one that still lives."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        if self._fixed is not None and _same(token, self._fixed):
            return True
        text, _, signature = token.rpartition(".")
        if not _same(signature, self._sign(text)):
            return False
        claims = json.loads(base64.urlsafe_b64decode(_pad(text.rpartition(".")[2])))
        return bool(claims["exp"] > self._clock())

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _encode(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _pad(text: str) -> str:
    return text + "=" * (-len(text) % 4)
