"""Sound that already exists, handed out at the pace at which it would have been spoken."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioNotice, StreamContext
from ipyscribe.errors import AudioError, ParameterError
from ipyscribe.protocol.python_values import python_values

_BLOCK_BYTES = 2 * BLOCK_SAMPLES
_ZEROS = bytes(_BLOCK_BYTES)
_SLICE_S = 0.05
_BLOCKS_AHEAD = 10
_SILENT_AFTER_BYTES = 5 * 2 * SAMPLE_RATE_HZ


def checked_speed(speed: float) -> float:
    """``speed`` if it is a positive number or infinity; ParameterError otherwise."""
    speed = python_values(speed)
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

    With ``decodes`` the pieces take time to make, and are made ahead by ``prepare``, or by a ``read`` that finds none.
    ``name`` is the source's name, ``notice`` its warning, if any, and ``channel_levels`` the level of each of its
    channels in dBFS. ``clock`` gives seconds; ``wait(seconds)`` may return early.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        name: str = "The source",
        speed: float = 1.0,
        decodes: bool = False,
        release: Callable[[], object] = lambda: None,
        notice: Callable[[], AudioNotice | None] = lambda: None,
        channel_levels: Callable[[], tuple[float, ...]] = tuple,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._pieces = pieces
        self._ready: deque[bytes] = deque()
        self._rest = b""
        self._exhausted = False
        self._decodes = decodes
        self.is_low = False
        """Whether what is read next is still to be decoded."""
        self.scheduled = clock is time.monotonic and wait is None
        self._at_once = math.isinf(speed)
        self._bytes_per_s = 2 * SAMPLE_RATE_HZ * speed
        self._name = name
        self._release = release
        self._notice = notice
        self._channel_levels = channel_levels
        self._only_zeros = True
        self._clock = clock
        self._lock = threading.Lock()
        self._wait = time.sleep if wait is None else wait  # half the processor time of a wait that others can end
        self._sent_bytes = 0
        self._failure: AudioError | None = None
        self._ended = False
        self._closed = False
        self._paused_at: float | None = None
        try:
            self._next = self._next_block()
        except BaseException:  # nobody gets a stream that could be closed
            release()
            raise
        self._started = clock()
        self.due_s = self._next_due()
        """When the next block is due; infinite while paused."""

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Blocks come when they are due, and no sooner."""

    def prepare(self) -> None:
        """Decode half a second of sound. An error of the decoder is raised by ``read``, after all sound before it."""
        with self._lock:
            if not self._closed:
                self._fill(_BLOCKS_AHEAD)
            self.is_low = False

    def _fill(self, blocks: int) -> None:
        while len(self._ready) < blocks and not self._exhausted:
            try:
                self._cut(next(self._pieces, None))
            except AudioError as error:
                self._failure = error
                self._cut(None)

    def _cut(self, piece: bytes | None) -> None:
        """Make blocks of a piece; None comes after the last."""
        pcm, at = self._rest + (piece or b""), 0
        while len(pcm) - at >= _BLOCK_BYTES:
            self._ready.append(pcm[at : at + _BLOCK_BYTES])
            at += _BLOCK_BYTES
        self._rest = pcm[at:]
        if piece is None:
            self._exhausted = True
            if self._rest:
                self._ready.append(self._rest)

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block once it is due; None after ``timeout_s`` seconds, while paused, or at the end.

        Raises AudioFileError where a file turns out to be damaged, after handing out all sound
        before it.
        """
        now = self._clock()
        if now < self.due_s:
            if not timeout_s:
                return None
            now = self._wait_for_next(now, now + timeout_s)
        with self._lock:
            pcm, due = self._next, self.due_s
            if now < due:  # it did not come in time, or was paused meanwhile
                return None
            if not pcm:
                self._ended = True
                if self._failure is not None and not self._closed:
                    raise self._failure
                return None
            if self._only_zeros:
                self._only_zeros = pcm == _ZEROS[: len(pcm)]
            block = AudioBlock(pcm, self._sent_bytes // 2, now if self._at_once else due)
            self._sent_bytes += len(pcm)
            pcm = self._next = self._next_block()
            self.due_s = self._started + (self._sent_bytes + len(pcm)) / self._bytes_per_s if pcm else -math.inf
            return block

    def _wait_for_next(self, now: float, deadline: float) -> float:
        while now < (due := self.due_s) and now < deadline:
            self._wait(min(due - now, deadline - now, _SLICE_S))
            now = self._clock()
        return now

    def _next_block(self) -> bytes:
        """One block is held in advance, so that the last is known to be the last; empty at the end."""
        ready = self._ready
        if not ready:
            self._fill(1)
        pcm = ready.popleft() if ready else b""
        if not ready:
            self.is_low = self._decodes and not self._exhausted
            self._ended = not pcm and self._failure is None
        return pcm

    def _next_due(self) -> float:
        """At once where there is nothing more to wait for."""
        return self._started + (self._sent_bytes + len(self._next)) / self._bytes_per_s if self._next else -math.inf

    def pause(self) -> None:
        """Stop the schedule where it is."""
        with self._lock:
            if self._paused_at is None:
                self._paused_at, self.due_s = self._clock(), math.inf

    def resume(self) -> None:
        """Go on; all blocks are due later by the length of the pause."""
        with self._lock:
            if self._paused_at is not None:
                self._started += self._clock() - self._paused_at
                self._paused_at, self.due_s = None, self._next_due()

    def close(self) -> None:
        """Let go of the file. A ``read`` that waits in another thread returns None within 50 ms."""
        with self._lock:
            if not self._closed:
                self._closed = self._ended = True
                self._next, self.due_s = b"", -math.inf
                self._release()

    async def aclose(self) -> None:
        """Let go of the file."""
        self.close()

    @property
    def ended(self) -> bool:
        """True once the last block has been read or the stream was closed."""
        return self._ended

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """The level of each channel of the source in the piece that was decoded last; empty where it is not known."""
        return self._channel_levels()

    @property
    def dropped_samples(self) -> int:
        """Always 0: a file waits for its reader."""
        return 0

    @property
    def notice(self) -> AudioNotice | None:
        """What is noteworthy of the file, or ``silent``.

        ``silent`` holds while there has been nothing but exact zeros: after 5 s of them, or at the end.
        """
        if self._only_zeros and (self._sent_bytes >= _SILENT_AFTER_BYTES or (self._ended and self._sent_bytes)):
            return AudioNotice(
                "silent",
                f"{self._name!r} has contained only digital silence so far.",
                "Check whether it was muted when it was recorded, or choose another channel.",
            )
        return self._notice()
