"""Which target is meant: the real account, or the sandbox on this machine."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.pipeline import Sending
from importer.sandbox.process import start_sandbox
from importer.settings import SANDBOX_ACCOUNT_ID, SANDBOX_URL, Account, Secret, read_account
from importer.upload import PaceOptions, SendOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SANDBOX_STORE = "sandbox.sqlite"
SANDBOX = Account(base_url=SANDBOX_URL, account_id=SANDBOX_ACCOUNT_ID, sandbox=True)


def open_account(base_url: str | None, *, sandbox: bool) -> Account:
    """Give whose customers are meant, without asking anything of the target."""
    return SANDBOX if sandbox else read_account(base_url, os.environ)


@contextmanager
def open_target(base_url: str | None, state_dir: Path, *, sandbox: bool) -> Iterator[Account]:
    """Give the account to send to; the sandbox runs while the block does. The real URL and token are ignored then."""
    if not sandbox:
        yield open_account(base_url, sandbox=False)
        return
    token = secrets.token_urlsafe(24)
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with start_sandbox(state_dir / SANDBOX_STORE, token=token) as url:
        yield replace(SANDBOX, base_url=url, token=Secret(token))


def sending_of(account: Account, how: Mapping[str, Any]) -> Sending:
    """Read how to send from the options that `send_options` adds."""
    pace = PaceOptions(most=how["concurrency"], rate=how["rate"], max_wait=how["max_wait"])
    return Sending(account=account, chunk_size=how["chunk_size"], options=SendOptions(limit=how["limit"], pace=pace))
