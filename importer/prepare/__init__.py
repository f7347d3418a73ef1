"""Prepare: from the sources to numbered parts, and to the reject file."""

from importer.prepare.prepare import Prepared, prepare
from importer.prepare.rejects import write_rejects
from importer.prepare.uses import column_uses

__all__ = ["Prepared", "column_uses", "prepare", "write_rejects"]
