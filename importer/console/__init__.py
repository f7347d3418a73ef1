"""The only room that prints: results on stdout, everything else on stderr, a drawn line on a terminal only."""

from importer.console.next_steps import headline, next_steps
from importer.console.runs_table import runs_table
from importer.console.speech import open_notes, open_progress, show_note, show_text
from importer.console.summary_page import show_summary, summary_page
from importer.console.voice import Typed, Voice

__all__ = [
    "Typed",
    "Voice",
    "headline",
    "next_steps",
    "open_notes",
    "open_progress",
    "runs_table",
    "show_note",
    "show_summary",
    "show_text",
    "summary_page",
]
