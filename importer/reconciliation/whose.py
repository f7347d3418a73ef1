"""Whose customers are compared: the ledger that knows them, if one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import GuardRailError, StateError, UsageError
from importer.ledger import Ledger, Namespace, lock, open_ledger
from importer.ledger.customers import namespaces
from importer.mapping.identity import key_steps
from importer.session import LEDGER, Given

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from importer.reconciliation.asked import Asked


def open_known(stack: ExitStack, state_dir: Path, *, required: bool) -> Ledger | None:
    """Give the ledger of a state folder, locked while `stack` is open; None where there is none and none is needed.

    Raises LockedError, StateError.
    """
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


def find_namespace(
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
