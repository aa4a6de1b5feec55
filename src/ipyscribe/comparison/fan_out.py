"""One source of sound that several sessions hear, from the same first sample on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from ipyscribe.audio import AudioNotice, AudioSource
from ipyscribe.audio.block import BLOCK_MS, BLOCK_SAMPLES, AudioBlock, AudioStream, StreamContext
from ipyscribe.errors import AudioError, ScribeError
from ipyscribe.session.wake_signal import WakeSignal

KEEP_S = 90.0
"""Sound that a session may be behind by."""
PATIENCE_S = 30.0
"""How long the first session to be open waits for the others; those that come later are given what they missed."""
_KEPT = round(1000 * KEEP_S / BLOCK_MS)
_SLICE_S = 0.5
_SILENCE = bytes(2 * BLOCK_SAMPLES)


class FanOut:
    """Hears ``source`` once, in a thread of its own, for ``count`` sessions.

    ``ears`` are the sources to give to them. Sound begins when all have opened theirs or have been given up with
    ``leave``; it ends, and the device is let go of, when the last has closed. A session that falls behind a file
    holds it up; one that falls behind a microphone loses the oldest sound, which is counted.
    """

    def __init__(self, source: AudioSource, count: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.paused = False
        self._clock = clock
        self._lock = threading.Lock()
        self._bell = WakeSignal()
        self._awaited = count
        self._first_s: float | None = None
        self._thread: threading.Thread | None = None
        self.ears = tuple(FanOutSource(self) for _ in range(count))
        self.stream: AudioStream | None = None
        self.failure: ScribeError | None = None
        self.over = False

    def leave(self, ear: FanOutSource) -> None:
        """``ear`` will not be opened any more; the others need not wait for it."""
        with self._lock:
            if not ear.opened:
                ear.opened = ear.closed = True
                self._awaited -= 1
        self._bell.ring()

    def opened(self, ear: FanOutSource) -> None:
        """An ear is open; the first one starts the thread."""
        with self._lock:
            ear.opened = True
            self._awaited -= 1
            if self._thread is None:
                self._first_s = self._clock()
                self._thread = threading.Thread(target=self._run, name="ipyscribe-fan-out", daemon=True)
                self._thread.start()
        self._bell.ring()

    def take(self, ear: FanOutSource, timeout_s: float) -> AudioBlock | None:
        """The next block for ``ear``, if one comes in time. Raises what ended the sound."""
        ear.bell.wait_for(lambda: bool(ear.blocks) or self.over or ear.closed, timeout_s)
        with self._lock:
            if ear.closed:
                return None
            full = len(ear.blocks) == _KEPT
            block = ear.blocks.popleft() if ear.blocks else None
        if full:
            self._bell.ring()  # who waits for room
        if block is None and self.over and self.failure is not None:
            raise self.failure
        return block

    def close(self, ear: FanOutSource) -> None:
        """``ear`` hears no more. The last one to go waits until the device is let go of."""
        with self._lock:
            ear.closed = True
            ear.blocks.clear()
            last = all(each.closed for each in self.ears)
        ear.bell.ring()
        self._bell.ring()
        if last and self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _run(self) -> None:
        try:
            if self._all_there():
                with contextlib.closing(self.source.open()) as stream:
                    self.stream = stream
                    self._hand_out(stream)
        except ScribeError as error:
            self.failure = error
        except BaseException as error:
            self.failure = AudioError(
                f"The sound broke off because of an unforeseen {type(error).__name__}: {error}",
                advice="Please report it; what had settled is kept.",
            )
            self.failure.__cause__ = error
        finally:
            self.over = True
            for ear in self.ears:
                ear.bell.ring()

    def _all_there(self) -> bool:
        """Wait for the others; false if all have gone meanwhile."""
        assert self._first_s is not None
        until_s = self._first_s + PATIENCE_S
        while self._awaited > 0 and (left_s := until_s - self._clock()) > 0 and not self._deserted:
            self._bell.wait_for(lambda: self._awaited <= 0 or self._deserted, min(_SLICE_S, left_s))
        return not self._deserted

    @property
    def _deserted(self) -> bool:
        return all(ear.closed for ear in self.ears)

    def _hand_out(self, stream: AudioStream) -> None:
        position = 0
        silent_since_s: float | None = None
        while not self._deserted:
            if self.paused != (silent_since_s is not None):
                silent_since_s = self._toggle(stream)
            if silent_since_s is None:
                block = stream.read(BLOCK_MS / 1000)
                if block is None and stream.ended:
                    return
            else:
                silent_since_s += BLOCK_MS / 1000
                self._bell.wait_for(lambda: self._deserted, silent_since_s - self._clock())
                block = AudioBlock(_SILENCE, position, silent_since_s)
            if block is not None:
                self._give(AudioBlock(block.pcm, position, block.captured_s))
                position += block.samples

    def _toggle(self, stream: AudioStream) -> float | None:
        if self.paused:
            stream.pause()
            return self._clock()
        stream.resume()
        return None

    def _give(self, block: AudioBlock) -> None:
        while not self.source.live and not self._bell.wait_for(self._has_room, _SLICE_S):
            pass
        for ear in self.ears:
            with self._lock:
                if not ear.closed:
                    ear.put(block)
            ear.bell.ring()

    def _has_room(self) -> bool:
        return all(len(ear.blocks) < _KEPT or ear.closed for ear in self.ears)


class FanOutSource:
    """The source of one session: what the fan-out hears. It can be opened once."""

    def __init__(self, fan_out: FanOut) -> None:
        self._fan_out = fan_out
        self.opened = False
        self.closed = False
        self.blocks: deque[AudioBlock] = deque()
        self.bell = WakeSignal()
        """Rings where this one may go on; one for all would have them stand in each other's way."""
        self.dropped_samples = 0

    @property
    def heard_together(self) -> object:
        """The same for all sessions that share one microphone: they do not end each other."""
        return self._fan_out

    @property
    def label(self) -> str:
        """That of the shared source."""
        return self._fan_out.source.label

    @property
    def live(self) -> bool:
        """Whether the shared source is a microphone."""
        return self._fan_out.source.live

    @property
    def duration_s(self) -> float | None:
        """That of the shared source."""
        return self._fan_out.source.duration_s

    def open(self) -> FanOutStream:
        """Begin to listen."""
        self._fan_out.opened(self)
        return FanOutStream(self._fan_out, self)

    def put(self, block: AudioBlock) -> None:
        """Keep a block until it is read; the oldest goes where that takes too long."""
        if len(self.blocks) >= _KEPT:
            self.dropped_samples += self.blocks.popleft().samples
        self.blocks.append(block)


class FanOutStream(StreamContext):
    """An ``AudioStream`` of what the fan-out hears. Pausing is for the fan-out, which pauses for all."""

    def __init__(self, fan_out: FanOut, ear: FanOutSource) -> None:
        self._fan_out = fan_out
        self._ear = ear

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block, or None. Raises what ended the sound for all."""
        return self._fan_out.take(self._ear, timeout_s)

    def pause(self) -> None:
        """Nothing: the others go on."""

    def resume(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Hear no more."""
        self._fan_out.close(self._ear)

    @property
    def ended(self) -> bool:
        """True once the sound is over and all of it was read."""
        return self._ear.closed or (self._fan_out.over and not self._ear.blocks and self._fan_out.failure is None)

    @property
    def dropped_samples(self) -> int:
        """Samples that the device lost, or that this session was too far behind to hear."""
        stream = self._fan_out.stream
        return self._ear.dropped_samples + (0 if stream is None else stream.dropped_samples)

    @property
    def notice(self) -> AudioNotice | None:
        """That of the shared stream."""
        stream = self._fan_out.stream
        return None if stream is None else stream.notice
