"""Measures of speech-to-text under the field's names: accuracy, latency, stability, cost, and what differs.

Pure functions of recorded data: a ``Transcript``, when its audio was sent (``SendTimes``), and a reference. Each
docstring has the formula, the unit and the source. Comparing words needs rapidfuzz and whisper-normalizer: ``pip
install 'ipyscribe[metrics]'``.
"""

from ipyscribe.metrics.accuracy import (
    Errors,
    TextScore,
    character_errors,
    errors_by_line,
    mean_rate,
    perfect_share,
    pooled,
    score_text,
    transcribed_share,
    word_errors,
)
from ipyscribe.metrics.alignment import AlignedWord, Alignment, Slot, align
from ipyscribe.metrics.appearance import Appearance, appearances
from ipyscribe.metrics.changes import Change, changes
from ipyscribe.metrics.conditions import Unequal, conditions
from ipyscribe.metrics.cost import Cost
from ipyscribe.metrics.disagreements import Disagreement, disagreements, ranked
from ipyscribe.metrics.distribution import Distribution
from ipyscribe.metrics.entities import KeytermScore, Recall, entity_recall, keyterm_score
from ipyscribe.metrics.formatting import (
    Casing,
    PunctuationErrors,
    casing_errors,
    punctuation_errors,
)
from ipyscribe.metrics.latency import (
    Measured,
    connect_ms,
    endpoint_wait_ms,
    eot_ms,
    paint_times,
    transcript_lag_ms,
    ttct_ms,
    ttfs_ms,
    ttft_onset_ms,
    upl_ms,
    word_commit_ms,
    word_emission_ms,
)
from ipyscribe.metrics.normalise import Normaliser, check_table, normaliser
from ipyscribe.metrics.run import Run
from ipyscribe.metrics.scoring import score, score_all
from ipyscribe.metrics.stability import Stability, dead_air_ms, stability, stable_commit
from ipyscribe.metrics.statistics import (
    Difference,
    Interval,
    by_time_range,
    corrected,
    median_difference,
    median_interval,
    paired,
    wer_difference,
    wer_interval,
)
from ipyscribe.metrics.word_table import compared_words
from ipyscribe.tape.send_times import SendTimes

__all__ = [
    "AlignedWord",
    "Alignment",
    "Appearance",
    "Casing",
    "Change",
    "Cost",
    "Difference",
    "Disagreement",
    "Distribution",
    "Errors",
    "Interval",
    "KeytermScore",
    "Measured",
    "Normaliser",
    "PunctuationErrors",
    "Recall",
    "Run",
    "SendTimes",
    "Slot",
    "Stability",
    "TextScore",
    "Unequal",
    "align",
    "appearances",
    "by_time_range",
    "casing_errors",
    "changes",
    "character_errors",
    "check_table",
    "compared_words",
    "conditions",
    "connect_ms",
    "corrected",
    "dead_air_ms",
    "disagreements",
    "endpoint_wait_ms",
    "entity_recall",
    "eot_ms",
    "errors_by_line",
    "keyterm_score",
    "mean_rate",
    "median_difference",
    "median_interval",
    "normaliser",
    "paint_times",
    "paired",
    "perfect_share",
    "pooled",
    "punctuation_errors",
    "ranked",
    "score",
    "score_all",
    "score_text",
    "stability",
    "stable_commit",
    "transcribed_share",
    "transcript_lag_ms",
    "ttct_ms",
    "ttfs_ms",
    "ttft_onset_ms",
    "upl_ms",
    "wer_difference",
    "wer_interval",
    "word_commit_ms",
    "word_emission_ms",
    "word_errors",
]
