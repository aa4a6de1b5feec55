"""From a decoder to 16 kHz PCM16: one decoding of a file, from its beginning, cut to the part that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioNotice
from ipyscribe.audio.channels import Channel, channel_index
from ipyscribe.audio.decoder import Decoder
from ipyscribe.audio.inspection import TAIL_S, SoundFileInfo, cut_off_notice
from ipyscribe.audio.pcm import Pcm16Converter, cancellation_notice
from ipyscribe.errors import AudioFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECES_PER_S = 2


class PcmReader:
    """Reads the seconds from ``start_s`` to ``stop_s`` of a decoder's sound, and ``silence_s`` of zeros after them.

    All of the sound is decoded and resampled from its first sample on, and the part before ``start_s`` is thrown
    away: codecs carry state from frame to frame, so that a seek would give other samples. ``info`` is the
    result of inspecting the file; without it (a pipe) the sound ends where it ends.
    """

    def __init__(
        self,
        decoder: Decoder,
        name: str,
        *,
        channel: Channel = "mix",
        start_s: float = 0.0,
        stop_s: float | None = None,
        silence_s: float = 0.0,
        info: SoundFileInfo | None = None,
    ) -> None:
        self._decoder = decoder
        self._name = name
        self._channel = channel
        self._start_s, self._stop_s = start_s, stop_s
        self._silence_s = silence_s
        self._info = info
        self._notice = None if info is None else info.notice
        self._converter: Pcm16Converter | None = None
        self._decoded_s = 0.0

    @property
    def notice(self) -> AudioNotice | None:
        """What a person should know of the sound that was read so far."""
        if self._converter is not None and self._converter.cancelled:
            return cancellation_notice(self._name)
        return self._notice

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """The level of each channel in the newest piece."""
        return () if self._converter is None else self._converter.channel_levels_dbfs

    def pieces(self) -> Iterator[bytes]:
        """PCM16 in pieces of about half a second. Raises AudioFileError where the sound is damaged or cut off."""
        start = round(self._start_s * SAMPLE_RATE_HZ)
        stop = None if self._stop_s is None else round(self._stop_s * SAMPLE_RATE_HZ)
        position = 0
        for piece in self._whole():
            samples = len(piece) // 2
            end = samples if stop is None else min(samples, stop - position)
            yield piece[2 * max(0, start - position) : 2 * end]
            position += samples
            if stop is not None and position >= stop:
                break
        else:
            self._check_end()
        yield bytes(2 * round(SAMPLE_RATE_HZ * self._silence_s))

    def _whole(self) -> Iterator[bytes]:
        import numpy as np

        rate_hz, channels = self._decoder.rate_hz, self._decoder.channels
        self._converter = self._new_converter(rate_hz, channels)
        held: list[NDArray[np.float32]] = []
        for rate, frames in self._decoder.frames():
            if (rate, frames.shape[1]) != (rate_hz, channels):  # joined files of different formats
                held.append(np.zeros((0, channels), np.float32))
                yield from self._convert(np.concatenate(held), rate_hz, last=True)
                rate_hz, channels = rate, frames.shape[1]
                self._converter, held = self._new_converter(rate_hz, channels), []
            held.append(frames)
            if _PIECES_PER_S * sum(map(len, held)) >= rate_hz:
                yield from self._convert(np.concatenate(held), rate_hz)
                held = []
        held.append(np.zeros((0, channels), np.float32))
        yield from self._convert(np.concatenate(held), rate_hz, last=True)

    def _new_converter(self, rate_hz: int, channels: int) -> Pcm16Converter:
        return Pcm16Converter(rate_hz, channel=channel_index(self._channel, channels, self._name))

    def _convert(self, frames: NDArray[np.float32], rate_hz: int, *, last: bool = False) -> Iterator[bytes]:
        import numpy as np

        assert self._converter is not None
        finite = np.isfinite(frames).all(axis=1)
        if finite.all():
            self._decoded_s += len(frames) / rate_hz
            yield self._converter.convert(frames, last=last)
            return
        bad = int(np.argmin(finite))
        bad_s = self._decoded_s + bad / rate_hz
        self._decoded_s += len(frames) / rate_hz
        if bad_s < self._start_s or (self._stop_s is not None and bad_s >= self._stop_s):
            yield self._converter.convert(np.nan_to_num(frames, posinf=0.0, neginf=0.0), last=last)
            return
        yield self._converter.convert(frames[:bad], last=True)
        raise AudioFileError(
            f"{self._name!r} holds values that are not numbers (NaN or infinite), first at {bad_s:.3f} s.",
            advice="Export it again, or use stop_s to end before that point.",
        )

    def _check_end(self) -> None:
        """Compare the end of the sound with the header. Raises AudioFileError if a second or more is missing."""
        info, faults = self._info, self._decoder.faults
        if faults:
            where = self._decoder.first_fault_s
            self._notice = AudioNotice(
                "damaged",
                f"{self._name!r} is damaged: {faults} of its packets could not be decoded and are left out"
                f"{'' if where is None else f', the first at {where:.1f} s'}.",
                "Copy or download it again if they matter.",
            )
        if info is None:
            return
        expected_s = self._stop_s
        if expected_s is None and info.expected_frames is not None:
            expected_s = info.expected_frames / info.rate_hz
        if expected_s is None:
            return
        missing_s = expected_s - self._decoded_s
        if missing_s > TAIL_S:
            raise AudioFileError(
                f"{self._name!r} is cut off or damaged after {self._decoded_s:.1f} s of {expected_s:.1f} s.",
                advice=f"Copy or download it again, or use stop_s={int(10 * self._decoded_s) / 10} to end there.",
            )
        if missing_s * info.rate_hz > info.tolerance_frames + 0.5:
            self._notice = cut_off_notice(self._name, missing_s)
