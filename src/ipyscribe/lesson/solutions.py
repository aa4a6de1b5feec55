"""The answers to the lessons' exercises, computed from the tapes that the lessons use."""

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
"""A turn that ends at least this far inside an utterance has cut the speaker off."""


@dataclass(frozen=True, slots=True)
class Solution:
    """``answer()`` computes it, ``because`` explains it, ``hint`` helps; a number may be off by ``within``."""

    answer: Callable[[], Any]
    because: str
    hint: str
    within: float = 0.0


def lanes(name: str) -> dict[str, Lane]:
    """The lanes of one of the lessons' tapes by their labels, without "(simulated)"."""
    opened = tape(name)
    return {lane.manifest.title: lane for lane in opened.lanes}


def cuts(turns: tuple[Turn, ...]) -> int:
    """How many turns end in the middle of an utterance of the sample."""
    spoken = sample_reference()
    return sum(
        any(each.start_ms + _INSIDE_MS < turn.end_ms < each.end_ms - _INSIDE_MS for each in spoken) for turn in turns
    )


def _versions() -> int:
    return len(lanes("models")["tiny.en"].transcript.turns[5].history)


def _taken_back() -> int:
    """Words of the immutable model that were final and became a different word in a later version."""
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
    "words-1": Solution(_versions, "Each version was on the screen until the next one arrived.", "len(turn.history)"),
    "words-2": Solution(
        _taken_back,
        "A final word is never replaced; only its formatting may still change.",
        "Go through the versions of each turn, and compare each final word with that of the next version.",
    ),
    "late-1": Solution(
        _slowest_word_ms,
        "The median hides it, but a reader notices it.",
        "max(each.value_ms for each in metrics.word_emission_ms(...)), in ms.",
        within=50,
    ),
    "late-2": Solution(
        _soonest_end,
        "It is the quickest to decide that a turn is over, so it also cuts speakers off most often.",
        "Compute the median of metrics.eot_ms(...) for each lane, and give the label of the smallest.",
    ),
    "turns-1": Solution(
        _more_turns, "It is the same speech, cut into more pieces.", "Subtract the smallest number from the largest."
    ),
    "turns-2": Solution(
        _fewest_cuts,
        "A longer silence cuts less, but everybody waits longer.",
        "Take the smallest number of cuts that was printed.",
    ),
    "wrong-1": Solution(
        lambda: 0.6,
        "Two substitutions and one insertion for five words of the reference: 3 / 5.",
        "Add up the changes, divide by the words of the reference, and give the rate from 0 to 1.",
        within=0.005,
    ),
    "wrong-2": Solution(
        lambda: 2 / 7,
        "One character was substituted and one left out, of seven.",
        "Divide the changed characters by the characters of the reference.",
        within=0.005,
    ),
    "better-1": Solution(
        _difference_shown,
        "These recordings cannot say more than the interval does.",
        'print(difference) says it in words; answer "yes" or "no".',
    ),
    "better-2": Solution(
        _month_usd,
        "An open session is billed whether anybody speaks or not.",
        "Multiply the hours by the price per hour.",
        within=0.01,
    ),
    "broken-1": Solution(
        lambda: 2, "Each lost connection leaves a seam, and no word appears twice.", "Count the marks of the kind seam."
    ),
    "broken-2": Solution(
        _night_usd, "Silence costs as much as speech.", "Multiply eight hours by the price per hour.", within=0.01
    ),
}
