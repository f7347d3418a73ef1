"""The story of `doctor`: the settings, the list, the state, and last, with the lock still held, the sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.doctor.finding import broken
from importer.doctor.listing import Listing, look_at_list
from importer.doctor.settings import look_at_account, look_at_names
from importer.doctor.sign_in import look_at_sign_in
from importer.doctor.state import Meant, look_at_state
from importer.event_loop import run_async
from importer.ledger import Target
from importer.ledger.namespaces import count_request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.doctor.finding import Finding
    from importer.errors import UsageError
    from importer.ledger import Ledger
    from importer.settings import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the next run would be."""

    mapping: str | None
    runs: Sequence[Sequence[str]]
    """The sources of each run to come; () stands for what the mapping names."""
    state_dir: Path
    base_url: str | None
    env: Mapping[str, str]
    options: Collection[str]
    """The names that options have in the environment."""
    wrong: Sequence[UsageError]
    """What the environment says that an option can't be."""


def examine(asked: Asked, working_dir: Path, now: datetime) -> Iterator[Finding]:
    """Look at all that the next run needs, and say of each thing how it stands. No contact is sent or read."""
    yield from look_at_names(asked.env, asked.options)
    yield from (broken("settings", error) for error in asked.wrong)
    found, account = look_at_account(asked.base_url, asked.env)
    yield found
    listing = Listing()
    if asked.mapping is not None:
        yield from look_at_list(listing, asked.mapping, asked.runs, working_dir, asked.state_dir)
    target = None
    if account is not None and listing.loaded is not None:
        target = Target(account.ledger_url, account.ledger_account, listing.loaded.mapping.name)
    signed: list[Finding] = []

    def sign_in(ledger: Ledger | None) -> None:
        if account is not None:
            signed.append(_sign_in(account, ledger, now))

    yield from look_at_state(Meant(asked.state_dir, target, listing.size), sign_in)
    yield from signed


def _sign_in(account: Account, ledger: Ledger | None, now: datetime) -> Finding:
    """Count the request for the day's budget before it leaves, as a run does."""
    if ledger is not None and account.token is None:
        count_request(ledger, Target(account.ledger_url, account.ledger_account, ""), now.date())
    return run_async(look_at_sign_in(account, now.timestamp()))
