"""Opening a source for the loop, which must never wait in a read."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from ipyscribe.audio.block import BLOCK_MS, AudioBlock, AudioNotice, AudioSource, AudioStream, ScheduledStream
from ipyscribe.connection.io_loop import current_task, in_worker, shared_loop, sleep_until

_READ_S = 0.05


async def open_scheduled(source: AudioSource) -> ScheduledStream:
    """An open stream whose ``read(0)`` does not wait: the source's own, or a thread that reads it. Raises its errors.

    The task that calls is released when there is something to read.
    """
    stream = await in_worker(shared_loop().blocking, source.open)
    if getattr(stream, "scheduled", False):
        scheduled = cast(ScheduledStream, stream)
        scheduled.when_ready(current_task().release)
        return scheduled
    return ThreadedStream(stream, current_task().release)


async def next_block(stream: ScheduledStream) -> AudioBlock | None:
    """The next block once it is due; None where none is due soon, or the task was released."""
    if stream.is_low:
        await in_worker(shared_loop().files, stream.prepare)
    await sleep_until(min(stream.due_s, time.monotonic() + BLOCK_MS / 1000))
    return stream.read(0.0)


class ThreadedStream:
    """A stream whose own ``read`` waits, read by a thread of its own; ``on_ready`` is called for each block."""

    scheduled = True
    is_low = False

    def __init__(self, stream: AudioStream, on_ready: Callable[[], None]) -> None:
        self._stream = stream
        self._on_ready = on_ready
        self._blocks: deque[AudioBlock] = deque()
        self._room = threading.Event()
        self._failure: BaseException | None = None
        self._over = self._closed = False
        self._thread = threading.Thread(target=self._run, name="ipyscribe-source", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        stream = self._stream
        try:
            while not self._closed:
                if self._blocks:  # never more than one ahead: a file is held up, and a microphone keeps its own
                    self._room.wait(_READ_S)
                    self._room.clear()
                    continue
                block = stream.read(_READ_S)
                if block is not None:
                    self._blocks.append(block)
                    self._on_ready()
                elif stream.ended:
                    break
        except BaseException as error:
            self._failure = error
        self._over = True
        self._on_ready()

    def read(self, _timeout_s: float) -> AudioBlock | None:
        """The next block that is there. Raises what the stream raised, after all sound before it."""
        over = self._over
        if self._blocks:
            block = self._blocks.popleft()
            self._room.set()
            return block
        if over and self._failure is not None:
            raise self._failure
        return None

    @property
    def due_s(self) -> float:
        """At once where there is something to read."""
        return -math.inf if self._blocks or self._over else math.inf

    @property
    def ended(self) -> bool:
        """True once the last block has been read or the stream was closed."""
        return self._closed or (self._over and not self._blocks and self._failure is None)

    def prepare(self) -> None:
        """Nothing: the thread does."""

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Have ``callback()`` called for each block."""
        self._on_ready = callback

    def pause(self) -> None:
        """Pause the stream."""
        self._stream.pause()

    def resume(self) -> None:
        """Resume the stream."""
        self._stream.resume()

    def close(self) -> None:
        """Close the stream, and wait for the thread for a moment."""
        self._closed = True
        self._room.set()
        self._stream.close()
        if self._thread is not threading.current_thread():
            self._thread.join(2 * _READ_S)

    async def aclose(self) -> None:
        """``close``, in a worker."""
        await in_worker(shared_loop().blocking, self.close)

    @property
    def dropped_samples(self) -> int:
        """That of the stream."""
        return self._stream.dropped_samples

    @property
    def notice(self) -> AudioNotice | None:
        """That of the stream."""
        return self._stream.notice

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """Those of the stream, where it has them."""
        levels_dbfs: tuple[float, ...] = getattr(self._stream, "channel_levels_dbfs", ())
        return levels_dbfs
