"""Whisper on CTranslate2, run on short segments of speech again and again.

Whisper was trained on 30 s windows and the encoder's cost grows with the window, whatever is spoken in it.
The encoder also accepts less: here a segment is padded with a few seconds of silence, at least to
``min_s``, and encoded as it is. A partial then costs a fraction of a full window, and the word error rate
does not suffer as long as the window does not get too short (below about 5 s the decoder begins to repeat
itself).

Words that have been committed as final are given to the decoder as a forced prefix, so that every later
hypothesis begins with them, or, where their sound is no longer in the segment, as the text that came before it.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ipyscribe.errors import MissingDependencyError
from ipyscribe.local.features import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats, log_mel
from ipyscribe.local.weights import Weights
from ipyscribe.local.word_times import count_with_sound
from ipyscribe.protocol.languages import WHISPER

MAX_WINDOW_S = 30.0

_ALIGN_GRID_MS = 20
_TOKENS_PER_SECOND = 5
_TOKENS_AT_LEAST = 5
_CONTEXT_TOKENS = 64
_FORCED_WORDS = 1
_NO_SPEECH_PROBABILITY = 0.6
_NO_SPEECH_LOG_PROBABILITY = -1.0
_COMPRESSION_RATIO = 2.4


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """What to spend on a hypothesis: silence after the speech and least window in s, beam width.

    Of speech whose words are committed, the last ``context_s`` are decoded again and what was before is left out.
    """

    pad_s: float
    min_s: float
    beam: int
    context_s: float = MAX_WINDOW_S


@dataclass(frozen=True, slots=True)
class Language:
    """A language's code, as in ``protocol.languages``, and how sure the model is of it, 0 to 1."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class HypothesisWord:
    """A word; times in ms from the start of the segment; ``confidence`` is the mean token probability."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The transcript of a segment of ``duration_ms``; one that is not ``credible`` must not be shown.

    ``cost_ms`` is about the processor time that it takes on an ordinary core. It follows from the window and the
    tokens alone, so that what is planned with it is the same on every machine, however busy.
    """

    words: tuple[HypothesisWord, ...]
    duration_ms: int
    credible: bool
    language: Language | None = None
    cost_ms: float = 0.0


class Recogniser:
    """A loaded model. Safe for several threads, each of which waits for its own hypothesis."""

    def __init__(self, weights: Weights, *, threads: int | None = None) -> None:
        """Load (about 0.6 s, 140 MB). ``threads`` hypotheses are worked on at a time, one core each.

        Each is finished before another begins: the model itself would work on all of them by turns, so that all are
        late.
        """
        try:
            import ctranslate2
            import tokenizers
        except ImportError as error:
            package = error.name or "ctranslate2"
            raise MissingDependencyError(package, purpose="The offline recogniser", extra="local") from error
        self.weights = weights
        threads = threads or min(4, os.cpu_count() or 1)
        self._free_threads = threading.Semaphore(threads)
        self._model: Any = ctranslate2.models.Whisper(
            str(weights.directory),
            device="cpu",
            compute_type="int8",
            intra_threads=1,
            inter_threads=threads,
        )
        self._storage: Any = ctranslate2.StorageView
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(weights.directory / "tokenizer.json"))
        token_id: Callable[[str], Any] = self._tokenizer.token_to_id
        self._token_id = token_id
        self._end: int = token_id("<|endoftext|>")

        self.languages: tuple[str, ...] = ("en",)
        """The codes of the languages that the model knows."""
        if self._model.is_multilingual:
            self.languages = tuple(code for code in WHISPER if token_id(f"<|{code}|>") is not None)

    def transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,
        prefix: tuple[HypothesisWord, ...] = (),
        languages: Sequence[str] = (),
    ) -> Hypothesis:
        """The words in ``samples`` (1-D, -1 to 1, 16 kHz, up to 30 s), beginning with those of ``prefix``.

        A multilingual model takes the speech for the likeliest of ``languages``, of all where there are none.
        """
        with self._free_threads:
            return self._transcribe(samples, decoding, prefix, languages)

    def _transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,
        prefix: tuple[HypothesisWord, ...],
        languages: Sequence[str],
    ) -> Hypothesis:
        duration_ms = 1000 * len(samples) // SAMPLE_RATE_HZ
        left_out = _left_out(prefix, duration_ms, decoding)
        offset_ms = prefix[left_out].start_ms if left_out else 0
        samples = samples[offset_ms * SAMPLE_RATE_HZ // 1000 :]
        window = self._window(samples, decoding)
        encoded = self._model.encode(self._storage.from_array(window))
        language = self._language(encoded, languages) if len(self.languages) > 1 else None
        start = self._start(language)
        context = [token for word in prefix[:left_out] for token in word.tokens][-_CONTEXT_TOKENS:]
        before = [self._token_id("<|startofprev|>"), *context] if context else []
        forced = [token for word in prefix[left_out:] for token in word.tokens]
        limit = max(int(_TOKENS_PER_SECOND * len(samples) / SAMPLE_RATE_HZ), len(forced)) + _TOKENS_AT_LEAST
        result = self._model.generate(
            encoded,
            [before + start + forced],
            beam_size=decoding.beam,
            max_length=min(max(2 * limit, len(before) + len(start) + limit), 448),  # CTranslate2 decodes half of it
            suppress_blank=not forced,
            return_scores=True,
        )[0]
        tokens = self._continued(forced, [token for token in result.sequences_ids[0] if token < self._end])
        cost_ms = _cost_ms(window.shape[2] * HOP_SAMPLES / SAMPLE_RATE_HZ, len(tokens), decoding.beam)
        if not tokens:
            return Hypothesis(prefix[:left_out], duration_ms, credible=True, language=language, cost_ms=cost_ms)
        aligned = self._align(encoded, start, tokens, len(samples))
        aligned = aligned[: count_with_sound(aligned, len(prefix) - left_out)]
        words = (*prefix[:left_out], *(_shifted(word, offset_ms) for word in aligned))
        unsure = result.scores[0] < _NO_SPEECH_LOG_PROBABILITY
        credible = not (unsure and self._is_silent(encoded, before + start)) and not _repeats(words)
        return Hypothesis(words, duration_ms, credible, language=language, cost_ms=cost_ms)

    def _start(self, language: Language | None) -> list[int]:
        names = ["<|startoftranscript|>"]
        if language is not None:
            names += [f"<|{language.code}|>", "<|transcribe|>"]
        return [self._token_id(name) for name in [*names, "<|notimestamps|>"]]

    def _is_silent(self, encoded: Any, prompt: list[int]) -> bool:
        """Whether the model takes it for silence. Asked apart, since each decoding that tells it takes longer."""
        [result] = self._model.generate(encoded, [prompt], beam_size=1, max_length=2, return_no_speech_prob=True)
        return bool(result.no_speech_prob > _NO_SPEECH_PROBABILITY)

    def _language(self, encoded: Any, languages: Sequence[str]) -> Language:
        languages = [code for code in languages if code in self.languages]
        if len(languages) == 1:
            return Language(languages[0], 1.0)
        detected = self._model.detect_language(encoded)[0]
        return likeliest_language({token.strip("<|>"): probability for token, probability in detected}, languages)

    def _continued(self, forced: list[int], tokens: list[int]) -> list[int]:
        """``forced`` and what follows it from the next word on: a committed word does not grow a tail."""
        if not forced:
            return tokens
        new = tokens[len(forced) :] if tokens[: len(forced)] == forced else tokens
        while new and not self._begins_word(new[0]):
            new = new[1:]
        return forced + new

    def _begins_word(self, token: int) -> bool:
        return bool(self._tokenizer.id_to_token(token).startswith("Ġ"))

    def _window(self, samples: Floats, decoding: DecodingOptions) -> Floats:
        seconds = max(len(samples) / SAMPLE_RATE_HZ + decoding.pad_s, decoding.min_s)
        length = int(min(np.ceil(seconds * 2) / 2, MAX_WINDOW_S) * SAMPLE_RATE_HZ)
        return log_mel(samples, self._model.n_mels, length=length)[np.newaxis]

    def _align(self, encoded: Any, start: list[int], tokens: list[int], samples: int) -> tuple[HypothesisWord, ...]:
        """Words with times and probabilities, from the decoder's cross-attention."""
        frames = max(2, samples // HOP_SAMPLES)
        start = start[:-1]  # CTranslate2 puts <|notimestamps|> there itself
        result = self._model.align(encoded, start, [tokens], frames, median_filter_width=7)[0]
        first_frame: dict[int, int] = {}
        for token, frame in result.alignments:
            first_frame.setdefault(token, frame)
        duration_ms = 1000 * samples // SAMPLE_RATE_HZ
        spans = self._spans(tokens)
        words = []
        for begin, end in spans:
            start_ms = min(first_frame.get(begin, 0) * _ALIGN_GRID_MS, duration_ms)
            end_ms = min(first_frame.get(end, frames) * _ALIGN_GRID_MS, duration_ms)
            text = self._tokenizer.decode(tokens[begin:end]).strip()
            probability = float(np.mean(result.text_token_probs[begin:end]))
            words.append(HypothesisWord(text, start_ms, max(start_ms, end_ms), probability, tuple(tokens[begin:end])))
        return tuple(word for word in words if word.text)

    def _spans(self, tokens: list[int]) -> list[tuple[int, int]]:
        """Index ranges of the words: a token that begins with a space begins a word."""
        begins = [index for index, token in enumerate(tokens) if index == 0 or self._begins_word(token)]
        return list(zip(begins, [*begins[1:], len(tokens)], strict=True))


def likeliest_language(probabilities: Mapping[str, float], languages: Sequence[str]) -> Language:
    """The likeliest of ``languages``, or of all where there are none, and its share of their probabilities."""
    candidates = {code: probabilities.get(code, 0.0) for code in languages} or dict(probabilities)
    code = max(candidates, key=lambda candidate: candidates[candidate])
    return Language(code, round(candidates[code] / (sum(candidates.values()) or 1.0), 4))


def _cost_ms(window_s: float, tokens: int, beam: int) -> float:
    """Of encoding, decoding and aligning with tiny.en on one core, as measured: about right is enough."""
    return 50 + 14 * window_s + 10 * tokens * (0.9 + 0.1 * beam)


def _left_out(prefix: tuple[HypothesisWord, ...], duration_ms: int, decoding: DecodingOptions) -> int:
    """How many committed words to leave out together with their sound: all but the last few and the context."""
    latest_ms = duration_ms - 1000 * decoding.context_s
    count = len(prefix) - _FORCED_WORDS
    while count > 0 and prefix[count].start_ms > latest_ms:
        count -= 1
    return max(count, 0)


def _shifted(word: HypothesisWord, offset_ms: int) -> HypothesisWord:
    return replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms)


def _repeats(words: tuple[HypothesisWord, ...]) -> bool:
    """Whether the text is a loop: it compresses better than language does (Whisper's own measure)."""
    text = " ".join(word.text for word in words).encode()
    return len(text) > 40 and len(text) / len(zlib.compress(text)) > _COMPRESSION_RATIO
