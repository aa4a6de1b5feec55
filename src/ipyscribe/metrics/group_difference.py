"""The difference of the pooled WER between two groups of different utterances, and whether it is more than chance.

Utterances are not paired here: each is in one group. The p value is that of a permutation of the groups with a
studentised difference (Janssen, "Studentized permutation tests for non-i.i.d. hypotheses and the generalized
Behrens-Fisher problem", Statistics and Probability Letters 1997), which holds also where one group varies more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipyscribe.metrics.accuracy import Errors
from ipyscribe.metrics.statistics import MIN_UNITS, holm

if TYPE_CHECKING:
    import numpy as np

_PERMUTATIONS = 4_999
_AT_ONCE = 250
_MOST_PERMUTED = 2_000
"""Above so many utterances the difference is as good as normally distributed."""
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """The pooled WER of the first group minus that of the second, as a share, and the p value of no difference.

    ``n`` is the number of utterances, or blocks of them, of both; ``adjusted_p`` is corrected for all comparisons
    that were made together.
    """

    value: float
    n: tuple[int, int]
    p_value: float
    adjusted_p: float

    @property
    def shown(self) -> bool:
        """Whether it is more than chance, all comparisons together."""
        return self.adjusted_p <= _SIGNIFICANT

    def __str__(self) -> str:
        direction = "more" if self.value > 0 else "fewer"
        p_text = "p < 0.001" if self.adjusted_p < 0.001 else f"p = {self.adjusted_p:.3f}"
        return f"{abs(100 * self.value):.1f} points {direction} errors ({p_text}, n = {self.n[0]} and {self.n[1]})."


def group_difference(first: Sequence[Errors], second: Sequence[Errors], *, seed: int = 0) -> GroupDifference | None:
    """``first`` against ``second``, one entry for each utterance or block; None below six in either."""
    if min(len(first), len(second)) < MIN_UNITS:
        return None
    import numpy as np

    errors = np.array([each.total for each in (*first, *second)], float)
    words = np.array([each.n for each in (*first, *second)], float)
    inside = np.arange(len(errors)) < len(first)
    value, statistic = _statistics(errors, words, inside[None])
    if len(errors) > _MOST_PERMUTED:
        from math import erfc, sqrt

        p_value = erfc(abs(float(statistic[0])) / sqrt(2))
    else:
        p_value = _permuted_p(errors, words, inside, abs(float(statistic[0])), np.random.default_rng(seed))
    return GroupDifference(float(value[0]), (len(first), len(second)), p_value, p_value)


def corrected_groups(differences: Sequence[GroupDifference]) -> list[GroupDifference]:
    """``differences`` that are claimed together, their p values corrected for their number by Holm's method."""
    adjusted = holm([difference.p_value for difference in differences])
    return [replace(difference, adjusted_p=p) for difference, p in zip(differences, adjusted, strict=True)]


def _permuted_p(
    errors: np.ndarray[Any, Any],
    words: np.ndarray[Any, Any],
    inside: np.ndarray[Any, Any],
    observed: float,
    random: np.random.Generator,
) -> float:
    extreme = 1
    for done in range(0, _PERMUTATIONS, _AT_ONCE):
        count = min(_AT_ONCE, _PERMUTATIONS - done)
        permuted = random.permuted(inside[None].repeat(count, axis=0), axis=1)
        _, statistics = _statistics(errors, words, permuted)
        extreme += int((abs(statistics) >= observed - 1e-9).sum())
    return extreme / (_PERMUTATIONS + 1)


def _statistics(
    errors: np.ndarray[Any, Any], words: np.ndarray[Any, Any], inside: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Difference of the rates and the same by its standard error (delta method), for each row of ``inside``."""
    import numpy as np

    rates, variances = [], []
    for member in (inside, ~inside):
        count = member.sum(axis=1)
        total = (member * words).sum(axis=1)
        rate = (member * errors).sum(axis=1) / np.maximum(total, 1)
        residuals = member * (errors - rate[:, None] * words)
        variance = (residuals**2).sum(axis=1) * count / np.maximum(count - 1, 1) / np.maximum(total, 1) ** 2
        rates.append(rate)
        variances.append(variance)
    difference = rates[0] - rates[1]
    return difference, difference / np.sqrt(np.maximum(sum(variances), 1e-18))
