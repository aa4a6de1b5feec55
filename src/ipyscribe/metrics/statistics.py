"""What a difference is worth: bootstrap intervals over utterances that all models heard.

The paired percentile bootstrap (Efron and Tibshirani 1993; for error rates Bisani and Ney, ICASSP 2004): whole
utterances are drawn again, with replacement, the same for both models, because the words of one utterance are
not independent of each other and a hard one is hard for all. An interval that spans 0 shows no difference, which
is not the same as showing that there is none. One of fewer than six utterances shows nothing either way: that five
of five differ in the same direction comes about by chance in 6 % of cases, and drawing them again cannot know it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ipyscribe.errors import EmptyReferenceError, MetricError, ParameterError
from ipyscribe.metrics.accuracy import Errors
from ipyscribe.metrics.normalise import one_stamp

if TYPE_CHECKING:
    import numpy as np

    Drawn: TypeAlias = np.ndarray[Any, np.dtype[Any]]

Unit = Literal["WER", "ms"]
RESAMPLES = 2_000
LEVEL = 0.95
STRETCH_MS = 5_000.0
ENOUGH_TO_TELL = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; ``n`` is the number of utterances drawn from.

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
    """

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out, and is one of enough utterances."""
        return self.n >= ENOUGH_TO_TELL and (self.low > 0 or self.high < 0)

    def __str__(self) -> str:
        if self.shown:
            return Interval.__str__(self)
        return f"{'no difference shown' if self.n >= ENOUGH_TO_TELL else 'too few to tell'} ({_range(self)})"


def wer_interval(utterances: Sequence[Errors], *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The pooled WER with its interval. Raises ``MetricError`` below two utterances."""
    wrong, words = _counts(utterances)

    def rate(drawn: Drawn) -> float:
        return float(wrong[drawn].sum() / words[drawn].sum())

    return Interval(*_interval(rate, len(utterances), resamples, seed), "WER")


def wer_difference(
    first: Sequence[Errors], second: Sequence[Errors], *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """Pooled WER of ``second`` minus that of ``first`` on the same utterances, below 0 where ``second`` is better.

    Raises ``MetricError`` below two utterances or where the references are not the same, ``MixedScoresError``
    for different normalisers.
    """
    one_stamp(part.stamp for part in (*first, *second))
    if [part.n for part in first] != [part.n for part in second]:
        raise MetricError("The two models were not scored on the same utterances.", advice="Pair them one to one.")
    wrong, words = _counts(first)
    others, _ = _counts(second)

    def difference(drawn: Drawn) -> float:
        return float((others[drawn].sum() - wrong[drawn].sum()) / words[drawn].sum())

    return Difference(*_interval(difference, len(first), resamples, seed), "WER")


def median_interval(utterances: Sequence[Sequence[float]], *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The median of all values, in ms, with its interval.

    One sequence of values for each utterance (or turn, or stretch of sound). Raises ``MetricError`` below two
    utterances, or where one has no value.
    """
    import numpy as np

    if not all(map(len, utterances)):
        raise MetricError("An utterance has no value.", advice="Leave it out.")
    groups = [np.asarray(values, float) for values in utterances]

    def median(drawn: Drawn) -> float:
        return float(np.median(np.concatenate([groups[index] for index in drawn])))

    return Interval(*_interval(median, len(groups), resamples, seed), "ms")


def median_difference(
    first: Sequence[Sequence[float]],
    second: Sequence[Sequence[float]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Median latency of ``second`` minus that of ``first``, in ms, below 0 where ``second`` is faster.

    One sequence of values for each utterance (or turn, or stretch of sound), the same for both. Raises
    ``MetricError`` below two utterances, where their number differs, or where one has no value.
    """
    import numpy as np

    if len(first) != len(second):
        raise MetricError(
            f"{len(first)} utterances cannot be paired with {len(second)}.", advice="Give the same for both."
        )
    if not all(map(len, (*first, *second))):
        raise MetricError("An utterance has no value.", advice="Leave out what one of the models did not measure.")
    before, after = ([np.asarray(values, float) for values in groups] for groups in (first, second))

    def difference(drawn: Drawn) -> float:
        medians = [np.median(np.concatenate([groups[index] for index in drawn])) for groups in (before, after)]
        return float(medians[1] - medians[0])

    return Difference(*_interval(difference, len(first), resamples, seed), "ms")


def by_stretch(values: Iterable[tuple[float, float]], *, stretch_ms: float = STRETCH_MS) -> dict[int, list[float]]:
    """Latencies by stretches of the sound, each an "utterance" that all models heard, under its number.

    Of each latency its place on the audio clock and its value, both in ms. Turns will not do, because models end
    them at different places.
    """
    if not stretch_ms > 0:
        raise ParameterError(f"stretch_ms={stretch_ms!r} cannot be used.", advice="Expected more than 0.")
    found: dict[int, list[float]] = defaultdict(list)
    for at_ms, value_ms in values:
        found[int(at_ms // stretch_ms)].append(value_ms)
    return dict(sorted(found.items()))


def paired(
    first: Mapping[int, Sequence[float]], second: Mapping[int, Sequence[float]]
) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    """The latencies of two models for the same utterances, by their keys. One that is not in both is left out."""
    both = sorted(first.keys() & second.keys())
    return [first[key] for key in both], [second[key] for key in both]


def _counts(utterances: Sequence[Errors]) -> tuple[Drawn, Drawn]:
    import numpy as np

    one_stamp(part.stamp for part in utterances)
    if any(not part.n for part in utterances):
        raise EmptyReferenceError(
            "An utterance without a reference cannot be drawn.", advice="Leave out those in which nothing was said."
        )
    return np.array([part.total for part in utterances]), np.array([part.n for part in utterances])


def _interval(figure: Callable[[Drawn], float], n: int, resamples: int, seed: int) -> tuple[float, float, float, int]:
    import numpy as np

    if n < 2:
        raise MetricError(
            f"{n} utterance{' is' if n == 1 else 's are'} too few for an interval.", advice="Give at least two."
        )
    random = np.random.default_rng(seed)
    drawn = [figure(random.integers(0, n, n)) for _ in range(resamples)]
    low, high = np.percentile(drawn, (50 * (1 - LEVEL), 50 * (1 + LEVEL)))
    return figure(np.arange(n)), float(low), float(high), n


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
