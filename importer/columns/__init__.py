"""What a column's cells look like, and what that says of the mapping that reads it."""

from importer.columns.dates import orders, proven_order
from importer.columns.judge import judge_column
from importer.columns.look import Look, look_at
from importer.columns.seen import Seen
from importer.columns.signs import BLANK_WORDS, Sign
from importer.columns.use import Use
from importer.columns.verdict import Verdict, read_verdict

__all__ = [
    "BLANK_WORDS",
    "Look",
    "Seen",
    "Sign",
    "Use",
    "Verdict",
    "judge_column",
    "look_at",
    "orders",
    "proven_order",
    "read_verdict",
]
