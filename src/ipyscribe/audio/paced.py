"""Sound that already exists, handed out at the pace at which it would have been spoken."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioNotice, StreamContext
from ipyscribe.errors import AudioError, ParameterError

_BLOCK_BYTES = 2 * BLOCK_SAMPLES
_SLICE_S = 0.05


def checked_speed(speed: float) -> float:
    """``speed`` if it is a positive number or infinity; ParameterError otherwise."""
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not speed > 0:
        raise ParameterError(
            f"speed is {speed!r}; it must be a number above 0.",
            advice="1.0 is real time, 2.0 twice as fast, math.inf as fast as the blocks are read.",
        )
    return float(speed)


class PacedStream(StreamContext):
    """An ``AudioStream`` over an iterator of PCM16 pieces of any length.

    A block is due when its last sample would have been spoken: opened + end / (16000 * speed) seconds,
    counted from the opening each time, so that lateness never adds up. A reader who was held up gets the
    overdue blocks at once, as from a microphone. Blocks are 50 ms; only the last one may be shorter.

    ``clock`` gives seconds; ``wait(seconds)`` may return early.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        speed: float = 1.0,
        release: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._pieces = pieces
        self._at_once = math.isinf(speed)
        self._bytes_per_s = 2 * SAMPLE_RATE_HZ * speed
        self._release = release
        self._clock = clock
        self._lock = threading.Lock()
        self._wait = time.sleep if wait is None else wait  # half the processor time of a wait that others can end
        self._held = b""
        self._at = 0
        self._passed = 0
        self._exhausted = False
        self._failure: AudioError | None = None
        self._ended = False
        self._closed = False
        self._paused_at: float | None = None
        self._started = clock()

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block once it is due; None after ``timeout_s`` seconds, while paused, or at the end.

        Raises AudioFileError at the place where a file turns out to be damaged, after handing out all sound
        before it.
        """
        deadline = self._clock() + timeout_s
        while True:
            with self._lock:
                if len(self._held) - self._at <= _BLOCK_BYTES:
                    self._fill()
                if self._ended:
                    break
                now = self._clock()
                end = min(self._at + _BLOCK_BYTES, len(self._held))
                due = self._started + (self._passed + end) / self._bytes_per_s if self._paused_at is None else math.inf
                if now >= due:
                    return self._take(end, now if self._at_once else due)
            if now >= deadline:
                return None
            self._wait(min(due - now, deadline - now, _SLICE_S))
        if self._failure is not None and not self._closed:
            raise self._failure
        return None

    def _fill(self) -> None:
        """Hold more than one block, or all that is left, so that the last block is known to be the last."""
        self._passed += self._at
        self._held, self._at = self._held[self._at :], 0
        while len(self._held) <= _BLOCK_BYTES and not (self._exhausted or self._closed):
            try:
                self._held += next(self._pieces)
            except StopIteration:
                self._exhausted = True
            except AudioError as error:
                self._failure = error
                self._exhausted = True
        if not self._held:
            self._ended = True

    def _take(self, end: int, captured_s: float) -> AudioBlock:
        block = AudioBlock(self._held[self._at : end], (self._passed + self._at) // 2, captured_s)
        self._at = end
        self._ended = self._exhausted and end == len(self._held) and self._failure is None
        return block

    def pause(self) -> None:
        """Stop the schedule where it is."""
        with self._lock:
            if self._paused_at is None:
                self._paused_at = self._clock()

    def resume(self) -> None:
        """Go on; all blocks are due later by the length of the pause."""
        with self._lock:
            if self._paused_at is not None:
                self._started += self._clock() - self._paused_at
                self._paused_at = None

    def close(self) -> None:
        """Let go of the file. A ``read`` that waits in another thread returns None within 50 ms."""
        with self._lock:
            if not self._closed:
                self._closed = self._ended = True
                self._held = b""
                self._release()

    @property
    def ended(self) -> bool:
        """True once the last block has been read or the stream was closed."""
        return self._ended

    @property
    def dropped_samples(self) -> int:
        """Always 0: a file waits for its reader."""
        return 0

    @property
    def notice(self) -> AudioNotice | None:
        """Always None."""
        return None
