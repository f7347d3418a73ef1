"""Settings: option before environment before default. Secrets come from the environment or a file, never an option."""

from __future__ import annotations

import ipaddress
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE_URL = "https://app.masivo.ai/api/storefront/v1"
"""The base URL of the target's pages; other guides show another host, so it can be set."""
STATE_DIR = "importer-state"
SANDBOX_URL = "http://sandbox.invalid"
"""Stands for the sandbox in the ledger, whatever port it has this time."""
SANDBOX_ACCOUNT = "sandbox"
SANDBOX_ACCOUNT_ID = "00000000-0000-4000-8000-000000000000"
"""What an update to the sandbox bears as account id."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that never shows itself."""

    _text: str

    def reveal(self) -> str:
        """Give the text to whoever really needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose contacts are written and how to prove that one may."""

    base_url: str
    """Without a slash at its end; where requests go."""
    account_id: str
    token: Secret | None = None
    api_key: Secret | None = None
    sandbox: bool = False

    @property
    def ledger_url(self) -> str:
        """The base URL under which the ledger keeps this account's customers; the sandbox's real one changes."""
        return SANDBOX_URL if self.sandbox else self.base_url

    @property
    def ledger_account(self) -> str:
        """The account under which the ledger keeps its customers."""
        return SANDBOX_ACCOUNT if self.sandbox else self.account_id


def read_account(base_url: str | None, env: Mapping[str, str]) -> Account:
    """Read the target and its credentials for a real run.

    Raises SettingsError (exit 4) naming the setting that is missing or wrong, never its value.
    """
    url = check_base_url(base_url or env.get("IMPORTER_BASE_URL") or BASE_URL, env)
    account_id = env.get("IMPORTER_ACCOUNT_ID", "").strip()
    if not account_id:
        raise SettingsError(
            "IMPORTER_ACCOUNT_ID is not set: updates need your account id (a UUID). Without one, try the job on the "
            "sandbox with --sandbox"
        )
    try:
        account = str(UUID(account_id))
    except ValueError:
        raise SettingsError("IMPORTER_ACCOUNT_ID is not a UUID such as 3c90c3cc-0d44-4b50-8888-8dd25736052a") from None
    token = read_secret("IMPORTER_TOKEN", env)
    api_key = read_secret("IMPORTER_API_KEY", env)
    if token is None and api_key is None:
        raise SettingsError(
            "no credentials: set IMPORTER_TOKEN or IMPORTER_API_KEY (or IMPORTER_TOKEN_FILE, IMPORTER_API_KEY_FILE), "
            "or try the job on the sandbox with --sandbox"
        )
    return Account(base_url=url, account_id=account, token=token, api_key=api_key)


def read_secret(name: str, env: Mapping[str, str]) -> Secret | None:
    """Read a secret from the environment, or from the file that `NAME_FILE` names; white space around it is cut."""
    text = env.get(name, "")
    path = env.get(f"{name}_FILE")
    if text and path:
        raise SettingsError(f"both {name} and {name}_FILE are set; leave one")
    if path:
        text = _read_secret_file(name, Path(path))
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(f"{name} holds characters that no token has; set it again without quotes or blanks")
    return Secret(text)


def _read_secret_file(name: str, path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"{path} ({name}_FILE) can be read by others; run: chmod 600 {path}")
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path} ({name}_FILE) can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} ({name}_FILE) is not text") from None


def check_base_url(url: str, env: Mapping[str, str]) -> str:
    """Give the base URL without a slash at its end, or raise SettingsError saying what is wrong with it.

    Plain http goes to loopback only, unless IMPORTER_ALLOW_HTTP names the very host.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise SettingsError("the base URL can't be read; it looks like https://host/path") from None
    if parts.username or parts.password:
        raise SettingsError("the base URL holds a user name or password; credentials go into IMPORTER_TOKEN")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise SettingsError("the base URL must look like https://host/path, without ? or #")
    if parts.scheme == "http" and not is_loopback(host) and env.get("IMPORTER_ALLOW_HTTP") != host:
        raise SettingsError(
            f"the base URL is plain http, which would show the token and the customers to the network; use https, "
            f"or set IMPORTER_ALLOW_HTTP={host} if you mean it"
        )
    place = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{place}{f':{port}' if port and port != usual else ''}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
