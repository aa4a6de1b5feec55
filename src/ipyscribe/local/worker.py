"""One recogniser thread per connection. The event loop hands it audio and commands and never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np

from ipyscribe.local.allocator import trim_heaps
from ipyscribe.local.dialects import turn_settings
from ipyscribe.local.features import SAMPLE_RATE_HZ, Floats
from ipyscribe.local.parameters import Parameters
from ipyscribe.local.recognition_events import Event
from ipyscribe.local.stream import SpeechRecogniser, SpeechStream

TRIM_EVERY_S = 60.0
"""Of sound."""

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class _Audio:
    pcm: bytes


@dataclass(frozen=True, slots=True)
class _Update:
    parameters: Parameters


class _Force:
    pass


class _Finish:
    pass


class Worker:
    """Recognises one session. ``emit`` and ``finished`` are called on the worker's thread.

    ``finished`` gets None after ``finish`` or ``abandon``, or the exception that ended the work.
    """

    def __init__(
        self,
        recogniser: SpeechRecogniser,
        network: Any,
        parameters: Parameters,
        emit: Emit,
        finished: Callable[[Exception | None], None],
    ) -> None:
        self._settings = turn_settings(parameters)
        self._stream = SpeechStream(recogniser, network, self._settings)
        self._resample = _resampler(parameters.sample_rate)
        self._bytes_per_second = 2 * parameters.sample_rate
        self._emit = emit
        self._finished = finished
        self._queue: SimpleQueue[_Audio | _Update | _Force | _Finish] = SimpleQueue()
        self._received_bytes = 0
        self._done_bytes = 0
        self._trimmed_bytes = 0
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ipyscribe-recogniser", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def audio(self, pcm: bytes) -> None:
        """Hand over PCM16 mono of the session's sample rate, an even number of bytes."""
        self._received_bytes += len(pcm)
        self._queue.put(_Audio(pcm))

    @property
    def backlog_s(self) -> float:
        """Seconds of audio that wait to be processed."""
        return (self._received_bytes - self._done_bytes) / self._bytes_per_second

    def take_max_probability(self) -> float:
        """The highest speech probability since this was last called."""
        return self._stream.take_max_probability()

    def update(self, parameters: Parameters) -> None:
        """Use other settings for the audio handed over from now on."""
        self._queue.put(_Update(parameters))

    def force(self) -> None:
        """End the turn that is open once the audio handed over so far has been processed."""
        self._queue.put(_Force())

    def finish(self) -> None:
        """Process what waits, end the open turn, stop."""
        self._queue.put(_Finish())

    def abandon(self) -> None:
        """The client has gone: stop after the pass that is under way."""
        self._abandoned.set()
        self._queue.put(_Finish())

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            while self._step():
                pass
        except Exception as error:
            failure = error
        self._finished(failure)

    def _step(self) -> bool:
        """Do the next thing; false at the end."""
        item = self._queue.get()
        if self._abandoned.is_set():
            return False
        if isinstance(item, _Audio):
            self._transcribe(item.pcm)
        elif isinstance(item, _Update):
            self._stream.update(turn_settings(item.parameters))
        elif isinstance(item, _Force):
            self._emit_all(self._stream.force())
        else:
            self._emit_all(self._stream.accept(self._resample(b"", True)))
            self._emit_all(self._stream.finish())
            return False
        return True

    def _transcribe(self, pcm: bytes) -> None:
        waiting_s = self.backlog_s - len(pcm) / self._bytes_per_second
        self._emit_all(self._stream.accept(self._resample(pcm, False), waiting_s=waiting_s))
        self._done_bytes += len(pcm)
        if self._done_bytes - self._trimmed_bytes >= TRIM_EVERY_S * self._bytes_per_second:
            self._trimmed_bytes = self._done_bytes
            trim_heaps()

    def _emit_all(self, events: Iterable[Event]) -> None:
        for event in events:
            if self._abandoned.is_set():
                return
            self._emit(event)


def _resampler(rate_hz: int) -> Callable[[bytes, bool], Floats]:
    """PCM16 bytes of ``rate_hz`` to float samples at 16 kHz, block by block; True marks the last block."""

    if rate_hz == SAMPLE_RATE_HZ:
        return lambda pcm, _: _floats(pcm)
    import soxr

    stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")

    def resampled(pcm: bytes, last: bool) -> Floats:
        return np.asarray(stream.resample_chunk(_floats(pcm), last=last), dtype=np.float32)

    return resampled


def _floats(pcm: bytes) -> Floats:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
