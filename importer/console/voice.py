"""What the console is told of how it is wanted, and of what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Voice(Protocol):
    """What the console needs to know of how it is wanted."""

    @property
    def json(self) -> bool:
        """Whether stdout carries one JSON document."""

    @property
    def quiet(self) -> bool:
        """Whether only errors are said."""

    @property
    def progress(self) -> bool:
        """Whether progress is wanted on a terminal."""

    @property
    def verbose(self) -> bool:
        """Whether details are wanted."""


class Typed(Protocol):
    """The commands to type next."""

    @property
    def verb(self) -> str:
        """The verb of the command that ran."""

    @property
    def again(self) -> Sequence[str]:
        """The same command."""

    @property
    def elsewhere(self) -> Sequence[str]:
        """The same command with a word where the address goes."""

    def passing(self, options: Sequence[str]) -> Typed:
        """Give what was typed with guard-rail options instead of those typed."""

    @property
    def afresh(self) -> Sequence[str]:
        """The command that sends the same sources anew."""

    def mend(self, rejects: str) -> Sequence[str]:
        """Give the command that sends mended rows."""

    def apply(self, run_id: str) -> Sequence[str]:
        """Give the command that sends a plan."""

    def resolve(self, run_id: str) -> Sequence[str]:
        """Give the command that settles unknown rows."""
