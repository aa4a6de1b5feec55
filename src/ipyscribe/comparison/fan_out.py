"""One source of sound for several sessions, from the same first sample on."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from ipyscribe.audio import AudioNotice, AudioSource
from ipyscribe.audio.block import BLOCK_MS, BLOCK_SAMPLES, AudioBlock, ScheduledStream, StreamContext
from ipyscribe.connection.io_loop import Task, shared_loop
from ipyscribe.errors import AudioError, ScribeError
from ipyscribe.session.scheduled import next_block, open_scheduled
from ipyscribe.session.wake_signal import WakeSignal

KEEP_S = 90.0
"""How far a session may be behind before it holds up a file or loses sound of a microphone."""
OPENING_TIMEOUT_S = 30.0
"""How long the first open session waits for the others; later ones receive the audio that they missed."""
_MAX_BLOCKS = round(1000 * KEEP_S / BLOCK_MS)
_SLICE_S = 0.5
_RELEASE_TIMEOUT_S = 2.0
_SILENCE = bytes(2 * BLOCK_SAMPLES)


class FanOut:
    """Reads ``source`` once, in a task of its own, for ``count`` sessions.

    ``lane_sources`` are their sources. Reading begins when all have opened theirs or have been removed with
    ``leave``; it ends, and the device is released, when the last has closed. A session that falls behind a
    file holds it up; one that falls behind a microphone loses the oldest sound, which is counted.
    """

    def __init__(self, source: AudioSource, count: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.paused = False
        self._clock = clock
        self._lock = threading.Lock()
        self._wake = WakeSignal()
        self._unopened = count
        self._first_opened_s: float | None = None
        self._task: Task | None = None
        self.lane_sources = tuple(FanOutSource(self) for _ in range(count))
        self.stream: ScheduledStream | None = None
        self.failure: ScribeError | None = None
        self.over = False

    def leave(self, lane_source: FanOutSource) -> None:
        """``lane_source`` will not be opened any more; the others need not wait for it."""
        with self._lock:
            if not lane_source.opened:
                lane_source.opened = lane_source.closed = True
                self._unopened -= 1
        self._wake.set()

    def opened(self, lane_source: FanOutSource) -> None:
        """``lane_source`` was opened; the first one starts the task."""
        with self._lock:
            lane_source.opened = True
            self._unopened -= 1
            if self._task is None:
                self._first_opened_s = self._clock()
                self._task = shared_loop().spawn(self._run())
        self._wake.set()

    def take(self, lane_source: FanOutSource, timeout_s: float) -> AudioBlock | None:
        """The next block for ``lane_source``, if one comes in time. Raises the error that ended the source."""
        lane_source.wake.wait_for(lambda: bool(lane_source.blocks) or self.over or lane_source.closed, timeout_s)
        with self._lock:
            if lane_source.closed:
                return None
            full = len(lane_source.blocks) == _MAX_BLOCKS
            block = lane_source.blocks.popleft() if lane_source.blocks else None
        if full:
            self._wake.set()  # whoever waits for room
        if block is None and self.over and self.failure is not None:
            raise self.failure
        return block

    def close(self, lane_source: FanOutSource) -> None:
        """``lane_source`` takes no more sound. The last one to close waits until the device is released.

        Not on the loop's thread, where ``released`` waits.
        """
        with self._lock:
            lane_source.closed = True
            lane_source.blocks.clear()
            last = all(each.closed for each in self.lane_sources)
        lane_source.signal()
        self._wake.set()
        if last and self._task is not None:
            self._task.join(_RELEASE_TIMEOUT_S)

    async def released(self) -> None:
        """Wait until the device is released, where no session takes its sound any more."""
        if self._abandoned and self._task is not None:
            await self._wake.until(lambda: self.over, _RELEASE_TIMEOUT_S)

    async def _run(self) -> None:
        try:
            if await self._wait_for_all():
                self.stream = stream = await open_scheduled(self.source)
                try:
                    await self._distribute(stream)
                finally:
                    await stream.aclose()
        except ScribeError as error:
            self.failure = error
        except BaseException as error:
            self.failure = AudioError(
                f"The sound stopped because of an unexpected {type(error).__name__}: {error}",
                advice="Please report it; settled words are kept.",
            )
            self.failure.__cause__ = error
        finally:
            self.over = True
            self._wake.set()
            for lane_source in self.lane_sources:
                lane_source.signal()

    async def _wait_for_all(self) -> bool:
        """Wait until all have opened theirs; False if all have closed meanwhile."""
        assert self._first_opened_s is not None
        until_s = self._first_opened_s + OPENING_TIMEOUT_S
        while self._unopened > 0 and (left_s := until_s - self._clock()) > 0 and not self._abandoned:
            await self._wake.until(lambda: self._unopened <= 0 or self._abandoned, min(_SLICE_S, left_s))
        return not self._abandoned

    @property
    def _abandoned(self) -> bool:
        return all(lane_source.closed for lane_source in self.lane_sources)

    async def _distribute(self, stream: ScheduledStream) -> None:
        position = 0
        silent_since_s: float | None = None
        while not self._abandoned:
            if self.paused != (silent_since_s is not None):
                silent_since_s = self._toggle(stream)
            if silent_since_s is None:
                block = await next_block(stream)
                if block is None and stream.ended:
                    return
            else:
                silent_since_s += BLOCK_MS / 1000
                await self._wake.until(lambda: self._abandoned, silent_since_s - self._clock())
                block = AudioBlock(_SILENCE, position, silent_since_s)
            if block is not None:
                await self._give(AudioBlock(block.pcm, position, block.captured_s))
                position += block.samples

    def _toggle(self, stream: ScheduledStream) -> float | None:
        if self.paused:
            stream.pause()
            return self._clock()
        stream.resume()
        return None

    async def _give(self, block: AudioBlock) -> None:
        while not self.source.live and not await self._wake.until(self._has_room, _SLICE_S):
            pass
        for lane_source in self.lane_sources:
            with self._lock:
                if not lane_source.closed:
                    lane_source.put(block)
            lane_source.signal()

    def _has_room(self) -> bool:
        return all(len(lane_source.blocks) < _MAX_BLOCKS or lane_source.closed for lane_source in self.lane_sources)


class FanOutSource:
    """The source of one session: the sound of the fan-out. It can be opened once."""

    def __init__(self, fan_out: FanOut) -> None:
        self._fan_out = fan_out
        self.opened = False
        self.closed = False
        self.blocks: deque[AudioBlock] = deque()
        self.wake = WakeSignal()
        """One for each: a single one would wake every session for every other's block."""
        self.on_ready: Callable[[], None] = lambda: None
        self.dropped_samples = 0

    def signal(self) -> None:
        """Something has changed for whoever reads."""
        self.wake.set()
        self.on_ready()

    @property
    def heard_together(self) -> object:
        """The same for all sessions that share one microphone: they do not end each other."""
        return getattr(self._fan_out.source, "heard_together", self._fan_out)

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
        """Take part in the sound."""
        self._fan_out.opened(self)
        return FanOutStream(self._fan_out, self)

    def put(self, block: AudioBlock) -> None:
        """Keep a block until it is read; the oldest is dropped where that takes too long."""
        if len(self.blocks) >= _MAX_BLOCKS:
            self.dropped_samples += self.blocks.popleft().samples
        self.blocks.append(block)


class FanOutStream(StreamContext):
    """A stream of the fan-out's sound. Pausing is for the fan-out, which pauses for all."""

    scheduled = True
    is_low = False

    def __init__(self, fan_out: FanOut, lane_source: FanOutSource) -> None:
        self._fan_out = fan_out
        self._lane_source = lane_source

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block, or None. Raises the error that ended the source."""
        return self._fan_out.take(self._lane_source, timeout_s)

    @property
    def due_s(self) -> float:
        """At once where there is something to read."""
        lane_source = self._lane_source
        return -math.inf if lane_source.blocks or self._fan_out.over or lane_source.closed else math.inf

    def prepare(self) -> None:
        """Nothing: the fan-out does."""

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Have ``callback()`` called for each block."""
        self._lane_source.on_ready = callback

    async def aclose(self) -> None:
        """Take no more sound; the last one waits until the device is released."""
        self._fan_out.close(self._lane_source)
        await self._fan_out.released()

    def pause(self) -> None:
        """Nothing: the others go on."""

    def resume(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Take no more sound."""
        self._fan_out.close(self._lane_source)

    @property
    def ended(self) -> bool:
        """True once the sound is over and all of it was read."""
        return self._lane_source.closed or (
            self._fan_out.over and not self._lane_source.blocks and self._fan_out.failure is None
        )

    @property
    def dropped_samples(self) -> int:
        """Samples that the device lost, or that this session was too far behind to take."""
        stream = self._fan_out.stream
        return self._lane_source.dropped_samples + (0 if stream is None else stream.dropped_samples)

    @property
    def notice(self) -> AudioNotice | None:
        """That of the shared stream."""
        stream = self._fan_out.stream
        return None if stream is None else stream.notice
