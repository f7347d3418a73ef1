"""What a run works with: its input, opened and fitting, and its ledger, locked and open."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import NoInputError, SourceError, StateError, UsageError
from importer.folder import list_folders, read_kept
from importer.ledger import (
    Held,
    KeyRule,
    Ledger,
    Namespace,
    Target,
    change_keys,
    check_keys,
    find_namespace,
    lock,
    open_ledger,
    open_namespace,
    refuse_loss,
    require_namespace,
)
from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.find import find_mapping
from importer.mapping.identity import key_columns, key_steps
from importer.mapping.load import Loaded, check_columns, load_mapping
from importer.mapping.places import mapping_columns
from importer.mapping.prove import prove_dates
from importer.source import Declared, Sources, open_sources
from importer.source.arrived import oldest_first
from importer.source.paths import find_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from importer.kept import Kept
    from importer.settings import Account

LEDGER = "ledger.sqlite"
WORTH = 12
"""Bytes of a source for which a key of the ledger is held: few rows are looked up one by one; a row takes some 50."""


@dataclass(frozen=True, slots=True)
class Given:
    """The input: a mapping and the sources it fits. No record is read yet."""

    loaded: Loaded
    compiled: Compiled
    sources: Sources
    unused: tuple[str, ...]
    """Columns that no field uses."""
    dates: dict[str, str]
    """What `date: auto` found, by its place in the mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The ledger and a run's place in it, while the lock is held."""

    ledger: Ledger
    namespace: Namespace
    held: Held
    digest: Callable[[], str]
    """Gives `source_digest`, for which a source may have to be read."""
    mapping_digest: str

    @property
    def source_digest(self) -> str:
        """By what the ledger knows the source. Raises SourceError when it can't be read, or changed."""
        return self.digest()

    def keep_keys(self) -> None:
        """Let the ledger know customers as it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Opened):
    """A run's input too."""

    given: Given
    keys: KeyRule
    """By what the mapping knows customers: other than the namespace only where that change is wanted."""

    def keep_keys(self) -> None:
        """Let the ledger know customers as the mapping does from now on. Raises StateError."""
        if self.keys != self.namespace.keys:
            change_keys(self.ledger, self.namespace, self.keys)


def open_given(sources: Sequence[str], mapping: str, working_dir: Path, state_dir: Path) -> Given:
    """Load the mapping, open the sources, and see that they fit.

    Raises MappingError, SourceError, or NoInputError where a file is missing.
    """
    return _open_sources(sources, load_mapping(find_mapping(mapping, cwd=working_dir)), state_dir)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session is opened for."""

    sources: Sequence[str]
    mapping: str
    account: Account
    state_dir: Path
    new_ledger: bool = False
    change_key: bool = False
    """Whether a mapping may know customers by another key than the ledger does."""
    force: bool = False
    """Whether unchanged rows are sent too."""
    loaded: Loaded | None = None
    """The mapping, where it was loaded already: what is piped can be read only once."""


@contextmanager
def open_session(
    wanted: Wanted, *, working_dir: Path, now: Callable[[], datetime], later: bool = False
) -> Iterator[Session]:
    """Open the input, take the lock, and open the ledger's namespace of this account and mapping name.

    With `later` the ledger's customers are proven on a thread meanwhile: `Ledger.prove` waits for that. Raises, in this
    order: MappingError, SourceError, LockedError, StateError, NoInputError, GuardRailError. So a lost state folder is
    told before a file that did not come this month.
    """
    loaded = wanted.loaded or load_mapping(find_mapping(wanted.mapping, cwd=working_dir))
    given: Given | NoInputError
    try:
        given = _open_sources(wanted.sources, loaded, wanted.state_dir)
    except NoInputError as error:
        given = error
    account = wanted.account
    target = Target(account.ledger_url, account.ledger_account, loaded.mapping.name)
    opens = wanted.new_ledger or account.sandbox
    path = wanted.state_dir / LEDGER
    if not opens and not path.exists():
        refuse_loss(path)
        raise _no_ledger(path, target)
    with lock(wanted.state_dir) as held, open_ledger(path, create=opens, later=later) as ledger:
        if not opens:
            require_namespace(ledger, target)
        if isinstance(given, NoInputError):
            raise given
        keys = KeyRule(loaded.mapping.key or (), key_steps(loaded.mapping), key_columns(loaded.mapping))
        namespace = find_namespace(ledger, target) or open_namespace(ledger, target, keys, now)
        if not wanted.change_key:
            check_keys(ledger, namespace, keys, _standing(given.sources, namespace.keys))
        size = given.sources.size
        ledger.prove_beside(keep=namespace.id, most=None if size is None else size // WORTH)
        yield Session(
            given=given,
            ledger=ledger,
            namespace=namespace,
            held=held,
            keys=keys,
            digest=given.sources.digest,
            mapping_digest=given.loaded.digest,
        )


def open_kept(
    kept: Kept, account: Account, state_dir: Path, *, working_dir: Path, now: Callable[[], datetime]
) -> AbstractContextManager[Opened]:
    """Open what a plan was made from: of one that takes a run back, the ledger alone. Raises as `open_session`."""
    if kept.undoes is None:
        wanted = Wanted(kept.sources, kept.mapping, account, state_dir, change_key=kept.change_key)
        return open_session(wanted, working_dir=working_dir, now=now)
    return _open_undo(kept.undoes, str((kept.namespace or {}).get("name")), account, state_dir)


@contextmanager
def _open_undo(undoes: str, name: str, account: Account, state_dir: Path) -> Iterator[Opened]:
    target = Target(account.ledger_url, account.ledger_account, name)
    with lock(state_dir) as held, open_ledger(state_dir / LEDGER, create=False) as ledger:
        yield Opened(
            ledger=ledger,
            namespace=require_namespace(ledger, target),
            held=held,
            digest=lambda: undo_digest(undoes),
            mapping_digest="",
        )


def undo_digest(run_id: str) -> str:
    """Give what the ledger keeps as the source of a plan that takes a run back."""
    return f"undo {run_id}"


def _standing(sources: Sources, known: KeyRule) -> set[str]:
    """Give the columns of the source, and those of the known key that are paths into one of them."""
    paths = find_paths((name for name in known.columns or () if name is not None), sources.columns)
    return {*sources.columns, *(path.name for path in paths)}


def _no_ledger(path: Path, target: Target) -> StateError:
    # Told before the lock makes the state folder, so that a wrong working directory is left as it was.
    return StateError(
        f"{path.absolute()}: there is no ledger here, so nothing is known of mapping name {target.name!r} in account "
        f"{target.account!r} at {target.base_url}. If earlier runs kept theirs elsewhere, give that folder with "
        "--state-dir; without it every customer would be created again. If this is the first import, add --new-ledger."
    )


def _open_sources(sources: Sequence[str], loaded: Loaded, state_dir: Path) -> Given:
    said = loaded.mapping.source
    sources = sources or named_files(loaded, state_dir)
    if not sources:
        raise UsageError("no SOURCE was given, and the mapping names none (`source: {files: ...}`)")
    for number, name in enumerate(sources, 1):
        _check_name(number, name)
    declared = Declared(said.encoding, said.delimiter, said.quote, said.skip_lines, said.sheet)
    opened = open_sources(sources, declared, beside=state_dir)
    for number, name in enumerate(opened.names, 1):
        _check_name(number, name)
    paths = opened.add_paths(mapping_columns(loaded.mapping))
    unused = check_columns(loaded, (*opened.columns, *paths))
    into = {path.column for path in opened.paths}
    unused = tuple(column for column in unused if column not in into)
    proven = prove_dates(
        loaded,
        lambda: ((batch.ref.source, batch.cells, batch.meta["row"]) for batch in opened.batches()),
        # The few rows that come back prove little; the file that they are from did.
        lambda: _known_dates(state_dir, str(loaded.path.absolute())) if opened.returned else {},
    )
    return Given(proven.loaded, compile_mapping(proven.loaded.mapping), opened, unused, proven.orders)


def named_files(loaded: Loaded, state_dir: Path) -> list[str]:
    """Give what a mapping names as its source, relative to it; only the newest file where not all are one run.

    Raises NoInputError when no file fits.
    """
    said = loaded.mapping.source
    patterns = [str(loaded.path.parent / file) for file in said.files]
    return patterns if said.take == "all" or not patterns else oldest_first(patterns, state_dir)[-1:]


def _known_dates(state_dir: Path, mapping: str) -> dict[str, str]:
    """Give the orders of day and month that the runs of a mapping (absolute path) found, where they all agree."""
    found: dict[str, set[str]] = {}
    for folder in list_folders(state_dir):
        with suppress(StateError):  # a run that can't be read any more proves nothing
            kept = read_kept(folder)
            for place, order in kept.dates.items() if kept.mapping == mapping else ():
                found.setdefault(place, set()).add(order)
    return {place: min(orders) for place, orders in found.items() if len(orders) == 1}


def _check_name(number: int, name: str) -> None:
    # Every file of the run is UTF-8 and names its sources.
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise SourceError(
            f"source {number}: its name is not UTF-8 here; rename it, or run with LC_ALL=C.UTF-8 if it is"
        ) from None
