"""How often the 95 % intervals hold, on simulated recordings whose true figures are known.

    python benchmarks/interval_coverage.py [--seed N ...] [--runs N] [--errors beta|negative-binomial|speakers]
        [--lengths SIGMA ...] [--spread S ...] [--numbers N ...] [--markdown]

Recordings have lognormal lengths (mean about 15 to 20 words; ``--lengths`` is the standard deviation of the
logarithm), a share of them has no error at all. With ``--errors beta`` the others have an error rate of their own,
drawn from a beta distribution (``--spread``: small for error rates that differ a lot, large for equal ones); one word
in fifty is inserted on top of an error. With ``negative-binomial`` the errors are Poisson with a rate from a gamma
distribution of the same spread, so that a recording may have more errors than words. With ``speakers`` there are n
speakers with 1 to 12 recordings each, whose rate is that of the speaker: blocks of very different size.

For each scenario it counts how often the interval of the pooled WER holds the true
value, how often that of the difference between two models does, and how often a difference is shown between two
equal ones; then the same for medians of latencies (lognormal, each recording with a delay of its own). Where there are
too few recordings in which two models differ, there is no interval: "told" is how often there is one, and a scenario
in which there are fewer than 50 counts as one that cannot be told.

Another distribution is a function of your own in ``ERRORS``, or in place of ``latencies_ms``. Ends with 1 where a
coverage, averaged over the scenarios of one n, is not within 91 to 98.5 %, or a false difference is shown in more than
6 % of the runs of one n; and names the single scenarios that are outside by more than chance (2.6 standard errors).
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ipyscribe.metrics import intervals, median_difference, median_interval

Array = np.ndarray[Any, Any]

NAMES = (
    "WER holds", "difference of WER holds", "difference of WER told", "difference shown between equals", "median holds",
    "difference of medians holds", "difference of medians shown between equals",
)  # fmt: skip
_OF_ERRORS = 4
HOLD, FALSE_ONES = (0, 1, 4, 5), (3, 6)
"""Which of ``NAMES`` say how often an interval holds, and which how often there is a false difference."""
FEWEST_TOLD = 50
NUMBERS = (6, 10, 20, 50, 100)
RATES = (0.03, 0.08, 0.2, 0.4)
PERFECT = (0.0, 0.3, 0.5, 0.7)
COVERAGE, FALSE = (0.91, 0.985), 0.06
WORSE = 1.3
DELAY_MS, SLOWER_MS = 400.0, 60.0


class Scenario(NamedTuple):
    """``n`` recordings; ``perfect`` of them, as a share, have no error."""

    n: int
    wer: float
    perfect: float
    lengths: float
    spread: float


def words(scenario: Scenario, runs: int, random: np.random.Generator) -> Array:
    """How many words each recording has, in each of ``runs`` evaluations."""
    return np.maximum(1, np.round(random.lognormal(2.7, scenario.lengths, (runs, scenario.n)))).astype(int)


def error_counts(scenario: Scenario, sizes: Array, perfect: Array, wer: float, random: np.random.Generator) -> Array:
    """Errors of one model in each recording; their expected pooled rate is ``wer``."""
    rate = wer / (1 - scenario.perfect) / 1.02
    rates = random.beta(rate * scenario.spread, (1 - rate) * scenario.spread, sizes.shape)
    errors = random.binomial(sizes, rates)
    return np.where(perfect, 0, errors + random.binomial(errors, 0.02))


def gamma_error_counts(
    scenario: Scenario, sizes: Array, perfect: Array, wer: float, random: np.random.Generator
) -> Array:
    """The same with errors that are negative binomial: Poisson with a rate from a gamma distribution."""
    rate = wer / (1 - scenario.perfect)
    shape = rate * scenario.spread
    return np.where(perfect, 0, random.poisson(sizes * random.gamma(shape, rate / shape, sizes.shape)))


def speakers(sizes: Array, random: np.random.Generator) -> Array:
    """How many words each speaker says in 1 to 12 recordings that are as long as ``sizes``."""
    return sizes * random.integers(1, 13, sizes.shape)


ERRORS = {"beta": error_counts, "negative-binomial": gamma_error_counts, "speakers": error_counts}


def latencies_ms(n: int, slower_ms: float, random: Any) -> tuple[list[Any], list[Any]]:
    """Latencies of the words of two models in each recording."""
    hard_ms = random.normal(0, 60, n)
    counts = np.maximum(1, np.round(random.lognormal(2.3, 0.6, n))).astype(int)

    def one(later_ms: float) -> list[Any]:
        own_ms = random.normal(0, 30, n)
        return [
            DELAY_MS + later_ms + hard_ms[index] + own_ms[index] + 120 * (random.lognormal(0, 0.6, count) - 1)
            for index, count in enumerate(counts)
        ]

    return one(0.0), one(slower_ms)


def word_errors(scenario: Scenario, runs: int, random: np.random.Generator, errors: str = "beta") -> list[int]:
    """In how many of ``runs`` each of the first ``NAMES`` comes about."""
    sizes = words(scenario, runs, random)
    if errors == "speakers":
        sizes = speakers(sizes, random)
    perfect = np.asarray(random.random(sizes.shape) < scenario.perfect)
    first, equal, worse = (
        ERRORS[errors](scenario, sizes, perfect, wer, random)
        for wer in (scenario.wer, scenario.wer, WORSE * scenario.wer)
    )
    interval = intervals.error_rate_bounds(first, sizes)
    difference = intervals.proportion_difference_ends(first, worse, sizes)
    of_equals = intervals.proportion_difference_ends(first, equal, sizes)
    without_0 = (of_equals.low > 0) | (of_equals.high < 0)
    shown = intervals.sign_flip_p_value((equal - first)[without_0], 0) <= 1 - intervals.LEVEL + 1e-9
    true_difference = (WORSE - 1) * scenario.wer
    return [
        int(each.sum())
        for each in (
            (interval.low <= scenario.wer) & (scenario.wer <= interval.high),
            (difference.low <= true_difference) & (true_difference <= difference.high),
            ~np.isnan(difference.low),
            shown,
        )
    ]


def medians(n: int, runs: int, random: np.random.Generator, true_ms: float) -> list[int]:
    """The same of medians."""
    hits = [0, 0, 0]
    for _ in range(runs):
        first, slower = latencies_ms(n, SLOWER_MS, random)
        interval = median_interval(first)
        hits[0] += interval.low <= true_ms <= interval.high
        difference = median_difference(first, slower)
        hits[1] += difference.low <= SLOWER_MS <= difference.high
        hits[2] += median_difference(*latencies_ms(n, 0.0, random)).shown
    return hits


def scenarios(n: int, lengths: list[float], spreads: list[float]) -> Iterator[Scenario]:
    """Those that can be: no recording with more errors than words."""
    for wer, perfect, length, spread in itertools.product(RATES, PERFECT, lengths, spreads):
        if WORSE * wer / (1 - perfect) < 0.9:
            yield Scenario(n, wer, perfect, length, spread)


def _table(rows: list[list[str]], markdown: bool) -> str:
    if markdown:
        return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _range(shares: Array) -> str:
    if not len(shares):
        return "cannot tell"
    ends = f" ({100 * shares.min():.1f} to {100 * shares.max():.1f})" if len(shares) > 1 else ""
    return f"{100 * shares.mean():.1f} %{ends}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, nargs="+", default=[0, 1], help="the runs are divided among them")
    parser.add_argument("--runs", type=int, default=1_000, help="simulated evaluations of each scenario")
    parser.add_argument("--medians", type=int, default=1_000, help="simulated evaluations of latencies; 0 for none")
    parser.add_argument("--errors", choices=list(ERRORS), default="beta")
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS, help="how many recordings")
    parser.add_argument("--lengths", type=float, nargs="+", default=[0.3, 0.8, 1.2])
    parser.add_argument("--spread", type=float, nargs="+", default=[8.0, 30.0])
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    true_ms = float(np.median(np.concatenate(latencies_ms(40_000, 0.0, np.random.default_rng(1))[0])))
    rows = [["n", *NAMES[: None if options.medians else _OF_ERRORS]]]
    runs = len(options.seed) * (options.runs // len(options.seed))
    bad, outside = False, list[str]()
    for n in options.numbers:
        cases = list(scenarios(n, options.lengths, options.spread))
        counts = np.sum([of_errors(cases, options, np.random.default_rng(seed)) for seed in options.seed], axis=0)
        told = counts[:, 2]
        shares = list(counts.T / runs)
        shares[1] = counts[told >= FEWEST_TOLD, 1] / told[told >= FEWEST_TOLD]
        shares += of_medians(n, options, true_ms)
        rows.append([str(n), *map(_range, shares)])
        means = [share.mean() if len(share) else COVERAGE[0] for share in shares]
        bad |= any(not COVERAGE[0] <= means[index] <= COVERAGE[1] for index in HOLD if index < len(means))
        bad |= any(means[index] > FALSE for index in FALSE_ONES if index < len(means))
        for scenario, (holds, difference_holds, is_told, _) in zip(cases, counts, strict=True):
            for name, held, among in (("WER", holds, runs), ("difference", difference_holds, is_told)):
                if among >= FEWEST_TOLD and _is_outside(held / among, among):
                    outside.append(f"{name} holds in {100 * held / among:.1f} % of {among}: {scenario}")
        print(_table([rows[0], rows[-1]], options.markdown), flush=True)
    print("\n" + _table(rows, options.markdown))
    print("\n" + "\n".join(["outside by more than chance:", *(outside or ["none"])]))
    print(f"\naims: {COVERAGE[0]:.0%} to {COVERAGE[1]:.1%} hold, a false difference in at most {FALSE:.0%}, ", end="")
    print(f"means of each n: {'MISSED' if bad else 'met'}")
    return int(bad)


def _is_outside(share: float, runs: int) -> bool:
    low, high = (2.6 * (limit * (1 - limit) / runs) ** 0.5 for limit in COVERAGE)
    return not COVERAGE[0] - low <= share <= COVERAGE[1] + high


def of_errors(cases: list[Scenario], options: argparse.Namespace, random: np.random.Generator) -> Array:
    """The counts of ``word_errors`` for each scenario, of the runs of one seed."""
    runs = options.runs // len(options.seed)
    return np.array([word_errors(scenario, runs, random, options.errors) for scenario in cases])


def of_medians(n: int, options: argparse.Namespace, true_ms: float) -> list[Array]:
    """The shares of ``medians``; none where there are no runs."""
    runs = options.medians // len(options.seed)
    if not runs:
        return []
    counts = np.sum([medians(n, runs, np.random.default_rng(seed), true_ms) for seed in options.seed], axis=0)
    return [np.array([count / (runs * len(options.seed))]) for count in counts]


if __name__ == "__main__":
    sys.exit(main())
