"""The one shape of sound: timestamped blocks of 16 kHz PCM16 mono, and the sources that give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from msgspec import Struct

from ipyscribe.plain_text import plain

SAMPLE_RATE_HZ = 16_000
BLOCK_MS = 50
BLOCK_SAMPLES = SAMPLE_RATE_HZ * BLOCK_MS // 1000


class AudioBlock(Struct, frozen=True, gc=False):
    """A short piece of sound.

    ``pcm`` is little-endian signed 16-bit mono at 16 kHz; ``position`` is the index of its first sample
    since the stream was opened; ``captured_s`` is the ``time.monotonic()`` at which its last sample was
    there to be read.
    """

    pcm: bytes
    position: int
    captured_s: float

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.pcm) // 2

    @property
    def duration_ms(self) -> float:
        """Length in milliseconds."""
        return 1000 * self.samples / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class AudioNotice:
    """Something a person should know about the sound that does not end the stream, in plain text."""

    kind: str
    message: str
    advice: str = ""

    def __post_init__(self) -> None:
        for name in ("message", "advice"):
            object.__setattr__(self, name, plain(getattr(self, name)))


@runtime_checkable
class AudioStream(Protocol):
    """An open source. One thread reads; any may ``pause``, ``resume`` and, any number of times, ``close``."""

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block, or None if none came within ``timeout_s`` seconds or the stream has ended.

        Raises an ``AudioError`` when the sound is gone for good.
        """
        ...

    def pause(self) -> None:
        """Pause: a file stays where it is, a microphone discards its sound."""
        ...

    def resume(self) -> None:
        """Go on after ``pause``."""
        ...

    def close(self) -> None:
        """Let go of the device or file."""
        ...

    @property
    def ended(self) -> bool:
        """True once the last block has been read or the stream was closed."""
        ...

    @property
    def dropped_samples(self) -> int:
        """Samples (at 16 kHz) that were lost because nobody read them in time."""
        ...

    @property
    def notice(self) -> AudioNotice | None:
        """What is noteworthy just now (stalled, silent), or None."""
        ...


class ScheduledStream(AudioStream, Protocol):
    """A stream whose ``read(0)`` never waits, so that one thread can read many."""

    @property
    def scheduled(self) -> bool:
        """False where that does not hold after all."""
        ...

    @property
    def due_s(self) -> float:
        """The ``time.monotonic()`` at which to read next; infinite where ``when_ready`` is to tell."""
        ...

    @property
    def is_low(self) -> bool:
        """Whether ``prepare`` must come before the next ``read``."""
        ...

    def prepare(self) -> None:
        """Decode what is read next. May take long."""
        ...

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Have ``callback()`` called, by any thread, when there is something to read before ``due_s``."""
        ...

    async def aclose(self) -> None:
        """``close`` for a task of the loop."""
        ...


@runtime_checkable
class AudioSource(Protocol):
    """Where sound comes from. Opening it twice gives two independent streams."""

    @property
    def label(self) -> str:
        """What a person reads in the source list."""
        ...

    @property
    def live(self) -> bool:
        """True for a microphone: sound that cannot wait and cannot be read again."""
        ...

    @property
    def duration_s(self) -> float | None:
        """Length in seconds; None if unknown."""
        ...

    def open(self) -> AudioStream:
        """Start. Raises an ``AudioError`` with advice."""
        ...


class StreamContext:
    """``with source.open() as stream`` for streams that have a ``close``."""

    def close(self) -> None:
        """Let go of the device or file."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
