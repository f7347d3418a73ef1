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
TOUCHING = f"SELECT contact_id, part FROM attempt WHERE run = ? AND contact_id IS NOT NULL AND state IN {TOUCHED}"  # noqa: S608  # our own text
TEXTS: Mapping[str, type[pl.DataType]] = {"contact_id": pl.String, "part": pl.Int32}
NEWEST: Mapping[str, type[pl.DataType]] = {"contact": pl.UInt64, "part": pl.Int32, "run": pl.String}


def landed_parts(ledger: Ledger) -> pl.DataFrame:
    """Give the parts in which some contact's last landed body lies: `run` String, `part` Int32, each once."""
    return ledger.frame(LANDED, (), PART)


def parts_before(ledger: Ledger, runs: Collection[str]) -> pl.DataFrame:
    """Give, as `landed_parts`, those in which the bodies lie that undoing one of `runs` (ids) puts back.

    Goes through the runs in their order and keeps, in 20 bytes a contact, where each was touched last.
    """
    order: dict[int, list[tuple[int, str]]] = {}
    for namespace, number, run in ledger.read("SELECT namespace, number, id FROM run ORDER BY number"):
        order.setdefault(namespace, []).append((number, run))
    found = [pl.DataFrame(schema=PART)]
    for mine in order.values():
        newest = pl.DataFrame(schema=NEWEST)
        for number, run in mine:
            touched = ledger.frame(TOUCHING, (number,), TEXTS)
            here = touched.select(pl.col("contact_id").hash().alias("contact"), "part", run=pl.lit(run))
            if run in runs:
                found.append(newest.join(here, on="contact", how="semi").select(*PART).unique())
            newest = pl.concat([newest.join(here, on="contact", how="anti"), here])
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
