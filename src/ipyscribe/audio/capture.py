"""From a PortAudio device to a bounded queue of chunks: opening, and what runs in PortAudio's thread."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ipyscribe.audio.block import BLOCK_MS, SAMPLE_RATE_HZ
from ipyscribe.audio.devices import InputDevice
from ipyscribe.errors import DeviceRefusedError

_DEVICE_UNAVAILABLE = -9985


class Heard:
    """What PortAudio's thread leaves for the reader: chunks with their arrival time, and counts.

    ``chunks`` ends with None when the device stops. One thread writes, so the bound on its length is exact.
    """

    def __init__(self, clock: Callable[[], float], most_chunks: int) -> None:
        self.chunks: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self.dropped_frames = 0
        self.overflows = 0
        self.paused = False
        self.last_s = clock()
        self._clock = clock
        self._most_chunks = most_chunks

    def hear(self, indata: Any, frames: int, _time: object, status: Any) -> None:
        """PortAudio's callback: it must not wait, so it copies, counts and returns."""
        self.last_s = self._clock()
        if status.input_overflow:
            self.overflows += 1
        if self.paused:
            return
        if self.chunks.qsize() >= self._most_chunks:
            self.dropped_frames += frames
        else:
            self.chunks.put((bytes(indata), self.last_s))

    def finish(self) -> None:
        """PortAudio's finished callback: the stream stopped, by itself or because it was closed."""
        self.chunks.put(None)


class Capture:
    """A started device: its PortAudio ``stream``, what is ``heard``, and in which format it records."""

    def __init__(self, stream: Any, heard: Heard, rate_hz: int, channels: int) -> None:
        self.stream = stream
        self.heard = heard
        self.rate_hz = rate_hz
        self.channels = channels


def started(library: Any, device: InputDevice, *, buffer_s: float, clock: Callable[[], float]) -> Capture:
    """Open and start ``device`` in the first format that it accepts. Raises DeviceRefusedError."""
    failures: list[str] = []
    code = 0
    for rate_hz, channels in _formats(device):
        heard = Heard(clock, max(1, round(1000 * buffer_s / BLOCK_MS)))
        stream = None
        try:
            stream = library.RawInputStream(
                samplerate=rate_hz,
                blocksize=rate_hz * BLOCK_MS // 1000,
                device=device.index,
                channels=channels,
                dtype="int16",
                callback=heard.hear,
                finished_callback=heard.finish,
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
            return Capture(stream, heard, rate_hz, channels)
    raise DeviceRefusedError(
        f"The input device {device.full_name!r} would not open ({'; '.join(failures)}).", advice=_advice(code)
    )


def _formats(device: InputDevice) -> Iterator[tuple[int, int]]:
    """16 kHz mono if that is possible, else what the device offers by itself.

    CoreAudio, WASAPI and raw ALSA devices may refuse rates other than their own; some devices refuse mono.
    """
    native = device.default_sample_rate_hz
    most = device.channels
    wishes = [(SAMPLE_RATE_HZ, 1), (native, 1), (native, min(2, most)), (native, most)]
    yield from dict.fromkeys(wishes)


def _advice(code: int) -> str:
    if code == _DEVICE_UNAVAILABLE:
        return "Another program is using it: close that program, or choose another device."
    if sys.platform == "darwin":
        return (
            "Allow the application that started Jupyter in System Settings > Privacy & Security > Microphone "
            "or choose another device."
        )
    return "Check that it is plugged in and free, then look again with input_devices(refresh=True)."
