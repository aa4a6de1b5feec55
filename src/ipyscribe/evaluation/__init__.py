"""Many recordings, several models, one table."""

from ipyscribe.evaluation.clips import Clip, clips
from ipyscribe.evaluation.evaluation import Evaluation

__all__ = ["Clip", "Evaluation", "clips"]
