"""The microphone of the machine where Python runs, through PortAudio."""

from __future__ import annotations

import copy
import platform
import queue
import sys
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from ipyscribe.audio import portaudio
from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioNotice, StreamContext
from ipyscribe.audio.capture import Capture, start_capture
from ipyscribe.audio.channels import Channel, channel_index, checked_channel
from ipyscribe.audio.devices import InputDevice, checked_device, list_inputs, select_device
from ipyscribe.audio.pcm import Pcm16Converter, cancellation_notice
from ipyscribe.audio.player_html import text_html
from ipyscribe.errors import DeviceLostError, ParameterError
from ipyscribe.protocol.python_values import python_values

STALLED_AFTER_S = 2.0
SILENT_AFTER_S = 1.0
_CHECK_DEVICE_EVERY_S = 0.5
_BLOCK_BYTES = 2 * BLOCK_SAMPLES


class Microphone:
    """An input device of the machine where Python runs; with a remote kernel that is the server, not yours.

    ``device`` is None for the system's default, part of a name, or an index (see ``input_devices``).
    ``channel`` is the number of the channel to read, counted from 0, "left", "right", or "mix" for the mean of
    the first two. ``buffer_s`` is how much sound waits for a slow reader before it is dropped and counted.
    ``portaudio`` is the module ``sounddevice`` or a stand-in for it.
    """

    live = True
    duration_s: float | None = None

    def __init__(
        self,
        device: str | int | None = None,
        *,
        channel: Channel = "mix",
        buffer_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        portaudio: Any = None,
    ) -> None:
        self.device = checked_device(device)
        self.channel = checked_channel(channel)
        buffer_s = python_values(buffer_s)
        if isinstance(buffer_s, bool) or not isinstance(buffer_s, int | float) or not 0.05 <= buffer_s <= 600:
            raise ParameterError(f"buffer_s is {buffer_s!r}; it must be a number of seconds from 0.05 to 600.")
        self._buffer_s = buffer_s
        self._clock = clock
        self._portaudio = portaudio

    def __repr__(self) -> str:
        return f"Microphone({self.device!r})"

    def _repr_html_(self) -> str:
        return text_html(f"{self.label}. It records once a session is started; scribe.input_devices() lists all.")

    @property
    def label(self) -> str:
        """The device that was chosen, and the machine it belongs to."""
        device = "default" if self.device is None else self.device
        return f"Microphone of {platform.node() or 'this machine'} ({device})"

    def with_channel(self, channel: Channel) -> Self:
        """The same device, of which another channel is read. Raises ``ParameterError``."""
        other = copy.copy(self)
        other.channel = checked_channel(channel)
        return other

    def open(self) -> MicrophoneStream:
        """Start to record.

        At 16 kHz if the device accepts that, otherwise at its own rate, converted. Raises PortAudioMissingError,
        NoInputDeviceError, UnknownDeviceError, DeviceRefusedError, or AudioFileError for a channel that it has not.
        """
        library = portaudio.load() if self._portaudio is None else self._portaudio
        with portaudio.exclusive():
            device = select_device(list_inputs(library), self.device)
            channel = channel_index(self.channel, device.channels, device.name)
            capture = start_capture(library, device, channel=channel, buffer_s=self._buffer_s, clock=self._clock)
            portaudio.remember(capture.stream)
        return MicrophoneStream(device, capture, channel=channel, clock=self._clock)


class MicrophoneStream(StreamContext):
    """An open microphone.

    Positions count the samples handed out: samples that were dropped, or captured during a pause, are not counted.
    ``device`` is the InputDevice, ``native_rate_hz`` and ``native_channels`` are those it records with.
    """

    def __init__(
        self, device: InputDevice, capture: Capture, *, channel: int | None, clock: Callable[[], float]
    ) -> None:
        self.device = device
        self.native_rate_hz = capture.rate_hz
        self.native_channels = capture.channels
        self._stream = capture.stream
        self._captured = capture.queue
        self._clock = clock
        as_is = (capture.rate_hz, capture.channels) == (SAMPLE_RATE_HZ, 1)
        self._converter = None if as_is else Pcm16Converter(capture.rate_hz, channel=channel, live=True)
        self._rest = bytearray()
        self._ready: deque[AudioBlock] = deque()
        self._position = 0
        self._zero_frames = 0
        self._only_zeros = True
        self._lost: DeviceLostError | None = None
        self._closed = False
        finalizer = weakref.finalize(self, portaudio.release, self._stream)
        # At exit the hook in portaudio.py closes the device, in the right order.
        finalizer.atexit = False

    def read(self, timeout_s: float) -> AudioBlock | None:
        """The next block; None if none came within ``timeout_s`` seconds or the stream was closed.

        Raises DeviceLostError when the device has gone, once all sound before that has been handed out.
        """
        deadline = self._clock() + timeout_s
        while not self._closed:
            if self._ready:
                return self._ready.popleft()
            if self._lost is not None:
                raise self._lost
            left_s = deadline - self._clock()
            try:
                chunk = self._captured.chunks.get(timeout=max(0.0, min(left_s, _CHECK_DEVICE_EVERY_S)))
            except queue.Empty:
                if not self._stream.active:
                    self._captured.finish()
                elif left_s <= 0:
                    return None
            else:
                self._accept(chunk)
        return None

    def _accept(self, chunk: tuple[bytes, float] | None) -> None:
        if chunk is not None:
            self._watch_for_silence(chunk[0])
            self._cut(self._as_pcm(chunk[0], last=False), chunk[1])
        elif not self._closed:
            self._lose()

    def _watch_for_silence(self, chunk: bytes) -> None:
        if self._only_zeros:
            self._only_zeros = chunk.count(0) == len(chunk)
            self._zero_frames += len(chunk) // (2 * self.native_channels)

    def _as_pcm(self, chunk: bytes, *, last: bool) -> bytes:
        if self._converter is None:
            return chunk
        import numpy as np

        frames = np.frombuffer(chunk, dtype=np.int16).reshape(-1, self.native_channels)
        return self._converter.convert(frames.astype(np.float32) / np.float32(32768), last=last)

    def _cut(self, pcm: bytes, arrival_s: float, *, last: bool = False) -> None:
        """Make blocks of ``pcm``, the end of which arrived at ``arrival_s`` without the converter's delay."""
        self._rest += pcm
        held_s = 0.0 if self._converter is None else self._converter.delay_s
        while len(self._rest) >= _BLOCK_BYTES or (last and self._rest):
            pcm = bytes(self._rest[:_BLOCK_BYTES])
            del self._rest[:_BLOCK_BYTES]
            captured_s = arrival_s - held_s - len(self._rest) / (2 * SAMPLE_RATE_HZ)
            block = AudioBlock(pcm, self._position, captured_s)
            self._position += block.samples
            self._ready.append(block)

    def _lose(self) -> None:
        self._cut(self._as_pcm(b"", last=True), self._captured.last_arrival_s, last=True)
        self._lost = DeviceLostError(
            f"The input device {self.device.full_name!r} was disconnected.",
            advice="Plug it in, call input_devices(refresh=True) and start again, or choose another device.",
        )
        portaudio.release(self._stream)

    def pause(self) -> None:
        """Discard the sound captured from now on."""
        self._captured.paused = True

    def resume(self) -> None:
        """Listen again."""
        self._captured.paused = False

    def close(self) -> None:
        """Let go of the device, in at most 2 s. A ``read`` that waits in another thread returns None."""
        self._closed = True
        self._captured.finish()
        portaudio.release(self._stream)

    @property
    def ended(self) -> bool:
        """True once the stream was closed, or the device is lost and all that was captured has been read."""
        return self._closed or (self._lost is not None and not self._ready)

    @property
    def dropped_samples(self) -> int:
        """Samples (at 16 kHz) that came while ``buffer_s`` of sound waited to be read."""
        return self._captured.dropped_frames * SAMPLE_RATE_HZ // self.native_rate_hz

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """The level of each recorded channel in the newest chunk; empty where mono is recorded at 16 kHz."""
        return () if self._converter is None else self._converter.channel_levels_dbfs

    @property
    def overflows(self) -> int:
        """How often PortAudio reported that sound was lost before it reached this process."""
        return self._captured.overflows

    @property
    def notice(self) -> AudioNotice | None:
        """What is noteworthy just now.

        ``stalled``: no sound at all for 2 s, until it comes again. ``silent``: from the beginning nothing but
        exact zeros, for at least 1 s, until the first other sample; a system that withholds permission and a
        muted input do that, a quiet room does not. ``out_of_phase``: two channels cancel each other in their mean.
        """
        if self._closed or self._lost is not None:
            return None
        if self._clock() - self._captured.last_arrival_s >= STALLED_AFTER_S:
            return AudioNotice(
                "stalled",
                f"No sound has come from {self.device.name!r} for {STALLED_AFTER_S:.0f} s or more.",
                "If the system suspended the device it goes on by itself; otherwise stop and start again.",
            )
        if self._only_zeros and self._zero_frames >= SILENT_AFTER_S * self.native_rate_hz:
            return AudioNotice("silent", f"{self.device.name!r} delivers only digital silence.", _silence_advice())
        if self._converter is not None and self._converter.cancelled:
            return cancellation_notice(self.device.name)
        return None


def _silence_advice() -> str:
    if sys.platform == "darwin":
        return (
            "Allow the application that started Jupyter (Terminal, iTerm, VS Code) in System Settings > "
            "Privacy & Security > Microphone, then restart that application."
        )
    if sys.platform == "win32":
        return "Allow desktop apps in Settings > Privacy & security > Microphone; check that it is not muted."
    return "Check in the sound settings that this input is not muted and is the one you speak into."
