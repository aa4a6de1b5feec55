"""Log-mel spectrogram, the way Whisper was trained to hear.

25 ms Hann windows every 10 ms, mel bands on Slaney's scale, log10 clipped to 8 below the loudest value,
then ``(x + 4) / 4`` (Radford et al. 2022, section 2.2, and ``whisper.audio.log_mel_spectrogram``).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
HOP_SAMPLES = 160
WINDOW_SAMPLES = 400

Floats = NDArray[np.float32]

_LEAST_POWER = 1e-10
_LINEAR_HZ_PER_MEL = 200.0 / 3
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(samples: Floats, bands: int = 80, *, length: int | None = None) -> Floats:
    """Features of ``samples`` (1-D, -1 to 1, 16 kHz): an array ``(bands, len(samples) // 160)``.

    With ``length`` those of so many samples, of which the last ones are silence that is not in ``samples``: it costs
    nothing, as only the frames that reach into ``samples`` are computed.
    """
    length = len(samples) if length is None else length
    silence = np.zeros(min(max(0, length - len(samples)), WINDOW_SAMPLES), np.float32)
    padded = np.pad(np.concatenate([samples[:length], silence]), WINDOW_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
    frames = frames[: length // HOP_SAMPLES]
    spectrum = np.fft.rfft(frames * _window(), axis=1)
    power = np.ascontiguousarray((spectrum.real**2 + spectrum.imag**2).T, dtype=np.float32)
    energy = np.einsum("mb,bt->mt", _filters(bands), power)  # after @, OpenBLAS's threads spin for 0.1 s
    decibel = np.full((bands, length // HOP_SAMPLES), np.log10(_LEAST_POWER), np.float32)
    decibel[:, : energy.shape[1]] = np.log10(np.maximum(energy, _LEAST_POWER))
    scaled: Floats = (np.maximum(decibel, decibel.max() - 8.0) + 4.0) / 4.0
    return np.ascontiguousarray(scaled, dtype=np.float32)


@cache
def _window() -> Floats:
    return np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)


@cache
def _filters(bands: int) -> Floats:
    """Triangular filters of equal area, ``(bands, 201)``, up to 8 kHz."""
    bin_hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    edge_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE_HZ / 2), bands + 2))
    step_hz = np.diff(edge_hz)
    ramps = edge_hz[:, None] - bin_hz[None, :]
    rising = -ramps[:-2] / step_hz[:-1, None]
    falling = ramps[2:] / step_hz[1:, None]
    area = 2.0 / (edge_hz[2:] - edge_hz[:-2])
    weights = np.maximum(0.0, np.minimum(rising, falling)) * area[:, None]
    return weights.astype(np.float32)


def _hz_to_mel(hz: float) -> float:
    return float(_LOG_FROM_HZ / _LINEAR_HZ_PER_MEL + np.log(hz / _LOG_FROM_HZ) / _LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
    return np.where(mel < knee, mel * _LINEAR_HZ_PER_MEL, _LOG_FROM_HZ * np.exp(_LOG_STEP * (mel - knee)))
