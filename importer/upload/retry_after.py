"""How long a server asks to wait."""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime

SECONDS = re.compile(r"[0-9]{1,9}")


def read_retry_after(text: str | None, now: float) -> float | None:
    """Give the seconds that `Retry-After` asks for: whole seconds, or the time until its date (0 when that is past).

    `now` in seconds since 1970. None where there is no header or it makes no sense (RFC 9110, 10.2.3).
    """
    text = (text or "").strip()
    if SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # The three old date forms mean GMT even where they don't say so. Whole seconds: round up, never leave early.
    return max(0.0, math.ceil((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now))
