"""Confidence intervals of figures that are pooled over few utterances of very different length.

numpy in, numbers out; ``statistics`` formats them. The methods were chosen by simulation, see
docs/intervals.md: the percentile bootstrap covers the true word error rate of 6 utterances in 76 % of cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ipyscribe.errors import MissingDependencyError

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LEVEL = 0.95
_ENUMERATED_UP_TO = 12
_FLIPS = 4_096
_EPSILON = 1e-12
_SKEWED = 0.6
_STEPS = 32


class Bounds(NamedTuple):
    """The ends of an interval, and for a difference the p value of its being 0."""

    low: float
    high: float
    p_value: float = 1.0


def proportion_bounds(counts: Array, sizes: Array, *, step: float | None = None) -> Bounds:
    """The interval of sum(counts) / sum(sizes), where the units of a group are correlated.

    Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data", Survey Methodology 1998: Clopper and Pearson's interval with the effective number of units.
    The variance is that of leaving one group out, the degrees of freedom those of the effective number of groups
    (Kish), because one long recording among short ones counts for more. With few groups the step from one count to
    the next is halved, as in a mid-p interval, unless ``step`` is set; Clopper and Pearson's own, which is 1, would be
    too wide. Where errors gather in few groups, the upper end is that of a larger variance: a sample without such a
    group has too small a one, as the skewness of the residuals shows (after Johnson, "Modified t tests and confidence
    intervals for asymmetrical populations", JASA 1978).
    """
    total, groups = float(sizes.sum()), len(sizes)
    share = min(float(counts.sum()) / total, 1.0)
    effective_groups = total**2 / float((sizes.astype(float) ** 2).sum())
    t = float(_special().stdtrit(max(effective_groups - 1, 1), (1 + LEVEL) / 2))
    z = float(_special().ndtri((1 + LEVEL) / 2))
    effective = effective_groups * (t / z) ** 2
    widened = 1.0
    if 0 < share < 1:
        residuals = (counts - share * sizes) / (1 - sizes / total)
        variance = float((residuals**2).sum()) / total**2 * (groups - 1) / groups
        effective = min(share * (1 - share) / max(variance, _EPSILON), total)
        widened += _SKEWED * min(max((groups - 6) / 4, 0.0), 1.0) * _skewness(residuals) / math.sqrt(groups)
    effective *= (z / t) ** 2
    if step is None:
        step = min(max(0.5 + (groups - 8) / 14, 0.5), 1.0)
    low, _ = _beta_bounds(share * effective, (1 - share) * effective, step)
    effective /= widened**2
    _, high = _beta_bounds(share * effective, (1 - share) * effective, step)
    return Bounds(low, high)


def _skewness(residuals: Array) -> float:
    """The skewness of ``residuals`` to the right; 0 where it is to the left."""
    variance = float((residuals**2).mean())
    return max(float((residuals**3).mean()) / variance**1.5, 0.0) if variance > _EPSILON else 0.0


def _beta_bounds(positive: float, negative: float, step: float) -> tuple[float, float]:
    quantile = _special().betaincinv
    low, high = 0.0, 1.0
    if positive > 0:
        low = float(quantile(positive + 1 - step, negative + step, (1 - LEVEL) / 2))
    if negative > 0:
        high = float(quantile(positive + step, negative + 1 - step, (1 + LEVEL) / 2))
    return low, high


def proportion_difference_bounds(first: Array, second: Array, sizes: Array, seed: int) -> Bounds:
    """The interval of sum(second - first) / sum(sizes) of two models on the same groups, and its p value.

    The interval combines those of the two models, which hold for few errors too: Newcombe, "Improved
    confidence intervals for the difference between binomial proportions based on paired data", Statistics in
    Medicine 1998 (method 10), with the correlation of their residuals. The p value is that of a paired permutation
    test: without a difference, exchanging the two models in a group changes nothing but the sign of its difference.
    """
    import numpy as np

    total = float(sizes.sum())
    shares = [min(float(counts.sum()) / total, 1.0) for counts in (first, second)]
    before, after = (proportion_bounds(counts, sizes, step=1.0) for counts in (first, second))
    residuals = [counts - counts.sum() / total * sizes for counts in (first, second)]
    spread = float(np.sqrt((residuals[0] ** 2).sum() * (residuals[1] ** 2).sum()))
    correlation = float((residuals[0] * residuals[1]).sum()) / spread if spread > _EPSILON else 0.0
    below = _combined(shares[1] - after.low, before.high - shares[0], correlation)
    above = _combined(after.high - shares[1], shares[0] - before.low, correlation)
    difference = float((second - first).sum()) / total
    sums = np.abs(_flips(len(sizes), seed) @ (second - first))
    p_value = float((sums >= sums[0] - 1e-9).mean())
    return Bounds(difference - below, difference + above, p_value)


def _combined(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))


def median_bounds(groups: Sequence[Array]) -> Bounds:
    """The interval of the median of all values, where those of a group are correlated.

    Woodruff, "Confidence intervals for medians and other position measures", JASA 1952: the quantiles at the ends
    of the interval of the share of values below the median.
    """
    import numpy as np

    values = np.concatenate(groups)
    median = float(np.median(values))
    below = np.array([(group < median).sum() + 0.5 * (group == median).sum() for group in groups])
    shares = proportion_bounds(below, np.array([len(group) for group in groups]))
    low, high = np.quantile(values, (min(shares.low, 0.5), max(shares.high, 0.5)))
    return Bounds(float(low), float(high))


def median_difference_bounds(first: Sequence[Array], second: Sequence[Array], seed: int) -> Bounds:
    """The interval of the difference of two medians by an inverted paired permutation test.

    All values that a test at 5 % does not reject: once the true difference is taken off the second model, exchanging
    the two in a group changes nothing but the sign of its score, by how much more of its values lie above the median
    of both together (Mood's median test, in pairs of groups).
    """
    import numpy as np

    flips = _flips(len(first), seed)
    before, after = np.concatenate(first), np.concatenate(second)
    group_before = np.repeat(np.arange(len(first)), [len(group) for group in first])
    group_after = np.repeat(np.arange(len(second)), [len(group) for group in second])

    def p_value(difference: float) -> float:
        shifted = after - difference
        middle = np.median(np.concatenate((before, shifted)))
        scores = np.bincount(group_after, np.sign(shifted - middle), len(first)) / len(after)
        scores -= np.bincount(group_before, np.sign(before - middle), len(first)) / len(before)
        return float((np.abs(flips @ scores) >= abs(scores.sum()) - 1e-9).mean())

    def end(inside: float, outside: float) -> float:
        for _ in range(_STEPS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if p_value(middle) > 1 - LEVEL else (inside, middle)
        return inside

    estimate = float(np.median(after) - np.median(before))
    reach = float(np.ptp(np.concatenate((before, after)))) + abs(estimate) + 1.0
    return Bounds(end(estimate, estimate - reach), end(estimate, estimate + reach), p_value(0.0))


def _flips(groups: int, seed: int) -> Array:
    """Patterns of signs, the observed one first: all of them for few groups, else a random sample."""
    import numpy as np

    if groups <= _ENUMERATED_UP_TO:
        return 1 - 2 * ((np.arange(2**groups)[:, None] >> np.arange(groups)) & 1).astype(float)
    signs = np.random.default_rng(seed).integers(0, 2, (_FLIPS, groups)) * 2.0 - 1
    signs[0] = 1
    return signs


def _special() -> Any:
    try:
        from scipy import special
    except ImportError:
        raise MissingDependencyError("scipy", purpose="Confidence intervals", extra="metrics") from None
    return special
