"""What a column's cells look like, and what that says of the mapping that reads it."""

from importer.columns.dates import proven_order
from importer.columns.look import Look, look_at
from importer.columns.seen import Seen
from importer.columns.signs import BLANK_WORDS, Sign

__all__ = ["BLANK_WORDS", "Look", "Seen", "Sign", "look_at", "proven_order"]
