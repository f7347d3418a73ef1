"""The story itself, on one screen."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from importer.earlier import Earlier
from importer.errors import NoInputError, UsageError
from importer.folder import RunFolder
from importer.ledger import Namespace, make_state_dir
from importer.mapping.compile import Compiled, compile_mapping
from importer.prepare.compared import Wanted, prepare_compared, values_path
from importer.reconcile.compared import Compared, compare_mappings
from importer.reconcile.differences import DifferencesFile
from importer.reconcile.explain import Sides
from importer.reconcile.known import Known
from importer.reconcile.reconcile import Reconciled, reconcile
from importer.reconcile.sides import FileSide, LedgerSide, learn_ids, open_customers, open_prepared
from importer.reconciliation.whose import find_namespace, open_known
from importer.reconciliation.workspace import DIFFERENCES, work_folder
from importer.session import Given, open_given

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reconciliation.asked import Around, Asked


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
        ledger = open_known(stack, state_dir, required=there is None)
        namespace, note = find_namespace(ledger, here, asked, required=there is None)
        folder = stack.enter_context(work_folder(state_dir, around))
        known = None
        if ledger is not None and namespace is not None:
            known = Known(ledger, namespace.id, Earlier(state_dir / "runs"), state_dir / "runs")
        compared, compiled = _compare(here, there, asked.order, linked=known is not None)
        mine = _prepare(here, here.compiled, folder / "here", compared, 0, around, against_ledger=there is None)
        theirs: FileSide | LedgerSide
        if there is not None and compiled is not None:
            theirs = _prepare(there, compiled, folder / "there", compared, 1, around)
            if known is not None and compared.linked:
                links = known.links()
                mine, theirs = learn_ids(mine, links), learn_ids(theirs, links)
        elif known is not None:
            theirs = open_customers(known.customers(), known.earlier, compared.order)
        path = asked.output or folder / DIFFERENCES
        with DifferencesFile(path, mine.names, theirs.names) as file:
            found = reconcile(Sides(mine, theirs, compared, known, there_is_ledger=there is None), file)
    return Comparison(
        found=found,
        here=here.sources.names,
        there=() if there is None else there.sources.names,
        differences=path.absolute(),
        namespace=namespace,
        note=" ".join(filter(None, (note, _tell_unread(known) if known else None))) or None,
    )


def _tell_unread(known: Known) -> str | None:
    unread = len(known.earlier.unread)
    whose = "1 earlier run" if unread == 1 else f"{unread} earlier runs"
    return f"Files of {whose} can't be read any more: what they sent or rejected is not known." if unread else None


def _check_output(path: Path) -> None:
    """Refuse before anything is read what could not be written in the end, and what is there already."""
    if path.exists():
        raise UsageError(f"{path} is there already; name another file with -o")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}; make it, or name another file with -o")


def _compare(
    here: Given, there: Given | None, order: Sequence[str], *, linked: bool
) -> tuple[Compared, Compiled | None]:
    """Give what is compared, and how the other side is read: by the key of this one, where it has its fields."""
    if there is None:
        compared, compiled = compare_mappings(here.compiled, None, order=order), None
    else:
        fields = {value.place for value in there.compiled.values}
        by_key = bool(here.compiled.key) and set(here.compiled.key) <= fields
        compiled = there.compiled
        if by_key and compiled.key != here.compiled.key:
            compiled = compile_mapping(there.loaded.mapping.model_copy(update={"key": here.loaded.mapping.key}))
        compared = compare_mappings(here.compiled, compiled, order=order, by_key=by_key, linked=linked)
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
    return open_prepared(
        folder,
        parts,
        given.sources.names,
        values,
        partial(values_path, folder),
        compared.order,
        keyed=side == 0 or compared.by_key,
    )
