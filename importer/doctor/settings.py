"""Looks at the settings: whether they are there, and spelt as they should be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from importer.doctor.finding import Finding, broken, fine, odd
from importer.errors import SettingsError
from importer.settings import Account, read_account

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

PREFIX = "IMPORTER_"
SECRETS = ("TOKEN", "API_KEY")
SETTINGS = frozenset(
    {"ACCOUNT_ID", "ALLOW_HTTP", "BASE_URL", "STATE_DIR", *SECRETS, *(f"{name}_FILE" for name in SECRETS)}
)


def look_at_names(env: Mapping[str, str], options: Collection[str]) -> Iterator[Finding]:
    """Tell of variables that no command reads; `options` are the names that options have in the environment."""
    known = {*options, *(PREFIX + name for name in SETTINGS)}
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            guess = f"did you mean {near[0]}?" if near else "take it out"
            yield odd("settings", f"{name} is set, and nothing reads it: {guess}")


def look_at_account(base_url: str | None, env: Mapping[str, str]) -> tuple[Finding, Account | None]:
    """Give the account of a real run, None where a setting is missing or wrong."""
    try:
        account = read_account(base_url, env)
    except SettingsError as error:
        return broken("settings", error), None
    secret = "a token" if account.token else "an API key"
    return fine("settings", f"account {account.account_id} at {account.base_url}, with {secret}"), account
