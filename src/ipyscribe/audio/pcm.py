"""Samples of any rate and channel count become 16 kHz PCM16 mono, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipyscribe.audio.block import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def to_mono(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the channels: shape (n,) or (n, channels) -> (n,)."""
    if frames.ndim == 1:
        return frames
    mono: NDArray[np.float32] = frames[:, 0] if frames.shape[1] == 1 else frames.mean(axis=1)
    return mono


class Pcm16Converter:
    """Turns a run of float pieces at ``rate_hz`` into little-endian PCM16 mono at 16 kHz.

    Resampling is soxr's "HQ" (band limited, linear phase), with state carried from piece to piece: n samples
    give round(n * 16000 / rate_hz) in all, once the last piece has been marked. At 16 kHz nothing is
    filtered, so that 16-bit samples come out bit for bit. Beyond ±1.0 samples are clipped.
    """

    def __init__(self, rate_hz: float) -> None:
        self._resampler: Any = None
        if rate_hz != SAMPLE_RATE_HZ:
            import soxr

            self._resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")

    def convert(self, frames: NDArray[np.float32], *, last: bool = False) -> bytes:
        """The PCM16 that is ready after these ``frames``, shape (n,) or (n, channels), values in [-1, 1]."""
        import numpy as np

        mono = np.ascontiguousarray(to_mono(frames), dtype=np.float32)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono, last=last)
        scaled = np.rint(mono * np.float32(32768))
        return bytes(np.clip(scaled, -32768, 32767).astype("<i2").tobytes())
