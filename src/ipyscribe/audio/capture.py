"""From a PortAudio device to a bounded queue of chunks: opening, and the callback in PortAudio's thread."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ipyscribe.audio.block import BLOCK_MS, SAMPLE_RATE_HZ
from ipyscribe.audio.devices import InputDevice
from ipyscribe.errors import DeviceRefusedError

_DEVICE_UNAVAILABLE = -9985
_RESAMPLED_CHUNK_MS = 10
"""Sound that is resampled comes in small chunks: the filter's delay would otherwise cost a full block."""


class CaptureQueue:
    """Chunks of captured sound with their arrival times, and counts; PortAudio's thread writes, the reader takes.

    ``chunks`` ends with None when the device stops. One thread writes, so the bound on its length is exact.
    """

    def __init__(self, clock: Callable[[], float], max_chunks: int) -> None:
        self.chunks: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self.dropped_frames = 0
        self.overflows = 0
        self.paused = False
        self.last_arrival_s = clock()
        self._clock = clock
        self._max_chunks = max_chunks

    def callback(self, indata: Any, frames: int, _time: object, status: Any) -> None:
        """PortAudio's callback: it must not wait, so it copies, counts and returns."""
        self.last_arrival_s = self._clock()
        if status.input_overflow:
            self.overflows += 1
        if self.paused:
            return
        if self.chunks.qsize() >= self._max_chunks:
            self.dropped_frames += frames
        else:
            self.chunks.put((bytes(indata), self.last_arrival_s))

    def finish(self) -> None:
        """PortAudio's finished callback: the stream stopped, by itself or because it was closed."""
        self.chunks.put(None)


class Capture:
    """A started device: its PortAudio ``stream``, the ``queue`` that it fills, and the format that it records."""

    def __init__(self, stream: Any, queue: CaptureQueue, rate_hz: int, channels: int) -> None:
        self.stream = stream
        self.queue = queue
        self.rate_hz = rate_hz
        self.channels = channels


def start_capture(
    library: Any, device: InputDevice, *, channel: int | None, buffer_s: float, clock: Callable[[], float]
) -> Capture:
    """Open and start ``device`` in the first format that it accepts.

    ``channel`` is the index of the channel that must be among those recorded; None leaves it to the device. Raises
    DeviceRefusedError.
    """
    failures: list[str] = []
    code = 0
    for rate_hz, channels in _formats(device, channel):
        chunk_ms = BLOCK_MS if rate_hz == SAMPLE_RATE_HZ else _RESAMPLED_CHUNK_MS
        captured = CaptureQueue(clock, max(1, round(1000 * buffer_s / chunk_ms)))
        stream = None
        try:
            stream = library.RawInputStream(
                samplerate=rate_hz,
                blocksize=rate_hz * chunk_ms // 1000,
                device=device.index,
                channels=channels,
                dtype="int16",
                callback=captured.callback,
                finished_callback=captured.finish,
            )
            stream.start()
        except library.PortAudioError as error:
            if stream is not None:
                stream.close(ignore_errors=True)
            failures.append(f"{rate_hz} Hz, {channels} ch: {error}")
            code = error.args[1] if len(error.args) > 1 else 0
            if code == _DEVICE_UNAVAILABLE:
                break
        else:
            return Capture(stream, captured, rate_hz, channels)
    raise DeviceRefusedError(
        f"The input device {device.full_name!r} could not be opened ({'; '.join(failures)}).", advice=_advice(code)
    )


def _formats(device: InputDevice, channel: int | None) -> Iterator[tuple[int, int]]:
    """Rate and channels to try: 16 kHz if that is possible, else the device's own.

    CoreAudio, WASAPI and raw ALSA devices may refuse rates other than their own; some devices refuse mono. Two
    channels come before one: a system mixes two channels that cancel each other to silence.
    """
    native = device.default_sample_rate_hz
    fewest = 1 if channel is None else channel + 1
    counts = [max(fewest, min(2, device.channels)), fewest, device.channels]
    yield from dict.fromkeys((rate_hz, count) for rate_hz in (SAMPLE_RATE_HZ, native) for count in counts[:2])
    yield native, counts[2]


def _advice(code: int) -> str:
    if code == _DEVICE_UNAVAILABLE:
        return "Another program is using it: close that program, or choose another device."
    if sys.platform == "darwin":
        return (
            "Allow the application that started Jupyter in System Settings > Privacy & Security > Microphone "
            "or choose another device."
        )
    return "Check that it is plugged in and not in use elsewhere, then look again with input_devices(refresh=True)."
