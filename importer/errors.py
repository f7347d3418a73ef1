"""The one family of errors. Each says what, where and what to do, and knows its exit code.

    ImporterError                 1   (never raised itself)
    ├── UsageError                2   wrong usage
    ├── SettingsError             4   settings or credentials are wrong
    │   ├── MappingError          4   the mapping is wrong
    │   └── WrongTargetError      4   what answers is not this API
    ├── SourceError               5   a source can't be read
    ├── LockedError               6   another run holds the lock
    ├── StoppedError              7   stopped, going on later is safe
    ├── GuardRailError            8   a guard rail stopped it, or a plan no longer fits
    ├── NoInputError              9   no file, or no rows
    ├── StateError               10   state is missing, damaged, foreign, or the disk is full
    └── InterruptedRunError  130/143  stopped by a signal, going on later is safe

No message ever holds a cell's value, a token or a card number: names of columns and fields, counts, and positions only.
"""

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What the process tells its caller. Users' scripts depend on these numbers."""

    OK = 0
    BUG = 1
    USAGE = 2
    INCOMPLETE = 3
    SETTINGS = 4
    SOURCE = 5
    LOCKED = 6
    STOPPED = 7
    GUARD_RAIL = 8
    NO_INPUT = 9
    STATE = 10
    CHANGES = 11
    INTERRUPTED = 130
    TERMINATED = 143


class ImporterError(Exception):
    """Base of the family: a sentence for people and an exit code for scripts."""

    exit_code: ClassVar[Exit] = Exit.BUG


class UsageError(ImporterError):
    """The command line asks for something that makes no sense."""

    exit_code = Exit.USAGE


class SettingsError(ImporterError):
    """A setting or a credential is missing, wrong or refused."""

    exit_code = Exit.SETTINGS


class MappingError(SettingsError):
    """The mapping can't be used; the message lists every fault with file, line and column."""


class WrongTargetError(SettingsError):
    """What answers at the base URL is not the contact API."""


class SourceError(ImporterError):
    """A source exists but can't be read as what it is said to be."""

    exit_code = Exit.SOURCE


class LockedError(ImporterError):
    """Another run of the same ledger is under way."""

    exit_code = Exit.LOCKED


class StoppedError(ImporterError):
    """The run stopped before its end; the same command goes on from there."""

    exit_code = Exit.STOPPED


class GuardRailError(ImporterError):
    """Something looks wrong enough not to write, or a plan no longer fits."""

    exit_code = Exit.GUARD_RAIL


class NoInputError(ImporterError):
    """There is no file, or the file has no rows."""

    exit_code = Exit.NO_INPUT


class StateError(ImporterError):
    """The state folder or the ledger can't be used, or the disk is full."""

    exit_code = Exit.STATE


class InterruptedRunError(ImporterError):
    """A signal ended the run; what it had recorded stays, and the same command goes on."""

    def __init__(self, message: str, exit_code: Exit) -> None:
        """Keep which signal it was: 130 for SIGINT, 143 for SIGTERM."""
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # the one error whose code depends on its cause
