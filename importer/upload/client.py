"""Wires what speaks HTTP to an account: transport, deadline, sign-in and the two calls."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from importer.http.auth import Auth, Clocks
from importer.http.contacts import Contacts
from importer.http.exchange import Exchange
from importer.http.transport import AiohttpTransport
from importer.upload.journal import Spending

if TYPE_CHECKING:
    from importer.settings import Account
    from importer.task import Recorder
    from importer.upload.pace import Pace
    from importer.upload.send import Clock, SendOptions


def make_client(
    account: Account, recorder: Recorder, pace: Pace, clock: Clock, options: SendOptions
) -> tuple[Contacts, AiohttpTransport]:
    """Give the account's contacts, and the transport to close in the end. What signing in takes is counted."""
    transport = AiohttpTransport(connections=options.pace.most, held=pace.is_shut)
    exchange = Exchange(transport, deadline=options.deadline, monotonic=clock.monotonic)
    auth = Auth(
        exchange,
        account.base_url,
        token=account.token,
        api_key=account.api_key,
        clocks=Clocks(now=clock.now, monotonic=clock.monotonic),
        spending=Spending(recorder, pace),
    )
    contacts = Contacts(
        exchange,
        auth,
        transport,
        base_url=account.base_url,
        account_id=account.account_id,
        user_agent=f"masivo-importer/{version('masivo-importer')}",
    )
    return contacts, transport
