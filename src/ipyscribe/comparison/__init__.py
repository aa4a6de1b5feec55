"""Several models on the same sound: side by side, with the differences and the numbers."""

from ipyscribe.comparison.comparison import Comparison
from ipyscribe.comparison.model_choices import sweep
from ipyscribe.comparison.table import Table

__all__ = ["Comparison", "Table", "sweep"]
