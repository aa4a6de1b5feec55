"""From samples to turns: what one connection's worker thread does, without threads or sockets.

Speech is transcribed again and again while a turn grows (greedy, short window: cheap), and once with more care in
each pause (beam search, longer window). Where greedy passes do not agree on a word, the next one is a beam search
too. Where that of a pause has a phrase twice in a row or passes over speech, one of the full window decides, which
does neither by itself. The careful pass in a pause begins 0.29 s into the silence, so that it is done when the silence
has lasted long enough to end the turn. While audio waits there are only the passes that are needed to detect the end
of a turn. Sound whose words are committed is not decoded again, except the last few seconds of it.

**The same sound becomes the same words**: when a pass begins follows from the sound and from what passes cost on an
ordinary core, not from what they take, unless this machine is too slow or too busy for that.

**Final words are never taken back.** ``local_agreement`` decides which words are committed. From then on the decoder
must begin with them, so ``is_final`` words stay in the turn, in position and spelling, until its end.
``benchmarks/recogniser.py`` measures what that costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ipyscribe.local.engine import DecodingOptions, Hypothesis, HypothesisWord, Language
from ipyscribe.local.features import Floats
from ipyscribe.local.local_agreement import LocalAgreement, repeats_phrase
from ipyscribe.local.recognition_events import Event, Silence, Turn, Word
from ipyscribe.local.turns import Step, TurnDetector, TurnSettings, cut_index
from ipyscribe.local.vad import FRAME_SAMPLES, VoiceDetector
from ipyscribe.local.word_times import FRAME_MS, voiced_spans

GREEDY = DecodingOptions(pad_s=2.0, min_s=5.0, beam=1, context_s=2.2)
BEAM_SHORT_WINDOW = replace(GREEDY, beam=3)
BEAM = DecodingOptions(pad_s=4.0, min_s=8.0, beam=4, context_s=4.0)
BEAM_FULL_WINDOW = DecodingOptions(pad_s=30.0, min_s=30.0, beam=5)

PRE_ROLL_MS = 320
SHARE = 0.104
"""Of one core, for passes between pauses: one that costs 0.104 s is followed by 0.896 s without."""
MAX_REST_MS = 2200
"""The longest wait after a pass, however much it cost: words would be committed late."""
SLOWDOWN = 3
"""Where passes take more than so many times what they cost, there are fewer of them."""
BEHIND_S = 1.0
"""While more sound than this waits, there are only the passes that the end of a turn needs, and a partial each
``BEHIND_INTERVAL_MS``."""
BEHIND_INTERVAL_MS = 2000
LULL_MS = 2 * FRAME_MS
"""After so much silence no partial is made: either speech goes on at once, or the careful pass is near."""
UNCOVERED_MS = 600
"""A beam search that leaves so much speech at the end without a word has stopped too soon, as it may after committed
words; a greedy pass goes on."""
LONGEST_WORD_MS = 1400
"""A word with more speech than this has passed over others."""

_WORDS_PER_SECOND = 7


class SpeechRecogniser(Protocol):
    """What a stream needs from a recogniser."""

    def transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,
        prefix: tuple[HypothesisWord, ...] = (),
        languages: Sequence[str] = (),
    ) -> Hypothesis:
        """See ``engine.Recogniser.transcribe``."""
        ...


class SpeechStream:
    """One stream of 16 kHz samples and its turns. Use from one thread."""

    def __init__(
        self,
        recogniser: SpeechRecogniser,
        network: Any,
        settings: TurnSettings | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._recogniser = recogniser
        self._voice = VoiceDetector(network)
        self._detector = TurnDetector(settings or TurnSettings())
        self._clock = clock
        self._remainder = np.zeros(0, np.float32)
        self._frames: list[Floats] = []
        self._voiced: list[bool] = []
        self._first_ms = 0
        self._cut_ms = 0
        self._order = 0
        self._max_probability = 0.0
        self._silence_since_ms = 0
        self._begin_turn()

    def take_max_probability(self) -> float:
        """The highest speech probability since this was last called."""
        highest, self._max_probability = self._max_probability, 0.0
        return highest

    def update(self, settings: TurnSettings) -> None:
        """Use other settings for the audio that comes from now on."""
        self._detector.settings = settings

    @property
    def settings(self) -> TurnSettings:
        """The settings in force."""
        return self._detector.settings

    def accept(self, samples: Floats, *, waiting_s: float = 0.0) -> Iterator[Event]:
        """Take the next samples (1-D, -1 to 1); gives turns as they grow and end, and silences.

        ``waiting_s`` is how much sound after ``samples`` has come already.
        """
        joined = np.concatenate([self._remainder, samples])
        whole = len(joined) - len(joined) % FRAME_SAMPLES
        self._remainder = joined[whole:]
        probabilities = self._voice.probabilities(joined[:whole])
        for begin, probability in zip(range(0, whole, FRAME_SAMPLES), probabilities, strict=True):
            yield from self._frame(joined[begin : begin + FRAME_SAMPLES], probability)
            turn = self._revise(behind=waiting_s > BEHIND_S)
            if turn:
                yield turn

    def _revise(self, *, behind: bool) -> Turn | None:
        """Transcribe the open turn again if it is time to; the turn if that changed it."""
        detector = self._detector
        if detector.onset_ms is None or detector.settled:
            return None
        if behind and detector.now_ms - self._transcribed_ms < BEHIND_INTERVAL_MS:
            return None
        if detector.pausing:
            turn = self._transcribe_pause()
            detector.settle(self._text())
            return turn
        spoken_ms, first_ms = detector.now_ms - detector.onset_ms, detector.settings.first_partial_ms
        if first_ms is None or spoken_ms < first_ms or detector.now_ms < self._next_partial_ms:
            return None
        if self._shown and detector.silence_ms >= LULL_MS:
            return None
        overdue = self._agreement.overdue(len(self._frames) * FRAME_MS, self.settings)
        return self._transcribe(BEAM_SHORT_WINDOW if overdue else GREEDY)

    def force(self) -> Iterator[Turn]:
        """End the open turn now."""
        if self._detector.onset_ms is None:
            return
        if not self._detector.settled:
            self._transcribe(BEAM)
        yield from self._end(len(self._words))

    def finish(self) -> Iterator[Event]:
        """No more audio will come: end the open turn."""
        if len(self._remainder):
            frame = np.pad(self._remainder, (0, FRAME_SAMPLES - len(self._remainder)))
            self._remainder = frame[:0]
            [probability] = self._voice.probabilities(frame)
            yield from self._frame(frame, probability)
        yield from self.force()

    def _frame(self, samples: Floats, probability: float) -> Iterator[Event]:
        self._max_probability = max(self._max_probability, probability)
        before_ms = self._detector.speech_end_ms
        step = self._detector.frame(probability)
        self._frames.append(samples)
        self._voiced.append(self._detector.speech_end_ms > before_ms)
        if step is Step.BEGIN:
            self._begin_turn()
            self._speech_confidence = round(probability, 4)
        elif step is Step.SETTLE:
            turn = self._transcribe_pause()
            step = self._detector.settle(self._text())
            if turn and step is not Step.END:
                yield turn
        if step is Step.END:
            yield from self._end(len(self._words))
        elif step is Step.CUT:
            yield from self._cut()
        elif self._detector.onset_ms is None:
            self._discard_frames(self._detector.now_ms - PRE_ROLL_MS - FRAME_MS)
            yield from self._silence()

    def _silence(self) -> Iterator[Silence]:
        every_ms, now_ms = self._detector.settings.silence_every_ms, self._detector.now_ms
        if every_ms is not None and now_ms - self._silence_since_ms >= every_ms:
            yield Silence(self._silence_since_ms, now_ms)
            self._silence_since_ms = now_ms

    def _begin_turn(self) -> None:
        self._words: tuple[HypothesisWord, ...] = ()
        self._agreement = LocalAgreement()
        self._language: Language | None = None
        self._shown: list[tuple[str, bool]] = []
        self._next_partial_ms = 0
        self._transcribed_ms = -BEHIND_INTERVAL_MS
        self._speech_confidence = 1.0

    def _turn(
        self, words: tuple[HypothesisWord, ...], final: int, *, ended: bool = False, paused: bool = False
    ) -> Turn:
        return Turn(
            self._order,
            self._on_session_clock(words, final),
            ended,
            paused,
            onset_ms=self._detector.onset_ms or 0,
            speech_confidence=self._speech_confidence,
            language=self._language.code if self._language else None,
            language_confidence=self._language.confidence if self._language else 1.0,
        )

    def _transcribe_pause(self) -> Turn | None:
        """Transcribe the open turn with a beam; where pauses settle words, the turn even if nothing changed."""
        turn = self._transcribe(BEAM, paused=True)
        if not self._detector.settings.settle_in_pauses or not self._words:
            return turn
        self._agreement.settle()
        return self._turn(self._words, len(self._words), paused=True)

    def _transcribe(self, decoding: DecodingOptions, *, paused: bool = False) -> Turn | None:
        """Transcribe the whole open turn; the turn if a reader would see a difference."""
        began = self._clock()
        hypothesis = self._hypothesis(decoding)
        cost_ms = hypothesis.cost_ms
        if decoding.beam > 1 and self._doubtful(hypothesis):
            hypothesis = self._hypothesis(BEAM_FULL_WINDOW)
            cost_ms += hypothesis.cost_ms
        elif decoding.beam > 1 and self._voiced_after(hypothesis) >= UNCOVERED_MS:
            greedy = self._hypothesis(replace(decoding, beam=1))
            cost_ms += greedy.cost_ms
            hypothesis = max(hypothesis, greedy, key=lambda each: len(each.words) if self._plausible(each) else 0)
        self._transcribed_ms = self._detector.now_ms
        rest_ms = self._rest_ms(cost_ms, 1000 * (self._clock() - began) / SLOWDOWN)
        self._next_partial_ms = self._detector.now_ms + int(max(self.settings.interval_ms, rest_ms))
        if not self._plausible(hypothesis):
            return None
        if not self._agreement.final:
            self._language = hypothesis.language
        self._agreement.add(hypothesis, self.settings, beam=decoding.beam > 1, paused=paused)
        self._words = hypothesis.words
        turn = self._turn(self._words, len(self._agreement.final), paused=paused)
        shown = [(word.text, word.is_final) for word in turn.words]
        if shown == self._shown:
            return None
        self._shown = shown
        return turn

    def _rest_ms(self, cost_ms: float, slowed_ms: float) -> float:
        """How long to wait after a pass; ``slowed_ms``, what it took, is more than it cost on a slow machine."""
        if not self._shown:
            return max(cost_ms, slowed_ms)
        return slowed_ms / SHARE if slowed_ms > cost_ms else min(MAX_REST_MS, cost_ms / SHARE)

    def _hypothesis(self, decoding: DecodingOptions) -> Hypothesis:
        """Of the whole open turn. Its language stays what it is once a word is committed."""
        languages = self.settings.languages
        if self._agreement.final and self._language:
            languages = (self._language.code,)
        return self._recogniser.transcribe(np.concatenate(self._frames), decoding, self._agreement.final, languages)

    def _plausible(self, hypothesis: Hypothesis) -> bool:
        voiced_s = sum(self._voiced) * FRAME_MS / 1000
        return hypothesis.credible and len(hypothesis.words) <= 2 + _WORDS_PER_SECOND * voiced_s

    def _doubtful(self, hypothesis: Hypothesis) -> bool:
        """Whether a decoder may have gone astray: not plausible, a phrase twice, or speech passed over."""
        voiced_ms = (
            FRAME_MS * sum(self._voiced[w.start_ms // FRAME_MS : w.end_ms // FRAME_MS]) for w in hypothesis.words
        )
        longest_ms = max(voiced_ms, default=0)
        return not self._plausible(hypothesis) or repeats_phrase(hypothesis.words) or longest_ms >= LONGEST_WORD_MS

    def _voiced_after(self, hypothesis: Hypothesis) -> int:
        """Milliseconds of speech after the last word."""
        end_ms = hypothesis.words[-1].end_ms if hypothesis.words else 0
        return sum(self._voiced[end_ms // FRAME_MS :]) * FRAME_MS

    def _end(self, count: int) -> Iterator[Turn]:
        """End the turn after ``count`` words. One without a recognised word leaves no trace."""
        turn = self._turn(self._words[:count], count, ended=True)
        if turn.words or self._shown:
            yield turn
            self._order += 1
        self._silence_since_ms = self._detector.now_ms
        if count == len(self._words):
            self._discard_frames(min(self._detector.speech_end_ms + 2 * FRAME_MS, self._detector.now_ms))
            self._detector.close()
        self._begin_turn()

    def _cut(self) -> Iterator[Turn]:
        self._transcribe(BEAM)
        if not self._words:
            yield from self._end(0)
            return
        length_ms = len(self._frames) * FRAME_MS
        count = cut_index(self._words, len(self._agreement.final), length_ms)
        following = self._words[count:]
        cut_ms = self._first_ms + (following[0].start_ms if following else length_ms)
        yield from self._end(count)
        if following:
            self._cut_ms = cut_ms
            self._discard_frames(cut_ms)
            self._detector.cut(self._first_ms)

    def _discard_frames(self, until_ms: int) -> None:
        """Let go of whole frames before ``until_ms``."""
        count = min(max(0, (until_ms - self._first_ms) // FRAME_MS), len(self._frames))
        del self._frames[:count]
        del self._voiced[:count]
        self._first_ms += count * FRAME_MS

    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    def _on_session_clock(self, words: tuple[HypothesisWord, ...], final: int) -> tuple[Word, ...]:
        """Shift to the session's clock, and shrink each word to the voiced frames within it."""
        spans = voiced_spans(words, self._voiced, self._cut_ms - self._first_ms)
        return tuple(
            Word(
                word.text,
                self._first_ms + start_ms,
                self._first_ms + end_ms,
                round(word.confidence, 4),
                is_final=index < final,
            )
            for index, (word, (start_ms, end_ms)) in enumerate(zip(words, spans, strict=True))
        )
