"""What the exercises of the lessons have as their answers, found on the tapes that the lessons look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ipyscribe import metrics
from ipyscribe.audio import sample_reference
from ipyscribe.lesson.shipped_tapes import tape
from ipyscribe.metrics.letters import plain
from ipyscribe.protocol import models
from ipyscribe.tape import Lane
from ipyscribe.transcript import Turn

_INSIDE_MS = 300.0
"""A turn that ends this far inside what somebody says has cut it off."""


@dataclass(frozen=True, slots=True)
class Solution:
    """``answer`` finds it; a number may be off by ``within``. ``because`` explains it, ``hint`` helps to find it."""

    answer: Callable[[], Any]
    because: str
    hint: str
    within: float = 0.0


def lanes(name: str) -> dict[str, Lane]:
    """The lanes of a tape of the lessons by their labels, without "(simulated)"."""
    opened = tape(name)
    return {lane.manifest.title: lane for lane in opened.lanes}


def cuts(turns: tuple[Turn, ...]) -> int:
    """How many turns end in the middle of what a speaker of the sample says."""
    spoken = sample_reference()
    return sum(
        any(each.start_ms + _INSIDE_MS < turn.end_ms < each.end_ms - _INSIDE_MS for each in spoken) for turn in turns
    )


def _versions() -> int:
    return len(lanes("models")["tiny.en"].transcript.turns[5].history)


def _taken_back() -> int:
    """Words of the immutable model that were final and are another word in a later version."""
    count = 0
    for turn in lanes("models")["immutable"].transcript.turns:
        for before, after in pairwise(turn.history):
            words = [word.text for word in after.words]
            final = [word.text for word in before.words if word.is_final]
            count += sum(plain(one) != plain(other) for one, other in zip(final, words, strict=False))
    return count


def _slowest_word_ms() -> float:
    lane = lanes("models")["tiny.en"]
    return max(each.value_ms for each in metrics.word_emission_ms(lane.transcript, lane.sent))


def _soonest_end() -> str:
    ends = {
        name: median(each.value_ms for each in metrics.eot_ms(lane.transcript, lane.sent))
        for name, lane in lanes("models").items()
    }
    return min(ends, key=lambda name: ends[name])


def _more_turns() -> int:
    counts = [len(lane.transcript) for lane in lanes("silences").values()]
    return max(counts) - min(counts)


def _fewest_cuts() -> int:
    return min(cuts(lane.transcript.turns) for lane in lanes("silences").values())


def _difference_shown() -> str:
    reference = [turn.text for turn in sample_reference()]
    by = metrics.normaliser("en")
    first, second = (
        metrics.errors_by_line(reference, lanes("models")[name].transcript.text, by)
        for name in ("tiny.en", "pocketsphinx")
    )
    return "yes" if metrics.wer_difference(first, second).shown else "no"


def _month_usd() -> float:
    return 30 * (models()["u3-rt-pro"].price_per_hour_usd or 0.0)


def _night_usd() -> float:
    return 8 * (models()["universal-streaming-english"].price_per_hour_usd or 0.0)


SOLUTIONS: dict[str, Solution] = {
    "words-1": Solution(_versions, "Each version was on the screen until the next one came.", "len(turn.history)"),
    "words-2": Solution(
        _taken_back,
        "A word that is final is never taken back; only formatting still touches it.",
        "Go through the versions of each turn, and compare each final word with that of the next version.",
    ),
    "late-1": Solution(
        _slowest_word_ms,
        "The median hides it, and a reader does not overlook it.",
        "max(each.value_ms for each in metrics.word_emission_ms(...)), in ms.",
        within=50,
    ),
    "late-2": Solution(
        _soonest_end,
        "It believes soonest that a turn is over, so its turns are also the shortest.",
        "The smallest median of eot_ms; give the name without (simulated).",
    ),
    "turns-1": Solution(_more_turns, "The same words, cut into more pieces.", "The largest number less the smallest."),
    "turns-2": Solution(_fewest_cuts, "More patience cuts less, and waits longer.", "The smallest number of cuts."),
    "wrong-1": Solution(
        lambda: 0.6,
        "Two substitutions and one insertion on five words of the reference: 3 / 5.",
        "Count S, D and I over the words of the reference, and give the rate from 0 to 1.",
        within=0.005,
    ),
    "wrong-2": Solution(
        lambda: 2 / 7,
        "One character substituted and one left out, of seven.",
        "Count characters: the rate is edits / characters of the reference.",
        within=0.005,
    ),
    "better-1": Solution(
        _difference_shown,
        "What the interval says is all that these recordings can say.",
        'str(difference) says it in words; answer "yes" or "no".',
    ),
    "better-2": Solution(
        _month_usd, "An open session is billed whether anybody speaks or not.", "Hours times the price.", within=0.01
    ),
    "broken-1": Solution(
        lambda: 2, "Each loss is a seam; no settled word is said twice.", "Count the marks of the kind seam."
    ),
    "broken-2": Solution(
        _night_usd, "Silence costs what speech costs.", "Eight hours times the price of an hour.", within=0.01
    ),
}
