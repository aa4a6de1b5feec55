"""Confidence intervals of a figure and of a difference: 95 %, over utterances that are the same for all models.

The sampling unit is the utterance, because the words of one are not independent of each other, and a hard one is hard
for all. Utterances that belong together (one speaker, one session) are one unit: name them by ``blocks``. An interval
that spans 0 shows no difference, which is not the same as showing that there is none. Fewer than six units show
nothing either way: five of five differ in the same direction by chance in 6 % of cases. The coverage of the intervals
is measured in docs/intervals.md.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress
from typing import TYPE_CHECKING, Literal

from ipyscribe.errors import EmptyReferenceError, MetricError, ParameterError
from ipyscribe.metrics import intervals
from ipyscribe.metrics.accuracy import Errors
from ipyscribe.metrics.normalise import one_stamp

if TYPE_CHECKING:
    from ipyscribe.metrics.intervals import Array

Unit = Literal["WER", "ms"]
Blocks = Sequence[Hashable]
TIME_RANGE_MS = 5_000.0
MIN_UNITS = intervals.FEWEST_GROUPS
_SIGNIFICANT = 1 - intervals.LEVEL


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; ``n`` is the number of utterances, or of blocks of them.

    In the unit of the figure: a WER as a share (0.05 is 5 %), a latency in ms.
    """

    value: float
    low: float
    high: float
    n: int
    unit: Unit

    def __str__(self) -> str:
        return f"{_figure(self.value, self)} {_unit(self)} ({_range(self)})"


@dataclass(frozen=True, slots=True)
class Difference(Interval):
    """The figure of the second model minus that of the first, with its interval. In words, of a WER, points of
    a percent.

    ``p_value`` is that of no difference; ``adjusted_p`` is corrected for ``comparisons`` that were made together,
    see ``corrected``. ``differing`` is in how many utterances, or blocks of them, the error counts differ: where
    fewer than six do, ``low`` and ``high`` are NaN.
    """

    p_value: float
    adjusted_p: float
    comparisons: int = 1
    differing: int | None = None

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out and the p value, for all comparisons together, is at most 5 %."""
        return (self.low > 0 or self.high < 0) and self.adjusted_p <= _SIGNIFICANT + 1e-9

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"too few to tell (n = {self.n}, of which {self.differing} differ): at least {MIN_UNITS} have to."
        text = Interval.__str__(self) if self.shown else f"no difference shown ({_range(self)})"
        if self.comparisons > 1:
            text = f"{text[:-1]}, corrected for {self.comparisons} comparisons)"
        return text


def wer_interval(utterances: Sequence[Errors], *, blocks: Blocks | None = None) -> Interval:
    """The pooled WER with its interval: Korn and Graubard's, see ``intervals.error_rate_bounds``.

    ``blocks`` names for each utterance the block to which it belongs, such as its speaker. Raises ``MetricError``
    below six utterances, or blocks.
    """
    errors, words = _scored(utterances, blocks)
    value = float(errors.sum() / words.sum())
    bounds = intervals.error_rate_bounds(errors, words)
    return Interval(value, float(bounds.low), float(bounds.high), len(words), "WER")


def wer_difference(
    first: Sequence[Errors], second: Sequence[Errors], *, blocks: Blocks | None = None, seed: int = 0
) -> Difference:
    """Pooled WER of ``second`` minus that of ``first`` on the same utterances, below 0 where ``second`` is better.

    See ``intervals.proportion_difference_bounds``: without an interval where the models differ in fewer than six.
    Raises ``MetricError`` below six utterances, or blocks, and where the references are not the same,
    ``MixedScoresError`` for different normalisers.
    """
    one_stamp(part.stamp for part in (*first, *second))
    if [part.n for part in first] != [part.n for part in second]:
        raise MetricError("The two models were not scored on the same utterances.", advice="Pair them one to one.")
    errors, words = _scored(first, blocks)
    other_errors, _ = _scored(second, blocks)
    bounds = intervals.proportion_difference_bounds(errors, other_errors, words, seed)
    value = float((other_errors - errors).sum() / words.sum())
    p_value, differing = float(bounds.p_value), int((errors != other_errors).sum())
    low, high = float(bounds.low), float(bounds.high)
    return Difference(value, low, high, len(words), "WER", p_value, p_value, differing=differing)


def median_interval(utterances: Sequence[Sequence[float]], *, blocks: Blocks | None = None) -> Interval:
    """The median of all values, in ms, with its interval: Woodruff's, see ``intervals.median_bounds``.

    One sequence of values for each utterance (or turn, or time range). Raises ``MetricError`` below six
    utterances, or blocks, or where one has no value.
    """
    import numpy as np

    measured = _measured(utterances, blocks)
    bounds = intervals.median_bounds(measured)
    median = float(np.median(measured.values))
    return Interval(median, float(bounds.low), float(bounds.high), measured.groups, "ms")


def median_difference(
    first: Sequence[Sequence[float]],
    second: Sequence[Sequence[float]],
    *,
    blocks: Blocks | None = None,
    seed: int = 0,
) -> Difference:
    """Median latency of ``second`` minus that of ``first``, in ms, below 0 where ``second`` is faster.

    One sequence of values for each utterance (or turn, or time range), the same for both. By an inverted paired
    permutation test, see ``intervals.median_difference_bounds``. Raises ``MetricError`` below six utterances, or
    blocks, where their number differs, or where one has no value.
    """
    import numpy as np

    if len(first) != len(second):
        raise MetricError(
            f"{len(first)} utterances cannot be paired with {len(second)}.", advice="Give the same for both."
        )
    before, after = _measured(first, blocks), _measured(second, blocks)
    bounds = intervals.median_difference_bounds(before, after, seed)
    value = float(np.median(after.values) - np.median(before.values))
    p_value = float(bounds.p_value)
    return Difference(value, float(bounds.low), float(bounds.high), before.groups, "ms", p_value, p_value)


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """``differences`` that are claimed together, their p values corrected for their number.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 1979: the
    chance that any difference is shown where there is none stays at 5 %. The intervals are those of one comparison.
    Where too few utterances differ for an interval, nothing can be claimed: such a difference is returned as it is and
    does not count.
    """
    told = [not math.isnan(difference.low) for difference in differences]
    adjusted = iter(holm([difference.p_value for difference in compress(differences, told)]))
    return [
        replace(difference, adjusted_p=next(adjusted), comparisons=sum(told)) if can_be_claimed else difference
        for difference, can_be_claimed in zip(differences, told, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """``p_values`` of comparisons that were made together, each corrected for their number."""
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def by_time_range(values: Iterable[tuple[float, float]], *, range_ms: float = TIME_RANGE_MS) -> dict[int, list[float]]:
    """Latencies grouped by time ranges of ``range_ms``, each an "utterance" common to all models, by its number.

    Each latency is its position on the audio clock and its value, both in ms. Turns cannot be paired, because
    models end them at different positions.
    """
    if not range_ms > 0:
        raise ParameterError(f"range_ms={range_ms!r} cannot be used.", advice="Expected more than 0.")
    groups: dict[int, list[float]] = defaultdict(list)
    for at_ms, value_ms in values:
        groups[int(at_ms // range_ms)].append(value_ms)
    return dict(sorted(groups.items()))


def paired(
    first: Mapping[int, Sequence[float]], second: Mapping[int, Sequence[float]]
) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    """The latencies of two models for the same utterances, by their keys. One that is not in both is left out."""
    both = sorted(first.keys() & second.keys())
    return [first[key] for key in both], [second[key] for key in both]


def _scored(utterances: Sequence[Errors], blocks: Blocks | None) -> tuple[Array, Array]:
    """Errors and words of each utterance, or of each block of them."""
    import numpy as np

    one_stamp(part.stamp for part in utterances)
    words = [part.n for part in utterances]
    if not all(words):
        raise EmptyReferenceError(
            "An utterance without a reference has no error rate.", advice="Leave out those without words."
        )
    numbers, groups = _groups(len(words), blocks)
    errors = [part.total for part in utterances]
    return np.bincount(numbers, errors, groups), np.bincount(numbers, words, groups)


def _measured(utterances: Sequence[Sequence[float]], blocks: Blocks | None) -> intervals.GroupedValues:
    """The values of each utterance, or of each block of them."""
    import numpy as np

    counts = list(map(len, utterances))
    if not all(counts):
        raise MetricError("An utterance has no value.", advice="Leave out utterances for which a model has no value.")
    numbers, groups = _groups(len(utterances), blocks)
    if all(isinstance(values, array) and values.typecode == "d" for values in utterances):
        joined = np.frombuffer(b"".join(utterances))  # type: ignore[arg-type]
    else:
        joined = np.fromiter(chain.from_iterable(utterances), float, sum(counts))
    return intervals.GroupedValues(joined, np.repeat(numbers, counts), groups)


def _groups(utterances: int, blocks: Blocks | None) -> tuple[Array, int]:
    """The number of the group of each of so many utterances, and how many groups there are."""
    import numpy as np

    if blocks is not None and len(blocks) != utterances:
        raise MetricError(
            f"{len(blocks)} blocks cannot be those of {utterances} utterances.", advice="Give one for each."
        )
    number_of: dict[Hashable, int] = {}
    names = range(utterances) if blocks is None else blocks
    numbers = np.array([number_of.setdefault(block, len(number_of)) for block in names], int)
    if len(number_of) < MIN_UNITS:
        raise MetricError(
            f"too few to tell (n = {len(number_of)}): a 95 % interval needs at least {MIN_UNITS} "
            "recordings or utterances, or blocks of them.",
            advice="Measure more utterances, or a longer recording.",
        )
    return numbers, len(number_of)


def _range(interval: Interval) -> str:
    low, high = (_figure(value, interval) for value in (interval.low, interval.high))
    return f"95 % interval {low} to {high} {_unit(interval)}, n = {interval.n}"


def _figure(value: float, interval: Interval) -> str:
    text = f"{value:,.0f}" if interval.unit == "ms" else f"{100 * value:.1f}"
    return text if text.strip("-0.") else text.removeprefix("-")


def _unit(interval: Interval) -> str:
    if interval.unit == "ms":
        return "ms"
    return "points" if isinstance(interval, Difference) else "%"
