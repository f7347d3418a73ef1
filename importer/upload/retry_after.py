"""How long a server asks to wait."""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from importer.upload.told import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = re.compile(r"[0-9]+")
LONGEST = 1e9
"""Some thirty years: a longer wait is told as this, a number that can be read."""


def read_retry_after(text: str | None, now: float) -> float | None:
    """Give the seconds that `Retry-After` asks for: whole seconds, or the time until its date (0 when that is past).

    `now` in seconds since 1970, by the server's clock where it tells it. None where there is no header or it makes no
    sense (RFC 9110, 10.2.3, which sets no bound: a number too long for any wait is a wait all the same).
    """
    text = (text or "").strip()
    if SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    moment = _read_moment(text)
    # Whole seconds: round up, never leave early.
    return None if moment is None else min(max(0.0, math.ceil(moment - now)), LONGEST)


def read_date(text: str | None, now: float) -> float:
    """Give the server's clock from its `Date` header, in seconds since 1970; `now`, ours, where it does not tell it.

    A moment that a server names is a moment of its own clock (RFC 9110, 6.6.1).
    """
    moment = _read_moment((text or "").strip())
    return now if moment is None else moment


def _read_moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # The three old date forms mean GMT even where they don't say so.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def read_used_up(headers: Mapping[str, str]) -> float | None:
    """Give the seconds until a used-up limit begins anew: `X-RateLimit-Remaining: 0` and `X-RateLimit-Reset`.

    The target's guide says that the reset is in seconds from now. Ten digits and more are a clock time, which it never
    is, and are ignored like any other nonsense: a hint must not stop a run. None where nothing is used up.
    """
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if not SECONDS.fullmatch(reset):
        return None
    seconds = float(reset)
    return seconds if seconds < LONGEST else None


def read_limit(headers: Mapping[str, str]) -> Limit | None:
    """Give what `X-RateLimit-Limit`, `-Remaining` and `-Reset` tell together; None where one is missing or nonsense."""
    if "x-ratelimit-limit" not in headers:
        return None
    texts = [headers.get(f"x-ratelimit-{name}", "").strip() for name in ("limit", "remaining", "reset")]
    if not all(SECONDS.fullmatch(text) for text in texts):
        return None
    size, left, reset = (float(text) for text in texts)
    return Limit(int(size), int(left), reset) if 0 < size < LONGEST and left <= size and reset < LONGEST else None
