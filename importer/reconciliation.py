"""The story of `reconcile`: open and prepare both sides, ask the ledger, compare, and leave differences.csv behind."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from importer.earlier import Earlier
from importer.errors import GuardRailError, NoInputError, StateError, UsageError
from importer.folder import RunFolder
from importer.ledger import Ledger, Namespace, lock, make_state_dir, open_ledger
from importer.ledger.customers import all_customers, namespaces
from importer.mapping.compile import Compiled, compile_mapping
from importer.mapping.identity import key_steps
from importer.prepare.compared import Wanted, prepare_compared, values_path
from importer.reconcile.causes import Sides
from importer.reconcile.compared import Compared, compare_mappings
from importer.reconcile.differences import DifferencesFile
from importer.reconcile.known import Known
from importer.reconcile.reconcile import Reconciled, reconcile
from importer.reconcile.sides import FileSide, LedgerSide, open_customers, open_prepared
from importer.session import LEDGER, Given, open_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.progress import Progress

FOLDER = "reconciled"
"""Beside `runs`: a comparison is no run, and must not be taken for the last one."""
DIFFERENCES = "differences.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be compared with what."""

    export: str
    mapping: str
    against: str | None
    """A file; None: what the ledger knows to have landed."""
    other_mapping: str | None
    """The mapping of that file, where it is another."""
    order: Sequence[str]
    base_url: str | None = None
    """Of the customers that are meant, as the ledger has it; None: whichever it has."""
    account: str | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The world outside."""

    now: Callable[[], datetime]
    token_hex: Callable[[int], str]
    working_dir: Path
    progress: Progress
    announce: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of it."""

    found: Reconciled
    here: tuple[str, ...]
    there: tuple[str, ...]
    """The files of each side; none for the ledger."""
    differences: Path
    namespace: Namespace | None
    """Whose customers the ledger took them for; None where it knows none of them, and no cause is told."""
    note: str | None = None


def reconcile_export(asked: Asked, state_dir: Path, around: Around) -> Comparison:
    """Compare an export with what was sent, or with another export.

    Raises MappingError, SourceError, NoInputError for the files; LockedError, StateError for the ledger; GuardRailError
    where the mapping knows customers by another key than the ledger; UsageError where nothing says who is who.
    """
    if asked.output is not None:
        _check_output(asked.output)
    here = open_given([asked.export], asked.mapping, around.working_dir, state_dir)
    there = None
    if asked.against is not None:
        there = open_given([asked.against], asked.other_mapping or asked.mapping, around.working_dir, state_dir)
    make_state_dir(state_dir)
    with ExitStack() as stack:
        ledger = _open_ledger(stack, state_dir, required=there is None)
        namespace, note = _find_namespace(ledger, here, asked, required=there is None)
        folder = stack.enter_context(_work_folder(state_dir, around))
        compared, compiled = _compare(here, there, asked.order)
        mine = _prepare(here, here.compiled, folder / "here", compared, 0, around, against_ledger=there is None)
        earlier = Earlier(state_dir / "runs")
        known = Known(ledger, namespace.id, earlier, state_dir / "runs") if ledger and namespace else None
        theirs: FileSide | LedgerSide
        if there is not None and compiled is not None:
            theirs = _prepare(there, compiled, folder / "there", compared, 1, around)
        elif ledger is not None and namespace is not None:
            theirs = open_customers(all_customers(ledger, namespace.id), earlier, compared.order)
        path = asked.output or folder / DIFFERENCES
        with DifferencesFile(path, mine.names, theirs.names) as file:
            found = reconcile(Sides(mine, theirs, compared, known, there_is_ledger=there is None), file)
        if earlier.unread:
            note = f"{note or ''} The bodies of {len(earlier.unread)} runs can't be read any more.".strip()
    return Comparison(
        found=found,
        here=here.sources.names,
        there=() if there is None else there.sources.names,
        differences=path.absolute(),
        namespace=namespace,
        note=note,
    )


def _check_output(path: Path) -> None:
    """Refuse before anything is read what could not be written in the end, and what is there already."""
    if path.exists():
        raise UsageError(f"{path} is there already; name another file with -o")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}; make it, or name another file with -o")


def _open_ledger(stack: ExitStack, state_dir: Path, *, required: bool) -> Ledger | None:
    path = state_dir / LEDGER
    if not path.exists():
        if required:
            raise StateError(
                f"{path.absolute()}: there is no ledger here, so nothing is known of what was sent. Give the "
                "--state-dir of the runs, or another export with --against."
            )
        return None
    stack.enter_context(lock(state_dir))
    return stack.enter_context(open_ledger(path, create=False))


def _find_namespace(
    ledger: Ledger | None, here: Given, asked: Asked, *, required: bool
) -> tuple[Namespace | None, str | None]:
    """Give whose customers they are, and a note where the ledger can't tell of them. Raises StateError, UsageError."""
    name = here.loaded.mapping.name
    opened = namespaces(ledger, name) if ledger else []
    fitting = [
        one
        for one in opened
        if asked.base_url in (None, one.target.base_url) and asked.account in (None, one.target.account)
    ]
    listed = "; ".join(f"{one.target.account} at {one.target.base_url}" for one in opened) or "none"
    if len(fitting) > 1:
        raise UsageError(
            f"mapping name {name!r} was sent to several accounts ({listed}): say which with --sandbox, --base-url or "
            "IMPORTER_ACCOUNT_ID"
        )
    if not fitting:
        if required and ledger is not None:
            raise StateError(
                f"{ledger.path}: nothing was ever sent for mapping name {name!r} to this account (but to: {listed}). "
                "Give the --state-dir, account (or --sandbox), URL and mapping of the runs, or one with --against."
            )
        return None, "The ledger knows none of these customers, so no causes are told."
    (found,) = fitting
    mapping = here.loaded.mapping
    if (found.keys.fields, found.keys.steps) != (mapping.key or (), key_steps(mapping)):
        told = f"mapping {name!r} knows customers by another key, or by other steps of it, than the ledger does"
        if required:
            raise GuardRailError(f"{told}: they can't be compared. Take the change back, or give --against.")
        return None, f"No causes are told: {told}."
    return found, None


def _compare(here: Given, there: Given | None, order: Sequence[str]) -> tuple[Compared, Compiled | None]:
    """Give what is compared, and how the other side is read: by the key of this one, where it has its fields."""
    if there is None:
        compared, compiled = compare_mappings(here.compiled, None, order=order), None
    else:
        fields = {value.place for value in there.compiled.values}
        by_key = bool(here.compiled.key) and set(here.compiled.key) <= fields
        compiled = there.compiled
        if by_key and compiled.key != here.compiled.key:
            compiled = compile_mapping(there.loaded.mapping.model_copy(update={"key": here.loaded.mapping.key}))
        compared = compare_mappings(here.compiled, compiled, order=order, by_key=by_key)
    if not compared.order:
        raise UsageError(
            f"nothing says who is who: of {', '.join(order)} none is mapped on both sides; map one of them, or name "
            "others with --match"
        )
    return compared, compiled


def _prepare(
    given: Given,
    compiled: Compiled,
    path: Path,
    compared: Compared,
    side: int,
    around: Around,
    *,
    against_ledger: bool = False,
) -> FileSide:
    for text in given.sources.told:
        around.announce(f"reading {text}")
    folder, values = RunFolder(path), compared.values[side]
    for made in (folder.path, folder.parts):
        made.mkdir(mode=0o700)
    # A repeated customer of the other side is no row to mend: it is one who can't be told from another.
    duplicates = given.loaded.mapping.duplicates if side == 0 else None
    wanted = Wanted(values=values, texts=compared.texts[side], fingerprints=against_ledger, duplicates=duplicates)
    parts = prepare_compared(
        given.sources, compiled, folder, wanted, today=around.now().date(), progress=around.progress
    )
    if not parts:
        raise NoInputError(f"{', '.join(given.sources.names)}: there is a header but not one row under it")
    return open_prepared(folder, parts, given.sources.names, values, partial(values_path, folder), compared.order)


@contextmanager
def _work_folder(state_dir: Path, around: Around) -> Iterator[Path]:
    """Give the folder of a comparison; what is left of it in the end is differences.csv, if that lies there."""
    folder = state_dir / FOLDER / f"{around.now():%Y%m%dT%H%M%S}-{around.token_hex(3)}"
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StateError(f"{folder} can't be made: {error.strerror}. Give another --state-dir.") from None
    try:
        yield folder
    finally:
        for name in ("here", "there"):
            shutil.rmtree(folder / name, ignore_errors=True)
        if not (folder / DIFFERENCES).exists():
            shutil.rmtree(folder, ignore_errors=True)
