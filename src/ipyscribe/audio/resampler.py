"""A resampler for live sound: its delay is a few milliseconds, where a block-based one holds sound back."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from ipyscribe.audio.block import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STOPBAND_DB = 100.0
_TRANSITION = 0.0875
"""Width of the transition band, as a share of the lower Nyquist frequency: that of soxr's "HQ"."""


class LowLatencyResampler:
    """Resamples float32 mono from ``rate_hz`` to 16 kHz, piece by piece, with a polyphase FIR filter.

    Linear phase, flat to 0.91 of the lower Nyquist frequency, and 100 dB down from there on. soxr's stream, with
    the same response, hands out nothing of 8 kHz sound for 125 ms; this filter's delay is 9 ms at 8 kHz and 4 ms
    at 44.1 and 48 kHz. n samples give round(n * 16000 / rate_hz) in all, once the last piece has been marked.
    """

    def __init__(self, rate_hz: int) -> None:
        import numpy as np

        divisor = math.gcd(SAMPLE_RATE_HZ, rate_hz)
        self._up, self._down = SAMPLE_RATE_HZ // divisor, rate_hz // divisor
        self._filters = _polyphase_filters(self._up, self._down)
        self._half = self._filters.shape[1] // 2
        self._input = np.zeros(self._half, np.float32)
        self._first = -self._half
        self._received = 0
        self._produced = 0

    @property
    def delay(self) -> float:
        """How many samples at 16 kHz belong to the input and were not handed out yet."""
        return self._received * self._up / self._down - self._produced

    def resample_chunk(self, samples: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        """The samples at 16 kHz that are ready after these."""
        import numpy as np

        self._received += len(samples)
        tail = np.zeros(self._half + 1 if last else 0, np.float32)
        self._input = np.concatenate([self._input, samples, tail])
        produced = self._produced
        if last:
            end = round(self._received * self._up / self._down)
        else:  # the output whose centre lies ``half`` samples before the end of the input is the last one
            end = max(produced, ((self._received - self._half) * self._up - 1) // self._down + 1)
        times = np.arange(produced, end) * self._down
        centres, phases = times // self._up, times % self._up
        taps = self._filters.shape[1]
        if len(times):
            windows = np.lib.stride_tricks.sliding_window_view(self._input, taps)
            result: NDArray[np.float32] = np.einsum(
                "ij,ij->i", windows[centres - self._half - self._first], self._filters[phases]
            )
            self._produced = end
        else:
            result = np.zeros(0, np.float32)
        keep_from = max(self._first, self._produced * self._down // self._up - self._half)
        self._input = self._input[keep_from - self._first :]
        self._first = keep_from
        return result


@lru_cache(maxsize=8)
def _polyphase_filters(up: int, down: int) -> NDArray[np.float32]:
    """One row of taps for each phase: a Kaiser-windowed sinc, read at the distances of that phase.

    Row p holds the weights of the input samples floor(t) - half … floor(t) + half for an output at time
    t = floor(t) + p / up, in input samples.
    """
    import numpy as np

    lower = min(1.0, up / down)  # the lower Nyquist frequency, as a share of that of the input
    width = _TRANSITION * lower
    half = math.ceil((_STOPBAND_DB - 7.95) / (2.285 * math.pi * width) / 2) + 1
    cutoff = lower - width / 2
    distances = np.arange(-half, half + 1)[None, :] - np.arange(up)[:, None] / up
    beta = 0.1102 * (_STOPBAND_DB - 8.7)
    inside = np.clip(1 - (distances / (half + 1)) ** 2, 0, None)
    taps = cutoff * np.sinc(cutoff * distances) * np.i0(beta * np.sqrt(inside)) / np.i0(beta)
    taps /= taps.sum(axis=1, keepdims=True)
    filters: NDArray[np.float32] = taps.astype(np.float32)
    return filters
