"""Says what moved since a plan was made: its source, its mapping, or the ledger it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.ledger import RunState, runs

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run


def what_moved(ledger: Ledger, planned: Run, *, source_digest: str, mapping_digest: str) -> tuple[str, ...]:
    """Give, in words, what is no longer as it was when the run was planned; nothing when all of it is.

    For a run that waits to be applied. Raises StateError when the ledger can't be read.
    """
    found = []
    if planned.source_digest != source_digest:
        found.append("the source (its files have other content)")
    if planned.mapping_digest != mapping_digest:
        found.append("the mapping")
    ((revision,),) = ledger.read("SELECT revision FROM namespace WHERE id = ?", (planned.namespace,))
    if planned.state is RunState.PLANNED and revision != planned.revision:
        found.append(f"the ledger ({_since(ledger, planned)})")
    return tuple(found)


def _since(ledger: Ledger, planned: Run) -> str:
    later = [
        run.id
        for run in runs(ledger)
        if run.namespace == planned.namespace and run.number > planned.number and run.state is not RunState.PLANNED
    ]
    return f"run {later[0]} has sent since" if later else "an earlier run has gone on or been settled since"
