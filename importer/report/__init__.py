"""The page of a run: figures gathered from the run's own files, and one self-contained HTML text made of them."""

from importer.report.figures import Figures, Step, gather
from importer.report.page import run_page

__all__ = ["Figures", "Step", "gather", "run_page"]
