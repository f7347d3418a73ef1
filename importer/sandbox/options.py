"""What the sandbox can be told: where it listens and keeps things, how it updates, and how it misbehaves."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from importer.errors import SettingsError

Put = Literal["merge", "replace", "defaults"]
PUTS: tuple[Put, ...] = ("merge", "replace", "defaults")
SHARES = ("fail_share", "cut_share", "slow_share")
AMOUNTS = ("latency_ms", "rate", "daily_limit", "slow_ms")
LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """One sandbox. Raises SettingsError for a value out of range.

    `put` is what a PUT means, since the target's way is not known: `merge` changes the given keys only; `replace` sets
    the keys left out to null or their default; `defaults` merges, but booleans and status left out fall back to theirs.
    """

    store: Path
    port: int = 0
    """0 takes any free port."""
    token: str | None = None
    """The accepted Bearer token, which signs in as an API key too; None: sign in with any API key."""
    put: Put = "merge"
    adopt: bool = False
    """A PUT to an unknown id creates it under that id; otherwise it is answered 404."""
    watch_stdin: bool = False
    """End when stdin ends, and so with the parent, however that ends."""
    latency_ms: float = 0
    """Added to every answer to a write, after the commit."""
    rate: int | None = None
    """Requests a second; above it 429."""
    daily_limit: int | None = None
    """Requests a UTC day, counted in the store; above it 429."""
    fail_share: float = 0
    """Share of writes answered 429, or 5xx before or after the commit."""
    cut_share: float = 0
    """Share of writes stored whose connection is then closed or reset without an answer."""
    slow_share: float = 0
    """Share of writes stored and answered only after `slow_ms`."""
    slow_ms: float = 3_000
    seed: int | None = None
    """Makes the sequence of faults repeatable."""
    token_seconds: int = 3_600
    """Lifetime of a token from sign-in."""

    def __post_init__(self) -> None:
        if self.put not in PUTS:
            raise SettingsError(f"sandbox: put is one of {', '.join(PUTS)}")
        if not 0 <= self.port <= LAST_PORT:
            raise SettingsError(f"sandbox: port lies between 0 and {LAST_PORT}")
        if self.token == "":
            raise SettingsError("sandbox: an empty token can't be sent; leave it out, or give one")
        self._check_amounts()

    def _check_amounts(self) -> None:
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"sandbox: {name} lies between 0 and 1")
        if sum(getattr(self, name) for name in SHARES) > 1:
            raise SettingsError(f"sandbox: {', '.join(SHARES)} together are at most 1")
        for name in AMOUNTS:
            if (getattr(self, name) or 0) < 0:
                raise SettingsError(f"sandbox: {name} can't be negative")
        for name in ("rate", "daily_limit"):
            if getattr(self, name) == 0:
                raise SettingsError(f"sandbox: {name} is at least 1, or left out for no limit")
        if self.token_seconds < 1:
            raise SettingsError("sandbox: token_seconds is at least 1")
