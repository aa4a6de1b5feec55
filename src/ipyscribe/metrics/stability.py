"""How stable a live transcript is on screen: words that change after they were shown, and gaps without new text.

These figures depend on what is shown more than on any setting of a model: they hold for a reader who sees every text
as it arrives. ``stable_commit`` shows less, and later; measure its result to compare.

All use the distinct texts of each turn, in words as written; with ``ignore_formatting``, changes of case and
punctuation do not count. A turn that was withdrawn entirely leaves no trace in a transcript.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import pairwise

from msgspec.structs import replace

from ipyscribe.errors import MetricError, ParameterError
from ipyscribe.metrics.letters import plain
from ipyscribe.metrics.time_ranges import Speech, check_speech
from ipyscribe.protocol.python_values import python_values
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Partial, Transcript, Turn, Word


@dataclass(frozen=True, slots=True)
class Stability:
    """Counts over the ended turns, and their ratios: 0 is perfectly stable, and only ``revised_turn_share`` is at
    most 1."""

    turns: int = 0
    revised_turns: int = 0
    revisions: int = 0
    final_words: int = 0
    shown_words: int = 0
    changed_words: int = 0
    unstable_words: int = 0
    erased_words: int = 0

    def __add__(self, other: Stability) -> Stability:
        return Stability(
            *(count + other_count for count, other_count in zip(astuple(self), astuple(other), strict=True))
        )

    @property
    def churn(self) -> float:
        """Screen churn = changes of words that were shown / words that were shown.

        AssemblyAI's real-time-dictation-tester: each word position whose word differs from the previous text is a
        change, and each position by which the turn grew is a word shown. A word inserted in front changes all after
        it.
        """
        return self.changed_words / self._nonzero(self.shown_words)

    @property
    def unstable_word_ratio(self) -> float:
        """Words that the next text replaced or removed / words of the finals.

        After the unstable partial word ratio (UPWR) of Shangguan et al. 2020, arXiv 2006.01416. It counts all
        words from the first that differs on, except a last word that only grew ("some" to "something"): the rule
        and the denominator of a published implementation (``StreamingStableMetricOneSample``). The paper's own
        definition was not accessible, and other implementations count words that the final lacks, or divide by the
        words shown; hence the different name.
        """
        return self.unstable_words / self._nonzero(self.final_words)

    @property
    def revised_turn_share(self) -> float:
        """Turns with at least one revision / turns: 0 to 1. One interpretation of the unstable partial segment
        ratio (UPSR) of Shangguan et al. 2020; the other is ``revisions_per_turn``.
        """
        return self.revised_turns / self._nonzero(self.turns)

    @property
    def revisions_per_turn(self) -> float:
        """Texts that removed a word of the previous text / turns: the UPSR of the implementation named above."""
        return self.revisions / self._nonzero(self.turns)

    @property
    def normalised_erasure(self) -> float:
        """NE = sum of (words of a text - length of its common prefix with the next text) / words of the finals.

        Arivazhagan et al., "Re-translation versus Streaming for Simultaneous Translation", IWSLT 2020, where
        below 0.2 counts as few revisions; FBK's simulstream documents the same, deleted tokens / final tokens.
        """
        return self.erased_words / self._nonzero(self.final_words)

    @staticmethod
    def _nonzero(count: int) -> int:
        if not count:
            raise MetricError(
                "Stability is not defined for a transcript without a word in an ended turn.",
                advice="Measure a session in which a turn has ended.",
            )
        return count


def stability(transcript: Transcript, *, ignore_formatting: bool = False) -> Stability:
    """Count the changes in the ended turns of ``transcript``."""
    total = [0] * 8
    for turn in transcript.turns:
        if turn.ended and turn.is_speech:
            for index, value in enumerate(_counts(_texts(turn, ignore_formatting))):
                total[index] += value
    return Stability(*total)


def dead_air_ms(transcript: Transcript, sent: SendTimes, *, speech: Speech | None = None) -> float:
    """Dead air: the longest time without a new text while someone speaks, in ms.

    Speech is the time ranges of ``speech``, or each turn from its first to its last word, at the times at which its
    audio was sent; the time from its start to the first text and from the last text to its end counts too.
    The name is that of AssemblyAI's real-time-dictation-tester, which counts between texts only. 0 without speech.
    """
    check_speech(speech)
    turns = [turn for turn in transcript.turns if turn.is_speech and turn.words]
    arrivals_s = sorted(partial.arrival.monotonic_s for turn in turns for partial in turn.history)
    longest_s = 0.0
    for start_ms, end_ms in speech if speech is not None else [(turn.start_ms, turn.end_ms) for turn in turns]:
        start_s, end_s = sent.at(start_ms), sent.at(end_ms)
        during_s = arrivals_s[bisect_right(arrivals_s, start_s) : bisect_left(arrivals_s, end_s)]
        longest_s = max(longest_s, *(after - before for before, after in pairwise([start_s, *during_s, end_s])))
    return 1000 * longest_s


def stable_commit(transcript: Transcript, agreeing: int) -> Transcript:
    """``transcript`` as a reader would have seen it if each word were shown only once it is stable.

    A word is shown once the last ``agreeing`` distinct texts of the open turn have the same words up to it, and
    does not change before the final (LocalAgreement-n, Macháček et al. 2023). Measure the result like any other
    transcript. Raises ``ParameterError``.
    """
    agreeing = python_values(agreeing)
    if isinstance(agreeing, bool) or not isinstance(agreeing, int) or agreeing < 1:
        raise ParameterError(f"agreeing={agreeing!r} cannot be used.", advice="Give a number of texts from 1.")
    return transcript.with_turns(tuple(replace(turn, history=_held_back(turn, agreeing)) for turn in transcript.turns))


def _held_back(turn: Turn, agreeing: int) -> tuple[Partial, ...]:
    shown: list[Partial] = []
    released: list[str] = []
    words: list[Word] = []
    texts = [partial.text.split() for partial in turn.history]
    for number, partial in enumerate(turn.history):
        if turn.final is not None and partial.arrival.monotonic_s >= turn.final.monotonic_s:
            shown.append(partial)
            continue
        window = texts[max(number - agreeing + 1, 0) : number + 1]
        stable = min(_common_prefix(text, texts[number]) for text in window) if len(window) == agreeing else 0
        if stable > len(released):
            if len(partial.words) == len(texts[number]):
                words += partial.words[len(released) : stable]
            released += texts[number][len(released) : stable]
            shown.append(Partial(" ".join(released), tuple(words), partial.arrival))
    return tuple(shown)


def _texts(turn: Turn, ignore_formatting: bool) -> list[list[str]]:
    texts = [partial.text.split() for partial in turn.history]
    final = turn.text.split()
    if not texts or texts[-1] != final:
        texts.append(final)
    return [[plain(word) or word for word in text] for text in texts] if ignore_formatting else texts


def _counts(texts: list[list[str]]) -> Iterator[int]:
    shown = changed = unstable = erased = revisions = 0
    for before, after in pairwise(([], *texts)):
        prefix = _common_prefix(before, after)
        removed = len(before) - prefix
        grown = removed == 1 and len(after) >= len(before) and after[prefix].startswith(before[prefix])
        shown += max(0, len(after) - len(before))
        changed += sum(old != new for old, new in zip(before, after, strict=False))
        erased += removed
        unstable += 0 if grown else removed
        revisions += removed > 0 and not grown
    yield from (1, int(revisions > 0), revisions, len(texts[-1]), shown, changed, unstable, erased)


def _common_prefix(first: list[str], second: list[str]) -> int:
    """The length of the common prefix of the two, in words."""
    return next(
        (index for index, (word, other) in enumerate(zip(first, second, strict=False)) if word != other),
        min(len(first), len(second)),
    )
