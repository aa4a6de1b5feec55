"""What classes without a widget of their own need of a notebook: its host, the running cell, a view imported late.

Nothing here imports Jupyter; both do nothing outside a notebook.
"""

from ipyscribe.notebook.display import CellView, NotebookDisplay
from ipyscribe.notebook.running_cell import end_with_cell

__all__ = ["CellView", "NotebookDisplay", "end_with_cell"]
