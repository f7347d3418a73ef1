"""The story of `reconcile`: open and prepare both sides, ask the ledger, compare, and leave differences.csv behind.

`Comparison` holds all that a page of it tells: `found` has the counts by class and cause, `fields` the ranked fields.
"""

from importer.reconciliation.asked import Around, Asked
from importer.reconciliation.story import Comparison, reconcile_export
from importer.reconciliation.workspace import DIFFERENCES

__all__ = ["DIFFERENCES", "Around", "Asked", "Comparison", "reconcile_export"]
