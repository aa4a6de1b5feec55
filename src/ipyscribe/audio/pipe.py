"""Sound from a pipe: it is read once, as it comes, by a thread of its own."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioNotice, StreamContext
from ipyscribe.errors import AudioFileError, ScribeError

STALLED_AFTER_S = 2.0
_BLOCK_BYTES = 2 * BLOCK_SAMPLES
_POLL_MS = 100
_CLOSE_LIMIT_S = 1.0
_MOST_BUFFERED_BYTES = 10 * 2 * SAMPLE_RATE_HZ


class PipeReader:
    """A named pipe, or a file object that cannot seek, as a file for a decoder.

    ``read`` waits for bytes until ``stop`` is called from another thread; then the pipe is at its end.
    """

    def __init__(self, pipe: Path | BinaryIO) -> None:
        self._stopped = threading.Event()
        self._descriptor: int | None = None
        self._read: Callable[[int], bytes | None]
        self._named = isinstance(pipe, Path)
        if isinstance(pipe, Path):
            # Without O_NONBLOCK this would wait until another program opens the other end.
            self._descriptor = descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            self._read = lambda count: os.read(descriptor, count)
        else:
            self._read = getattr(pipe, "read1", pipe.read)
            with contextlib.suppress(AttributeError, OSError):
                self._descriptor = pipe.fileno()

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes; empty at the end."""
        while not self._stopped.is_set():
            if not self._is_ready():
                continue
            try:
                return self._read(count) or b""
            except BlockingIOError:
                continue
            except (OSError, ValueError):  # ValueError: the file object was closed
                if not self._stopped.is_set():
                    raise
        return b""

    def _is_ready(self) -> bool:
        if self._descriptor is None or not hasattr(select, "poll"):
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(_POLL_MS))  # a closed descriptor counts as ready: reading it says so

    def stop(self) -> None:
        """End a ``read`` that waits in another thread."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of a named pipe, once nobody reads any more."""
        if self._named and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class PcmPieces(Protocol):
    """What decodes the bytes of a pipe."""

    @property
    def notice(self) -> AudioNotice | None:
        """What a person should know of the sound that was read so far."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """PCM16 at 16 kHz in pieces of any length."""
        ...


class PipeStream(StreamContext):
    """An ``AudioStream`` of the sound from a pipe, at ``speed`` times the pace of speech at most.

    A program that records gives the pace itself; one that converts a file is held back. If nothing comes for a
    while, all later blocks are due later. ``decode`` makes the decoder out of the pipe, in the thread that reads.
    """

    def __init__(
        self,
        pipe: PipeReader,
        decode: Callable[[PipeReader], PcmPieces],
        name: str,
        *,
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pipe = pipe
        self._decode = decode
        self._name = name
        self._bytes_per_s = 2 * SAMPLE_RATE_HZ * speed
        self._clock = clock
        self._changed = threading.Condition()
        self._buffer = bytearray()
        self._pcm: PcmPieces | None = None
        self._finished = self._closed = self._paused = False
        self._error: ScribeError | None = None
        self._position = 0
        self._due_s: float | None = None
        self._last_s = clock()
        self._thread = threading.Thread(target=self._run, name="ipyscribe-pipe", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        error: ScribeError | None = None
        try:
            self._pcm = self._decode(self._pipe)
            for piece in self._pcm.pieces():
                if not self._put(piece):
                    break
        except ScribeError as problem:
            error = problem
        except Exception as problem:  # whatever a file object raises when it is read
            error = AudioFileError(
                f"{self._name!r} could not be read to its end ({type(problem).__name__}: {problem}).",
                advice="Check the program at its other end.",
            )
        finally:
            self._pipe.close()
            with self._changed:
                self._error, self._finished = error, True
                self._changed.notify_all()

    def _put(self, piece: bytes) -> bool:
        """Keep a piece for the reader; waits while too much is kept. False once nobody wants more."""
        with self._changed:
            self._buffer += piece
            self._last_s = self._clock()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or len(self._buffer) < _MOST_BUFFERED_BYTES)
            return not self._closed

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block once it has come and is due; None after ``timeout_s`` seconds, while paused, or at the end.

        Raises AudioFileError where the sound turns out to be damaged or not to be sound.
        """
        deadline = self._clock() + timeout_s
        with self._changed:
            while not self._closed:
                now = self._clock()
                wake_at = self._next_due(now)
                if wake_at is not None and now >= wake_at:
                    return self._take(wake_at)
                if self._finished and not self._buffer:
                    if self._error is not None:
                        error, self._error = self._error, None
                        raise error
                    return None
                if now >= deadline:
                    return None
                self._changed.wait(min(deadline, wake_at or deadline) - now)
        return None

    def _next_due(self, now: float) -> float | None:
        """When the next block is due; None if it has not come, or the stream is paused."""
        complete = len(self._buffer) >= _BLOCK_BYTES or (self._finished and bool(self._buffer))
        if not complete or self._paused:
            self._due_s = None if self._due_s is None or now >= self._due_s else self._due_s
            return None
        if self._due_s is None:
            self._due_s = now
        return self._due_s

    def _take(self, due_s: float) -> AudioBlock:
        pcm = bytes(self._buffer[:_BLOCK_BYTES])
        del self._buffer[:_BLOCK_BYTES]
        block = AudioBlock(pcm, self._position, due_s)
        self._position += block.samples
        self._due_s = due_s + len(pcm) / self._bytes_per_s
        self._changed.notify_all()
        return block

    def pause(self) -> None:
        """Read no more: the program at the other end has to wait."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Go on where it was."""
        with self._changed:
            self._paused, self._due_s = False, None
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of the pipe. A ``read`` that waits in another thread returns None.

        A file object whose own ``read`` waits is left to the thread that reads it.
        """
        self._pipe.stop()
        with self._changed:
            self._closed = True
            self._buffer.clear()
            self._changed.notify_all()
        self._thread.join(_CLOSE_LIMIT_S)

    @property
    def ended(self) -> bool:
        """True once the last block has been read or the stream was closed."""
        with self._changed:
            return self._closed or (self._finished and not self._buffer and self._error is None)

    @property
    def dropped_samples(self) -> int:
        """Always 0: the program at the other end waits."""
        return 0

    @property
    def notice(self) -> AudioNotice | None:
        """``stalled``: nothing has come through the pipe for 2 s or more; or the decoder's notice."""
        waiting = not self._closed and not self._finished and not self._paused and not self._buffer
        if waiting and self._clock() - self._last_s >= STALLED_AFTER_S:
            return AudioNotice(
                "stalled",
                f"No sound has come through {self._name!r} for {STALLED_AFTER_S:.0f} s or more.",
                "Check that the program at its other end still runs.",
            )
        return None if self._pcm is None else self._pcm.notice
