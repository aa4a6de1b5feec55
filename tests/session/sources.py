"""Sources of sound that tests hold in their hands."""

from __future__ import annotations

import math
import threading
import time

import numpy as np

from ipyscribe.audio import AudioArray, AudioBlock, AudioNotice
from ipyscribe.errors import AudioError

MODEL = "local-whisper-tiny.en"
TONE = (np.sin(np.arange(16_000) * 0.3) * 8000).astype("<i2")


def tone(seconds: float = 2.0, quiet_s: float = 0.0) -> AudioArray:
    """Loud sound, which ``CountingRecognition`` takes for speech, and silence; as fast as it is read."""
    loud = np.tile(TONE, math.ceil(seconds))[: round(16_000 * seconds)]
    return AudioArray(np.concatenate([loud, np.zeros(round(16_000 * quiet_s), "<i2")]), 16_000, speed=math.inf)


class Endless:
    """Sound that does not end by itself: a block each few milliseconds."""

    duration_s: float | None = None

    def __init__(self, *, live: bool = False, pcm: bytes = TONE[:800].tobytes(), every_s: float = 0.005) -> None:
        self.live = live
        self.label = "endless"
        self.streams: list[EndlessStream] = []
        self.pcm = pcm
        self.every_s = every_s

    def open(self) -> EndlessStream:
        stream = EndlessStream(self)
        self.streams.append(stream)
        return stream

    def lose(self, failure: AudioError) -> None:
        """Let the device go."""
        self.streams[0].failure = failure


class EndlessStream:
    def __init__(self, source: Endless) -> None:
        self._source = source
        self._closed = threading.Event()
        self._position = 0
        self.paused = False
        self.dropped_samples = 0
        self.notice: AudioNotice | None = None
        self.failure: AudioError | None = None

    def read(self, timeout_s: float) -> AudioBlock | None:
        self._closed.wait(self._source.every_s)
        if self.failure is not None:
            raise self.failure
        if self.paused or self._closed.is_set():
            return None
        block = AudioBlock(self._source.pcm, self._position, time.monotonic())
        self._position += block.samples
        return block

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def close(self) -> None:
        self._closed.set()

    @property
    def ended(self) -> bool:
        return self._closed.is_set()
