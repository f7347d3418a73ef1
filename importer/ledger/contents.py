"""Which contents a namespace has seen to their end, whatever their files were called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.ledger.namespaces import Namespace
    from importer.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest run that finished with some content."""

    run_id: str
    finished: datetime


def finished_contents(ledger: Ledger, namespace: Namespace) -> dict[str, Seen]:
    """Give the contents that runs of a namespace finished, by their digest (see `Sources.digest`)."""
    found = ledger.read(
        "SELECT source_digest, id, finished_at FROM run WHERE namespace = ? AND state = 'finished'"
        " AND finished_at IS NOT NULL ORDER BY number",
        (namespace.id,),
    )
    return {digest: Seen(run, datetime.fromtimestamp(at / 1000, UTC)) for digest, run, at in found}
