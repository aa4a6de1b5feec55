"""Confidence intervals of figures that are pooled over few utterances of very different length.

numpy in, numbers out; ``statistics`` formats them. The methods were chosen by simulation, see
docs/intervals.md: the percentile bootstrap covers the true word error rate of 6 utterances in 76 % of cases.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ipyscribe.errors import MissingDependencyError

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LEVEL = 0.95
FEWEST_GROUPS = 6
"""That five of five differ in the same direction comes about by chance in 6 % of cases."""
_ENUMERATED_UP_TO = 12
_FLIPS = 4_096
_SAMPLED_UP_TO = 200
_EPSILON = 1e-12
_LEAST_CORRELATION = 0.1
"""Of two words of a group being wrong: it is taken to be no less, whatever a small sample shows."""
_MOST_DEGREES = 4.0
_CLOSE = 12.0
"""The design effect from which on units hang together closely."""
_LEVEL_OF_LACKING = 0.6
_MEDIAN_STEP_MS = 0.1


class Bounds(NamedTuple):
    """The ends of an interval, and for a difference the p value of its being 0: one of each for each row."""

    low: Array
    high: Array
    p_value: Array | float = 1.0


class GroupedValues(NamedTuple):
    """Values, and for each of them the number of its group, from 0 to ``groups`` - 1."""

    values: Array
    group_of: Array
    groups: int


def proportion_bounds(counts: Array, sizes: Array, *, equal_tails: bool = False, level: float = LEVEL) -> Bounds:
    """The interval of sum(counts) / sum(sizes) over the last axis, where the units of a group are correlated.

    Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data", Survey Methodology 1998: Clopper and Pearson's interval with the effective number of units. The
    variance is that of leaving one group out. Where errors gather in few groups, the end on that side is that of a
    larger variance: a sample without such a group has too small a one, as the skewness of the residuals shows (after
    Johnson, "Modified t tests and confidence intervals for asymmetrical populations", JASA 1978).

    Clopper and Pearson's own is too wide where few errors were counted, so that the step from one count to the next is
    halved for nearly independent units, as in a mid-p interval. A share so small that a sample without an error is
    likely cannot be rejected from below, so that the low end has the 5 % to itself (after Blaker, "Confidence curves
    and improved exact confidence intervals for discrete distributions", Canadian Journal of Statistics 2000); not with
    ``equal_tails``, which are for what combines two intervals.

    A recording may have more errors than words. Where any has, and the share is above a half, it is taken for a rate
    without an upper limit, and the quantiles are those of Garwood's interval, "Fiducial limits for the Poisson
    distribution", Biometrika 1936.
    """
    import numpy as np

    sizes = sizes.astype(float)
    total, groups = sizes.sum(-1), sizes.shape[-1]
    share = counts.sum(-1) / total
    unlimited = (counts > sizes).any(-1) & (share > 0.5)
    effective_groups = total**2 / (sizes**2).sum(-1)
    z = float(_special().ndtri((1 + level) / 2))
    residuals = (counts - share[..., None] * sizes) / np.maximum(1 - sizes / total[..., None], _EPSILON)
    variance = (residuals**2).sum(-1) / total**2 * (groups - 1) / groups
    varies = (share > 0) & ((share < 1) | unlimited)
    of_one = share * np.where(unlimited, 1.0, 1 - share)
    clustered = np.minimum(of_one / np.maximum(variance, _EPSILON), total)
    design_effect = np.where(varies, total / np.maximum(clustered, _EPSILON), 1.0)
    t = _special().stdtrit(_degrees_of_freedom(effective_groups, design_effect, total), (1 + level) / 2)
    effective = np.where(varies, clustered * (z / t) ** 2, effective_groups)
    step = _step(groups, design_effect, equal_tails=equal_tails)
    widening = np.where(varies, _skewness(residuals) / math.sqrt(groups), 0.0)
    below, above = (effective / (1 + np.maximum(sign * widening, 0.0)) ** 2 for sign in (-1, 1))
    limited, tail = np.minimum(share, 1.0), (1 - level) / 2
    low = _low_end(limited, below, step, tail, equal_tails=equal_tails)
    high = 1 - _low_end(1 - limited, above, step, tail, equal_tails=True)
    if unlimited.any():
        poisson = _special().gammaincinv
        low = np.where(unlimited, poisson(share * below + 1 - step, tail) / below, low)
        high = np.where(unlimited, poisson(share * above + step, 1 - tail) / above, high)
    return Bounds(low, high)


def error_rate_bounds(errors: Array, words: Array) -> Bounds:
    """``proportion_bounds`` of errors, with a lower low end where every group has an error.

    Groups without one may exist that the sample lacks: of six it lacks a kind that makes up 30 % in 12 % of cases. The
    low end is then at most that with one more group of the mean size, without an error. A tail of 20 % is enough for
    it: of 12 % of cases they are the usual 2.5 %.
    """
    import numpy as np

    bounds = proportion_bounds(errors, words)
    lacks = (errors > 0).all(-1)
    if not lacks.any():
        return bounds
    more = words.mean(-1, keepdims=True)
    with_one_more = proportion_bounds(
        np.concatenate((errors, np.zeros_like(more)), -1), np.concatenate((words, more), -1), level=_LEVEL_OF_LACKING
    )
    return Bounds(np.where(lacks, np.minimum(bounds.low, with_one_more.low), bounds.low), bounds.high)


def _degrees_of_freedom(effective_groups: Array, design_effect: Array, total: Array) -> Array:
    """Those of the variance: one less than the effective number of groups, as one long recording counts for more.

    That number is Kish's. They are more where units hang together loosely, because only what is between the groups has
    to be estimated: Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics 1946.
    """
    import numpy as np

    least = 1 + _LEAST_CORRELATION * np.maximum(total / effective_groups - 1, 0.0)
    effect = np.maximum(np.maximum(design_effect, least), 1 + _EPSILON)
    degrees: Array = np.maximum(effective_groups - 1, 1) * np.minimum((effect / (effect - 1)) ** 2, _MOST_DEGREES)
    return degrees


def _step(groups: int, design_effect: Array, *, equal_tails: bool) -> Array:
    """From 0.5 for independent units to 1 for those that hang together, of few groups for those that do so closely."""
    import numpy as np

    loosely, closely = (np.clip((design_effect - 1) / most, 0.0, 1.0) for most in (1.0, _CLOSE))
    of_many = 1.0 if equal_tails else min(max((groups - 8) / 7, 0.0), 1.0)
    step: Array = 0.5 + 0.5 * np.maximum(of_many * loosely, min(max((groups - 6) / 2, 0.0), 1.0) * closely)
    return step


def _skewness(residuals: Array) -> Array:
    import numpy as np

    variance = (residuals**2).mean(-1)
    skewness = (residuals**3).mean(-1) / np.maximum(variance, _EPSILON) ** 1.5
    return np.where(variance > _EPSILON, skewness, 0.0)


def _low_end(share: Array, effective: Array, step: Array, tail: float, *, equal_tails: bool) -> Array:
    import numpy as np

    quantile = _special().betaincinv
    positive, negative = share * effective, (1 - share) * effective
    ends = np.maximum(np.maximum(positive, _EPSILON) + 1 - step, _EPSILON), np.maximum(negative, _EPSILON) + step
    low = quantile(*ends, tail)
    if not equal_tails:
        likely_without_errors = 1 - tail ** (1 / np.maximum(effective, 1.0))
        low = np.maximum(low, np.minimum(quantile(*ends, 2 * tail), likely_without_errors))
    return np.where(positive > 0, low, 0.0)


def proportion_difference_bounds(first: Array, second: Array, sizes: Array, seed: int) -> Bounds:
    """The interval of sum(second - first) / sum(sizes) of two models on the same groups, and its p value.

    The p value is that of a paired permutation test: without a difference, exchanging the two models in a group changes
    nothing but the sign of its difference.
    """
    return proportion_difference_ends(first, second, sizes)._replace(p_value=sign_flip_p_value(second - first, seed))


def proportion_difference_ends(first: Array, second: Array, sizes: Array) -> Bounds:
    """The interval of ``proportion_difference_bounds`` alone.

    It combines those of the two models, which hold for few errors too: Newcombe, "Improved confidence intervals for the
    difference between binomial proportions based on paired data", Statistics in Medicine 1998 (method 10), with the
    correlation of their residuals. Where they differ in fewer than ``FEWEST_GROUPS``, no test of pairs can tell them
    apart, whatever they are, and the interval would be wider than it says: its ends are NaN.
    """
    import numpy as np

    total = sizes.sum(-1).astype(float)
    shares = [counts.sum(-1) / total for counts in (first, second)]
    before, after = (proportion_bounds(counts, sizes, equal_tails=True) for counts in (first, second))
    residuals = [counts - (counts.sum(-1) / total)[..., None] * sizes for counts in (first, second)]
    spread = np.sqrt((residuals[0] ** 2).sum(-1) * (residuals[1] ** 2).sum(-1))
    correlation = np.where(spread > _EPSILON, (residuals[0] * residuals[1]).sum(-1) / np.maximum(spread, _EPSILON), 0.0)
    below = _combined(shares[1] - after.low, before.high - shares[0], correlation)
    above = _combined(after.high - shares[1], shares[0] - before.low, correlation)
    difference = np.where((first != second).sum(-1) < FEWEST_GROUPS, np.nan, (second - first).sum(-1) / total)
    return Bounds(difference - below, difference + above)


def _combined(one: Array, other: Array, correlation: Array) -> Array:
    import numpy as np

    combined: Array = np.sqrt(np.maximum(one**2 + other**2 - 2 * correlation * one * other, 0.0))
    return combined


def sign_flip_p_value(scores: Array, seed: int, *, mid: bool = False) -> Array:
    """The share of patterns of signs under which the sum over the last axis is at least as far from 0 as it is.

    With ``mid`` those under which it is just as far count half. Zeros have no sign. All patterns are gone through for
    few groups, a random sample for more; from some hundreds on the sum is normal, with the variance that the flips
    give it.
    """
    import numpy as np

    scores = np.asarray(scores, float)
    if scores.ndim == 1:
        scores = scores[scores != 0]
    groups = scores.shape[-1]
    observed = np.abs(scores.sum(-1))
    if groups > _SAMPLED_UP_TO:
        deviation = np.sqrt((scores**2).sum(-1))
        return np.asarray(_special().erfc(observed / np.maximum(deviation, _EPSILON) / math.sqrt(2)))
    sums = np.abs(_flips(groups, seed) @ np.moveaxis(scores, -1, 0))
    p_value = (sums >= observed - 1e-9).mean(0)
    if mid:
        p_value = (p_value + (sums > observed + 1e-9).mean(0)) / 2
    return np.asarray(p_value)


def median_bounds(grouped: GroupedValues) -> Bounds:
    """The interval of the median of all values, where those of a group are correlated.

    Woodruff, "Confidence intervals for medians and other position measures", JASA 1952: the quantiles at the ends
    of the interval of the share of values below the median.
    """
    import numpy as np

    values, group_of, groups = grouped
    median = np.median(values)
    below = np.bincount(group_of, (values < median) + 0.5 * (values == median), groups)
    shares = proportion_bounds(below, np.bincount(group_of, minlength=groups))
    low, high = np.quantile(values, [np.minimum(shares.low, 0.5), np.maximum(shares.high, 0.5)])
    return Bounds(low, high)


def median_difference_bounds(first: GroupedValues, second: GroupedValues, seed: int) -> Bounds:
    """The interval of the difference of two medians by an inverted paired permutation test.

    All values that a test at 5 % does not reject, by its mid-p value, as the p value of few groups has few steps: once
    the true difference is taken off the second model, exchanging the two in a group changes nothing but the sign of its
    score, by how much more of its values lie above the median of both together (Mood's median test, in pairs of
    groups).
    """
    import numpy as np

    before, group_before, groups = first
    after, group_after, _ = second
    sorted_before, sorted_after = np.sort(before), np.sort(after)

    def p_value(difference: float, *, mid: bool) -> float:
        shifted = after - difference
        middle = _median_of_both(sorted_before, sorted_after, difference)
        scores = np.bincount(group_after, np.sign(shifted - middle), groups) / len(after)
        scores -= np.bincount(group_before, np.sign(before - middle), groups) / len(before)
        return float(sign_flip_p_value(scores, seed, mid=mid))

    def end(step_ms: float) -> float:
        """How far from the estimate, in the direction of ``step_ms``, a difference is not rejected."""
        inside_ms, outside_ms = 0.0, step_ms
        while abs(outside_ms) < reach_ms and p_value(estimate + outside_ms, mid=True) > 1 - LEVEL:
            inside_ms, outside_ms = outside_ms, 2 * outside_ms
        while abs(outside_ms - inside_ms) > _MEDIAN_STEP_MS:
            middle_ms = (inside_ms + outside_ms) / 2
            rejected = p_value(estimate + middle_ms, mid=True) <= 1 - LEVEL
            inside_ms, outside_ms = (inside_ms, middle_ms) if rejected else (middle_ms, outside_ms)
        return estimate + inside_ms

    estimate = float(np.median(after) - np.median(before))
    values = np.concatenate((before, after))
    reach_ms = float(np.ptp(values)) + abs(estimate) + 1.0
    width_ms = max(float(values.std()) / math.sqrt(groups), 1.0)
    return Bounds(np.asarray(end(-width_ms)), np.asarray(end(width_ms)), p_value(0.0, mid=False))


def _median_of_both(first: Array, second: Array, shift: float) -> float:
    """The median of the values of ``first`` and of ``second`` less ``shift``; both are sorted."""
    count = len(first) + len(second)
    ranks = ((count - 1) // 2, count // 2)
    lower, upper = (_smallest_of_both(first, second, shift, rank) for rank in ranks)
    return (lower + upper) / 2


def _smallest_of_both(first: Array, second: Array, shift: float, rank: int) -> float:
    """The value at ``rank``, from 0, of both: how many smaller ones are in ``first`` is found by bisection."""
    low, high = max(0, rank - len(second)), min(rank, len(first))
    while low < high:
        index = (low + high) // 2
        if float(second[rank - index - 1]) - shift > float(first[index]):
            low = index + 1
        else:
            high = index
    other = rank - low
    return min(
        float(first[low]) if low < len(first) else math.inf,
        float(second[other]) - shift if other < len(second) else math.inf,
    )


@functools.lru_cache(maxsize=2)
def _flips(groups: int, seed: int) -> Array:
    """Patterns of signs, the observed one first: all of them for few groups, else a random sample."""
    import numpy as np

    if groups <= _ENUMERATED_UP_TO:
        return 1 - 2 * ((np.arange(2**groups)[:, None] >> np.arange(groups)) & 1).astype(float)
    signs = np.random.default_rng(seed).integers(0, 2, (_FLIPS, groups), np.int8) * 2.0 - 1
    signs[0] = 1
    return signs


def _special() -> Any:
    try:
        from scipy import special
    except ImportError:
        raise MissingDependencyError("scipy", purpose="Confidence intervals", extra="metrics") from None
    return special
