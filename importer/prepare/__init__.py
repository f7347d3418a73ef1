"""Prepare: from the sources to numbered parts, and to the reject file."""

from importer.prepare.prepare import Prepared, prepare
from importer.prepare.rejects import write_rejects

__all__ = ["Prepared", "prepare", "write_rejects"]
