"""How loud a block is."""

from __future__ import annotations

import math

from ipyscribe.audio.block import AudioBlock


def level_dbfs(block: AudioBlock) -> float:
    """Root mean square in dBFS: 0 for a full-scale square wave, -3.01 for a full-scale sine, -inf for zeros.

    20 * log10(rms / 32768), without weighting.
    """
    import numpy as np

    samples = np.frombuffer(block.pcm, dtype="<i2").astype(np.float32)
    energy = float(np.dot(samples, samples))
    return 10 * math.log10(energy / (len(samples) * 32768.0**2)) if energy else -math.inf


def peak_dbfs(block: AudioBlock) -> float:
    """Largest magnitude in dBFS: 20 * log10(peak / 32768); -inf for zeros."""
    import numpy as np

    samples = np.frombuffer(block.pcm, dtype="<i2")
    peak = max(int(samples.max()), -int(samples.min())) if len(samples) else 0
    return 20 * math.log10(peak / 32768) if peak else -math.inf
