"""pocketsphinx, the classical contrast: a hidden Markov model, a dictionary and trigrams instead of a network.

It gets about every second word of free speech right, and is here so that a comparison has something to show.
It decodes as the sound comes: each call continues where the last one stopped. The second pass over a whole
utterance is left out, because it would hold up everything for up to 2 s, and without it there are no
confidences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ipyscribe.errors import MissingDependencyError
from ipyscribe.local.engine import DecodingOptions, Hypothesis, HypothesisWord
from ipyscribe.local.features import SAMPLE_RATE_HZ, Floats
from ipyscribe.local.loading import SessionWorker
from ipyscribe.local.vad import load_voice_network

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters
    from ipyscribe.local.recognition_events import Event

SPHINX = "pocketsphinx"
_FRAME_MS = 10
_SAME_SAMPLES = 400


class SphinxRecognition:
    """A decoder for each session, and the voice detector that all share."""

    has_diarization = False
    languages = ("en",)

    def __init__(self) -> None:
        """Takes about 0.5 s. Raises ``MissingDependencyError``."""
        self.network: Any = load_voice_network()
        Sphinx()

    def worker(
        self,
        parameters: Parameters,
        emit: Callable[[Event], None],
        finished: Callable[[Exception | None], None],
    ) -> SessionWorker:
        """A worker for one session, not started yet."""
        from ipyscribe.local.worker import Worker

        return Worker(Sphinx(), self.network, parameters, emit, finished)


class Sphinx:
    """Decodes one segment of speech as it grows, then the next. Use from one thread."""

    def __init__(self) -> None:
        """Load (about 0.3 s, 90 MB)."""
        try:
            import pocketsphinx
        except ImportError:
            raise MissingDependencyError(SPHINX, purpose="The classical recogniser", extra="sphinx") from None
        self._decoder: Any = pocketsphinx.Decoder(fwdflat=False, bestpath=False, loglevel="FATAL")
        self._first = np.zeros(0, np.float32)
        self._done = 0
        self._open = False

    def transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,  # noqa: ARG002 - every call continues the one search
        prefix: tuple[HypothesisWord, ...] = (),
        languages: Sequence[str] = (),  # noqa: ARG002 - its model is English
    ) -> Hypothesis:
        """The words in ``samples`` (1-D, -1 to 1, 16 kHz), beginning with those of ``prefix``."""
        if not self._goes_on(samples):
            self._begin(samples)
        new = samples[self._done :]
        if len(new):
            pcm = (new * 32767).astype("<i2").tobytes()
            self._decoder.process_raw(pcm)
            self._done = len(samples)
        kept_ms = prefix[-1].end_ms if prefix else 0
        words = [word for word in self._words() if not prefix or (word.start_ms + word.end_ms) / 2 > kept_ms]
        duration_ms = 1000 * len(samples) // SAMPLE_RATE_HZ
        return Hypothesis((*prefix, *words), duration_ms, credible=True)

    def _goes_on(self, samples: Floats) -> bool:
        return self._open and len(samples) >= self._done and np.array_equal(samples[: len(self._first)], self._first)

    def _begin(self, samples: Floats) -> None:
        if self._open:
            self._decoder.end_utt()
        self._decoder.start_utt()
        self._open = True
        self._done = 0
        self._first = samples[:_SAME_SAMPLES].copy()

    def _words(self) -> list[HypothesisWord]:
        words = []
        for part in self._decoder.seg() or ():
            text = part.word.partition("(")[0]
            if text and text[0] not in "<[+":
                words.append(
                    HypothesisWord(text, part.start_frame * _FRAME_MS, (part.end_frame + 1) * _FRAME_MS, 0.0, ())
                )
        return words
