"""The pages of runs and comparisons: figures from their own files, and one self-contained HTML text of them.

That of comparisons is named where it is used, `importer.report.comparison`: no other verb needs what it loads.
"""

from importer.report.figures import Figures, Step, gather
from importer.report.page import run_page

__all__ = ["Figures", "Step", "gather", "run_page"]
