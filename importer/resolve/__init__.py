"""Settles creates of which nobody knows whether they happened, by the target's own export of its contacts.

What stands in the export has landed. What does not is absent only if the export can be trusted to hold it: it was taken
after the row's intent, every record of it can be read, and it holds every contact that the run surely created, under
the same key. Anything less leaves the row unknown, and nothing of it is sent.
"""

from importer.resolve.decide import Ending
from importer.resolve.export import Export
from importer.resolve.settle import Resolved, find_sent, open_state, resolve

__all__ = ["Ending", "Export", "Resolved", "find_sent", "open_state", "resolve"]
