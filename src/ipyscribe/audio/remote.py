"""Sound that is captured elsewhere and arrives in numbered chunks, perhaps late, twice or out of order."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioNotice, StreamContext
from ipyscribe.errors import AudioError, DeviceLostError

BUFFER_S = 120.0
ABSENT_AFTER_S = 20.0
BUSY_LIMIT_S = 300.0
LATE_AFTER_S = 1.0
SILENT_AFTER_S = 1.0
_MAX_CHUNKS_AHEAD = 1000
_CHECK_EVERY_S = 0.5
_BLOCK_BYTES = 2 * BLOCK_SAMPLES


class RemoteStream(StreamContext):
    """An ``AudioStream`` that others fill: any thread may call ``put``, ``end`` and ``fail``.

    Chunks have numbers, which are consecutive and restore their order, and positions, which count the samples
    at the capturing end and show what was dropped there. The positions of the blocks handed out count these
    alone, as with ``Microphone``.

    When nothing has come for ``absent_after_s``, which can be changed, the sender is taken to be gone and
    ``read`` raises DeviceLostError; while ``busy()`` says that nothing can come, that takes ``BUSY_LIMIT_S``.
    After ``stalled_after_s`` without sound there is a notice. ``on_close`` is called once, by whoever calls ``close``
    first.
    """

    def __init__(
        self,
        *,
        name: str,
        on_close: Callable[[], None] = lambda: None,
        busy: Callable[[], bool] = lambda: False,
        buffer_s: float = BUFFER_S,
        absent_after_s: float = ABSENT_AFTER_S,
        stalled_after_s: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._on_close = on_close
        self._busy = busy
        self._max_bytes = round(2 * SAMPLE_RATE_HZ * buffer_s)
        self.absent_after_s = absent_after_s
        self._stalled_after_s = stalled_after_s
        self._clock = clock
        self._changed = threading.Condition()
        self._ahead: dict[int, tuple[int, bytes, float]] = {}
        self._next = 0
        self._expected = 0
        self._ready: deque[tuple[bytes, float]] = deque()
        self._ready_bytes = 0
        self._rest = b""
        self._arrival_s = 0.0
        self._position = 0
        self._only_zeros = True
        self._zero_samples = 0
        self._gap_samples = 0
        self._overrun_samples = 0
        self._held_s = 0.0
        self._waiting: AudioNotice | None = None
        self._count: int | None = None
        self._error: AudioError | None = None
        self._paused = False
        self._closed = False
        self._last_s = clock()

    def begin_at(self, position: int) -> None:
        """The first chunk will have this position: nothing before it is missing."""
        self._expected = position

    def put(self, number: int, position: int, pcm: bytes, *, held_s: float = 0.0, lag_s: float = 0.0) -> int:
        """Take a chunk of PCM16; the number of the first chunk that is still missing.

        ``held_s`` is how much sound waits at the sender, ``lag_s`` how long before now the chunk's last sample came.
        """
        with self._changed:
            self._last_s = self._clock()
            self._held_s = held_s
            if number >= self._next and not self._finished:
                self._ahead[number] = (position, pcm[: len(pcm) & ~1], self._last_s - lag_s)
                if len(self._ahead) > _MAX_CHUNKS_AHEAD:
                    self._next = min(self._ahead)
            while self._next in self._ahead:
                self._take(*self._ahead.pop(self._next))
                self._next += 1
            self._changed.notify_all()
            return self._next

    def _take(self, position: int, pcm: bytes, arrival_s: float) -> None:
        self._gap_samples += max(0, position - self._expected)
        self._expected = position + len(pcm) // 2
        if self._paused:
            return
        if self._ready_bytes + len(pcm) > self._max_bytes:
            self._overrun_samples += len(pcm) // 2
            return
        if self._only_zeros:
            self._only_zeros = pcm.count(0) == len(pcm)
            self._zero_samples += len(pcm) // 2
        self._ready.append((pcm, arrival_s))
        self._ready_bytes += len(pcm)

    def alive(self, waiting: AudioNotice | None = None) -> None:
        """The sender gave a sign of life. ``waiting`` says why no sound comes, if a person should know."""
        with self._changed:
            self._last_s = self._clock()
            self._waiting = waiting
            self._changed.notify_all()

    def end(self, count: int) -> None:
        """The sender says that there are ``count`` chunks in all."""
        with self._changed:
            self._count = count if self._count is None else min(self._count, count)
            self._changed.notify_all()

    def fail(self, error: AudioError) -> None:
        """The sound is gone for good; sound that has arrived is handed out before ``error`` is raised."""
        with self._changed:
            if self._error is None and not self._finished:
                self._error = error
            self._changed.notify_all()

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block; None if none came within ``timeout_s`` seconds or the stream has ended.

        Raises the error passed to ``fail``, or DeviceLostError when the sender is gone.
        """
        until = self._clock() + timeout_s
        with self._changed:
            while not self._closed:
                if block := self._block():
                    return block
                self._check_for_absence()
                if self._error is not None:
                    raise self._error
                left_s = until - self._clock()
                if self._finished or left_s <= 0:
                    return None
                self._changed.wait(min(left_s, _CHECK_EVERY_S))
        return None

    def _block(self) -> AudioBlock | None:
        while self._ready and len(self._rest) < _BLOCK_BYTES:
            pcm, self._arrival_s = self._ready.popleft()
            self._ready_bytes -= len(pcm)
            self._rest += pcm
        last = self._error is not None or self._finished
        if not self._rest or (len(self._rest) < _BLOCK_BYTES and not last):
            return None
        pcm, self._rest = self._rest[:_BLOCK_BYTES], self._rest[_BLOCK_BYTES:]
        captured_s = self._arrival_s - len(self._rest) / (2 * SAMPLE_RATE_HZ)
        block = AudioBlock(pcm, self._position, captured_s)
        self._position += block.samples
        return block

    def _check_for_absence(self) -> None:
        absent_s = self._clock() - self._last_s
        if absent_s < self.absent_after_s or self._error is not None or self._finished:
            return
        if absent_s < BUSY_LIMIT_S and self._busy():
            return
        self._error = DeviceLostError(
            f"Nothing has come from {self._name} for {absent_s:.0f} s.",
            advice="Show it in a notebook cell and start again, or check that its page still reaches the kernel.",
        )

    @property
    def _finished(self) -> bool:
        return self._closed or (self._count is not None and self._next >= self._count)

    def pause(self) -> None:
        """Throw away sound that arrives from now on."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Listen again."""
        with self._changed:
            self._paused = False

    def close(self) -> None:
        """Take no more sound."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        self._on_close()

    @property
    def ended(self) -> bool:
        """True once the last chunk has been read or the stream was closed."""
        with self._changed:
            return self._closed or (self._finished and not self._ready and not self._rest)

    @property
    def chunks(self) -> int:
        """How many chunks have arrived in order."""
        return self._next

    @property
    def dropped_samples(self) -> int:
        """Samples that are missing: dropped by the sender, or because nobody read them in time."""
        return self._gap_samples + self._overrun_samples

    @property
    def notice(self) -> AudioNotice | None:
        """What is noteworthy just now.

        ``held``: the kernel is busy, or was, and sound waits at the sender. ``stalled``: no sound has come for
        ``stalled_after_s``. ``silent``: from the beginning nothing but exact zeros, for at least 1 s. Otherwise what
        was passed to ``alive``.
        """
        with self._changed:
            if self._closed or self._finished:
                return None
            quiet_s = self._clock() - self._last_s
            if quiet_s >= LATE_AFTER_S and self._busy():
                return AudioNotice(
                    "held",
                    f"The kernel is busy: {self._name} buffers its sound until the cell has ended.",
                )
            if self._held_s >= LATE_AFTER_S:
                return AudioNotice("held", f"{self._held_s:.0f} s of sound are buffered at {self._name}.")
            if quiet_s >= self._stalled_after_s:
                return AudioNotice("stalled", f"No sound has come from {self._name} for {quiet_s:.0f} s.")
            if self._only_zeros and self._zero_samples >= SILENT_AFTER_S * SAMPLE_RATE_HZ:
                return AudioNotice(
                    "silent", f"{self._name} delivers only digital silence.", "Check whether it is muted."
                )
            return self._waiting
