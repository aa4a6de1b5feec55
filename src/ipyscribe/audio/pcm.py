"""Samples of any rate and channel count become 16 kHz PCM16 mono, piece by piece."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioNotice
from ipyscribe.audio.channels import Downmixer
from ipyscribe.audio.resampler import LowLatencyResampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Pcm16Converter:
    """Turns a run of float pieces at ``rate_hz`` into little-endian PCM16 mono at 16 kHz.

    ``channel`` is the index of the channel to read; None is the mean of all, see ``Downmixer``. Resampling
    is soxr's "HQ" (band limited, linear phase), or for ``live`` sound ``LowLatencyResampler``, with state carried
    from piece to piece: n samples give round(n * 16000 / rate_hz) in all, once the last piece has been marked. At
    16 kHz nothing is filtered, so that 16-bit samples come out bit for bit. Beyond ±1.0 samples are clipped.
    """

    def __init__(self, rate_hz: int, *, channel: int | None = None, live: bool = False) -> None:
        self._rate_hz = rate_hz
        self._last_frames: NDArray[np.float32] | None = None
        self._downmixer = Downmixer(rate_hz, channel)
        self._resampler: Any = None
        if rate_hz != SAMPLE_RATE_HZ and live:
            self._resampler = LowLatencyResampler(rate_hz)
        elif rate_hz != SAMPLE_RATE_HZ:
            import soxr

            self._resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")

    def convert(self, frames: NDArray[np.float32], *, last: bool = False) -> bytes:
        """The PCM16 that is ready after these ``frames``, shape (n,) or (n, channels), values in [-1, 1]."""
        import numpy as np

        self._last_frames = frames
        mono = np.ascontiguousarray(self._downmixer.mix(frames, last=last), dtype=np.float32)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono, last=last)
        scaled = mono * np.float32(32768)
        np.rint(scaled, out=scaled)
        np.clip(scaled, -32768, 32767, out=scaled)
        return bytes(scaled.astype("<i2").tobytes())

    @property
    def delay_s(self) -> float:
        """For ``live`` sound: how much of the input has not come out yet, in seconds."""
        resampling = self._resampler.delay / SAMPLE_RATE_HZ if isinstance(self._resampler, LowLatencyResampler) else 0.0
        return resampling + self._downmixer.pending / self._rate_hz

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """The root mean square of each channel in the newest frames, in dBFS; -inf for zeros."""
        import numpy as np

        if self._last_frames is None or not len(self._last_frames):
            return ()
        energies = np.atleast_1d(np.square(self._last_frames, dtype=np.float64).mean(axis=0))
        return tuple(10 * math.log10(energy) if energy else -math.inf for energy in energies)

    @property
    def cancelled(self) -> bool:
        """Whether the channels cancelled each other somewhere, so that the louder one was taken."""
        return self._downmixer.cancelled


def cancellation_notice(name: str) -> AudioNotice:
    """That the channels of ``name`` cancel each other in their mean."""
    return AudioNotice(
        "out_of_phase",
        f"The channels of {name!r} cancel each other out (one is inverted): the louder one is used.",
        "Choose one with channel='left' or channel='right', or fix the wiring.",
    )
