"""A source into which another program pushes its sound: a telephone call, a queue, an async iterator."""

from __future__ import annotations

import inspect
import math
import threading
import time
from collections.abc import AsyncIterable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from ipyscribe.audio.array import as_float, checked_array, checked_rate
from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.audio.channels import Channel, channel_index, checked_channel
from ipyscribe.audio.g711 import decode_g711
from ipyscribe.audio.pcm import Pcm16Converter
from ipyscribe.audio.player_html import text_html
from ipyscribe.audio.remote import BUFFER_S, RemoteStream
from ipyscribe.errors import DeviceLostError, ParameterError, SessionStateError
from ipyscribe.protocol.python_values import python_values

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Encoding = Literal["pcm_s16le", "pcm_f32le", "pcm_mulaw", "pcm_alaw"]

_SAMPLE_BYTES = {"pcm_s16le": 2, "pcm_f32le": 4, "pcm_mulaw": 1, "pcm_alaw": 1}
_STALLED_AFTER_S = 2.0


class PushSource:
    """Sound that another program pushes, in pieces of any length, from any thread.

    ``sample_rate`` is in Hz; ``encoding`` is the format of pushed bytes: "pcm_s16le", "pcm_f32le", "pcm_mulaw" or
    "pcm_alaw", with the samples of several ``channels`` interleaved. ``channel`` is the number of the channel to
    read, counted from 0, "left", "right", or "mix" for the mean of all. Up to ``buffer_s`` seconds wait for the
    session, also those that were pushed before it was opened; more is dropped and counted.

    The pace is that of the pushes: the source neither waits nor fills gaps. It lives until ``end`` or ``fail``.

    ::

        call = PushSource(8000, encoding="pcm_mulaw")
        session = Session("u3-rt-pro", source=call)
        session.start()
        for message in twilio:  # {"media": {"timestamp": "140", "payload": "..."}}
            call.push(b64decode(message["media"]["payload"]), at_s=int(message["media"]["timestamp"]) / 1000)
        call.end()
    """

    live = True
    heard_together: object = None
    """It is not a microphone, of which only one is heard at a time: calls come at the same time."""
    duration_s: float | None = None

    def __init__(
        self,
        sample_rate: float,
        *,
        encoding: Encoding = "pcm_s16le",
        channels: int = 1,
        channel: Channel = "mix",
        buffer_s: float = BUFFER_S,
        label: str = "pushed sound",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sample_rate = checked_rate(sample_rate)
        if encoding not in _SAMPLE_BYTES:
            raise ParameterError(
                f"encoding is {encoding!r}; it must be one of {', '.join(_SAMPLE_BYTES)}.",
                advice="Push numpy arrays for anything else.",
            )
        channels, buffer_s = python_values((channels, buffer_s))
        if isinstance(channels, bool) or not isinstance(channels, int) or not 1 <= channels <= 32:
            raise ParameterError(f"channels is {channels!r}; it must be a number from 1 to 32.")
        if isinstance(buffer_s, bool) or not isinstance(buffer_s, int | float) or not 0.05 <= buffer_s <= 3600:
            raise ParameterError(f"buffer_s is {buffer_s!r}; it must be a number of seconds from 0.05 to 3600.")
        self.encoding = encoding
        self.channels = channels
        self.channel = checked_channel(channel)
        self.label = label
        self._buffer_s = buffer_s
        self._clock = clock
        self._converter = Pcm16Converter(self.sample_rate, channel=channel_index(channel, channels, label), live=True)
        self._lock = threading.Lock()
        self._partial = b""
        self._first_at_s: float | None = None
        self._expected_s = 0.0
        self._gap_samples = 0
        self._pushed_samples = 0
        self._over: Callable[[RemoteStream], object] | None = None
        self._waiting: RemoteStream | None = self._new_stream()
        self._streams: list[tuple[RemoteStream, int]] = [(self._waiting, 0)]
        self._chunks = 0

    def __repr__(self) -> str:
        return f"PushSource({self.sample_rate}, encoding={self.encoding!r}, channels={self.channels})"

    def _repr_html_(self) -> str:
        channels = f"{self.channels} channel{'' if self.channels == 1 else 's'}"
        form = f"{self.encoding}, {self.sample_rate:,} Hz, {channels}"
        return text_html(f"{self.label}: takes {form} by push() while a session is open.")

    def _new_stream(self) -> RemoteStream:
        return RemoteStream(
            name=self.label,
            buffer_s=self._buffer_s,
            absent_after_s=math.inf,
            stalled_after_s=_STALLED_AFTER_S,
            clock=self._clock,
        )

    def push(self, sound: bytes | bytearray | memoryview | NDArray[Any], *, at_s: float | None = None) -> None:
        """Hand over more sound: bytes in ``encoding``, or an array as ``AudioArray`` takes it.

        ``at_s`` is when its first sample was captured, in seconds on the sender's clock: what is missing before it
        counts as dropped. Raises ParameterError for sound that cannot be used, SessionStateError after ``end``.
        """
        with self._lock:
            if self._over is not None:
                raise SessionStateError(
                    "The source has ended, so nothing more can be pushed.", advice="Make a new one."
                )
            frames = self._frames(sound)
            self._note_gap(at_s, len(frames))
            self._put(self._converter.convert(frames))

    def _frames(self, sound: bytes | bytearray | memoryview | NDArray[Any]) -> NDArray[np.float32]:
        import numpy as np

        if not isinstance(sound, bytes | bytearray | memoryview):
            frames = as_float(checked_array(sound))
            channels = 1 if frames.ndim == 1 else frames.shape[1]
            if channels != self.channels:
                raise ParameterError(
                    f"The pushed array has {channels} channels; the source has {self.channels}.",
                    advice="Make the source with PushSource(..., channels=...).",
                )
            return frames
        data = self._partial + bytes(sound)
        complete_bytes = len(data) - len(data) % (_SAMPLE_BYTES[self.encoding] * self.channels)
        data, self._partial = data[:complete_bytes], data[complete_bytes:]
        if self.encoding == "pcm_s16le":
            samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        elif self.encoding == "pcm_f32le":
            samples = np.nan_to_num(np.frombuffer(data, "<f4"), posinf=1.0, neginf=-1.0)
        else:
            samples = decode_g711(data, "mu" if self.encoding == "pcm_mulaw" else "a")
        return samples if self.channels == 1 else samples.reshape(-1, self.channels)

    def _note_gap(self, at_s: float | None, frames: int) -> None:
        if at_s is not None:
            if self._first_at_s is None:
                self._first_at_s = at_s - self._expected_s
            gap_s = at_s - self._first_at_s - self._expected_s
            if gap_s * self.sample_rate >= 1:
                self._gap_samples += round(gap_s * SAMPLE_RATE_HZ)
                self._expected_s += gap_s
        self._expected_s += frames / self.sample_rate

    def _put(self, pcm: bytes) -> None:
        position = self._pushed_samples + self._gap_samples
        for stream, first_chunk in self._streams:
            stream.put(self._chunks - first_chunk, position, pcm, lag_s=self._converter.delay_s)
        self._chunks += 1
        self._pushed_samples += len(pcm) // 2

    def end(self) -> None:
        """There is no more sound: sessions end in an orderly way once they have read all of it."""
        import numpy as np

        with self._lock:
            if self._over is not None:
                return
            empty = np.zeros(0 if self.channels == 1 else (0, self.channels), np.float32)
            self._put(self._converter.convert(empty, last=True))
            for stream, first_chunk in self._streams:
                stream.end(self._chunks - first_chunk)
            self._over = lambda stream: stream.end(0)

    def fail(self, message: str, *, advice: str = "") -> None:
        """The sound is gone for good: sessions fail with DeviceLostError once they have read what was pushed."""
        with self._lock:
            if self._over is None:
                self._over = lambda stream: stream.fail(DeviceLostError(message, advice=advice))
                for stream, _ in self._streams:
                    self._over(stream)

    async def feed(self, sound: AsyncIterable[Any] | Iterable[Any]) -> None:
        """Push all that an (async) iterable gives, and end; if it raises, sessions fail and the error goes on."""
        try:
            if isinstance(sound, AsyncIterable):
                async for piece in sound:
                    self.push(piece)
            else:
                for piece in sound:
                    self.push(await piece if inspect.isawaitable(piece) else piece)
        except Exception as error:
            self.fail(f"The iterator that feeds {self.label!r} failed: {type(error).__name__}: {error}")
            raise
        self.end()

    def open(self) -> RemoteStream:
        """Open a stream. The first one gets the sound pushed before, later ones the sound pushed from then on."""
        with self._lock:
            stream, self._waiting = self._waiting, None
            if stream is None:
                stream = self._new_stream()
                stream.begin_at(self._pushed_samples + self._gap_samples)
                self._streams = [(other, first) for other, first in self._streams if not other.ended]
                self._streams.append((stream, self._chunks))
                if self._over is not None:
                    self._over(stream)
            return stream
