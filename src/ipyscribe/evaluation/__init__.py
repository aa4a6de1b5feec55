"""Many recordings, several models, one table."""

from ipyscribe.evaluation.corpus import read_corpus
from ipyscribe.evaluation.evaluation import Evaluation
from ipyscribe.evaluation.recording import Corpus, Recording

__all__ = ["Corpus", "Evaluation", "Recording", "read_corpus"]
