"""Which target is meant: the real account, or the sandbox on this machine."""

from __future__ import annotations

import os
import resource
import secrets
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.commands.rails import limits_of
from importer.console import show_note
from importer.errors import SettingsError
from importer.ledger import make_state_dir
from importer.pipeline import Sending
from importer.sandbox.process import start_sandbox
from importer.settings import SANDBOX_ACCOUNT_ID, SANDBOX_URL, Account, Secret, read_account
from importer.upload import PaceOptions, SendOptions, next_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OTHER_FILES = 40
"""Files that are open besides connections: the ledger's, the parts', the program's own."""
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
    make_state_dir(state_dir)
    with start_sandbox(state_dir / SANDBOX_STORE, token=token) as url:
        yield replace(SANDBOX, base_url=url, token=Secret(token))


def sending_of(account: Account, how: Mapping[str, Any]) -> Sending:
    """Read how to send from the options that `send_options` and `rail_options` add."""
    pace = PaceOptions(
        most=allowed_connections(how["concurrency"]),
        rate=how["rate"],
        budget=how["daily_budget"],
        max_wait=how["max_wait"],
    )
    # Reckoned from the start: preparing may last past the hour, and then nothing is to be sent.
    until = None if how["until"] is None else next_moment(how["until"], time.time())
    options = SendOptions(limit=how["limit"], until=until, pace=pace)
    return Sending(
        account=account,
        chunk_size=how["chunk_size"],
        options=options,
        limits=limits_of(how),
        canary=how["canary"],
    )


def allowed_connections(wanted: int) -> int:
    """Give how many connections may be open at once: as many as wanted, or as this process may have files for.

    The process's own limit is raised first, as far as the system lets it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft < needed and soft != resource.RLIM_INFINITY:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft in (resource.RLIM_INFINITY, needed) or soft > needed:
        return wanted
    if soft <= OTHER_FILES:
        raise SettingsError(f"this process may have only {soft} files open; raise it to {needed} (ulimit -n {needed})")
    allowed = soft - OTHER_FILES
    show_note(f"only {soft} files may be open, so --concurrency is {allowed} instead of {wanted} (see ulimit -n)")
    return allowed
