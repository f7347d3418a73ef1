"""Where bodies lie that something known may still be read from: what purging leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.history import TOUCHED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.ledger.store import Ledger

PART: Mapping[str, type[pl.DataType]] = {"run": pl.String, "part": pl.Int32}
LANDED = "SELECT DISTINCT r.id, c.part FROM contact c JOIN run r ON r.number = c.run WHERE c.part IS NOT NULL"
BEFORE = f"""
WITH touched AS (
    SELECT r.namespace, a.contact_id, a.run, a.part FROM attempt a JOIN run r ON r.number = a.run
    WHERE a.contact_id IS NOT NULL AND a.state IN {TOUCHED}
), steps AS (
    SELECT namespace, contact_id, run, max(run) OVER (
        PARTITION BY namespace, contact_id ORDER BY run RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before FROM touched
)
SELECT DISTINCT r.id, t.part FROM steps s
JOIN run here ON here.number = s.run
JOIN touched t ON t.namespace = s.namespace AND t.contact_id = s.contact_id AND t.run = s.before
JOIN run r ON r.number = t.run
WHERE here.id IN """  # noqa: S608  # our own text
CHUNK = 10_000


def landed_parts(ledger: Ledger) -> pl.DataFrame:
    """Give the parts in which some contact's last landed body lies: `run` String, `part` Int32, each once."""
    return ledger.frame(LANDED, (), PART)


def parts_before(ledger: Ledger, runs: Collection[str]) -> pl.DataFrame:
    """Give, as `landed_parts`, those in which the bodies lie that undoing one of `runs` (ids) puts back."""
    found, ids = [pl.DataFrame(schema=PART)], sorted(runs)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found.append(ledger.frame(f"{BEFORE}({', '.join('?' * len(some))})", some, PART))
    return pl.concat(found).unique()


def runs_in_doubt(ledger: Ledger) -> set[str]:
    """Give the ids of the runs with a create of which nobody knows whether it happened."""
    query = (
        "SELECT DISTINCT r.id FROM attempt a JOIN run r ON r.number = a.run"
        " WHERE a.action = 'create' AND a.state IN ('unknown', 'intent')"
    )
    return {run for (run,) in ledger.read(query)}


def changing_runs(ledger: Ledger) -> dict[int, str]:
    """Give of each namespace the id of the newest run that may have changed a contact: what `undo last` takes back."""
    query = (
        "SELECT namespace, id, max(number) FROM run WHERE namespace IS NOT NULL AND EXISTS (SELECT 1 FROM attempt a"  # noqa: S608  # our own text
        f" WHERE a.run = run.number AND a.state IN {TOUCHED}) GROUP BY namespace"
    )
    return {namespace: run for namespace, run, _ in ledger.read(query)}


def waiting_plans(ledger: Ledger) -> set[str]:
    """Give the ids of the plans that `apply` may still send: the ledger has not moved since."""
    query = (
        "SELECT r.id FROM run r JOIN namespace n ON n.id = r.namespace"
        " WHERE r.state = 'planned' AND r.revision = n.revision"
    )
    return {run for (run,) in ledger.read(query)}
