"""The pages of runs and comparisons: figures from their own files, and one self-contained HTML text of them."""

from importer.report.comparison import Compared, comparison_page
from importer.report.figures import Figures, Step, gather
from importer.report.page import run_page

__all__ = ["Compared", "Figures", "Step", "comparison_page", "gather", "run_page"]
