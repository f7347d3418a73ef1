"""Looks whether the target lets us in: signing in is the one call known to change nothing (the target's auth guide)."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from importer.doctor.finding import Finding, broken, fine, odd
from importer.errors import SettingsError, StoppedError, WrongTargetError
from importer.http.auth import Auth, Clocks, read_end
from importer.http.exchange import Exchange
from importer.http.transport import AiohttpTransport

if TYPE_CHECKING:
    from importer.settings import Account

DEADLINE = 30.0
ABOUT = "sign-in"


class Counted:
    """Lets a request go that was counted, durably, before."""

    def count(self, number: int) -> None:
        """Leave what was counted as it is, even where the request never left."""

    async def keep(self) -> None:
        """Return at once."""


async def look_at_sign_in(account: Account, now: float) -> Finding:
    """Sign in with an API key, once; of a ready token say when it ends, which is all that can be known of it.

    `now` is in seconds since 1970.
    """
    if account.token is not None:
        return _judge_token(read_end(account.token.reveal()) - now)
    transport = AiohttpTransport(connections=1)
    auth = Auth(
        Exchange(transport, deadline=DEADLINE, monotonic=time.monotonic),
        account.base_url,
        token=None,
        api_key=account.api_key,
        clocks=Clocks(now=time.time, monotonic=time.monotonic),
        spending=Counted(),
    )
    try:
        failed = await auth.ready()
    except (SettingsError, WrongTargetError) as error:
        return broken(ABOUT, error)
    finally:
        await transport.aclose()
    if failed is None:
        return fine(ABOUT, "the target takes the API key")
    what = f"{account.base_url}/auth/authorize does not answer, or only that it can't now"
    return broken(ABOUT, StoppedError(f"{what}: look at the network and at IMPORTER_BASE_URL, and try again"))


def _judge_token(left: float) -> Finding:
    if left <= 0:
        return broken(ABOUT, SettingsError("the token has ended: set a new one in IMPORTER_TOKEN, or an API key"))
    renewed = "nothing renews it; an API key is renewed by itself"
    if math.isinf(left):
        return odd(ABOUT, f"a ready token, not tried since that would write: it usually lasts an hour, and {renewed}")
    return odd(
        ABOUT, f"a ready token, not tried since that would write: it ends in {left / 60:,.0f} min, and {renewed}"
    )
