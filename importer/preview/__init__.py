"""Pages that show rows for reading: as a check would send them, and what a plan would change. Masked unless asked."""

from importer.preview.planned import changes_page, planned_page
from importer.preview.rows import preview_page

__all__ = ["changes_page", "planned_page", "preview_page"]
