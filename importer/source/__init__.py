"""Reads what is given: one or several files, every record with its source, row and physical line, all cells as text."""

from importer.source.batch import Batch, BatchRef, Declared, Described
from importer.source.delimiter import explain_missing_delimiter
from importer.source.open import open_sources
from importer.source.sources import Sources

__all__ = ["Batch", "BatchRef", "Declared", "Described", "Sources", "explain_missing_delimiter", "open_sources"]
