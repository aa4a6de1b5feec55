"""How loud the sound is along the timeline."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.tape import Tape

QUIETEST_DBFS = -60.0
LOUDEST = 100
_COLUMN_PX = 2.0
_MOST_S = 0.05
"""Of the sound behind one column, at most: hours would take too long to read."""

_KEPT_MS = 40_000
"""What the widest window may show; a view may become wider."""

Level = tuple[int, int]


def height(dbfs: float) -> int:
    """A level in dB of full scale, minus infinity for silence, as a height from 0 to ``LOUDEST``."""
    return 0 if dbfs <= QUIETEST_DBFS else min(LOUDEST, round(LOUDEST * (1 - dbfs / QUIETEST_DBFS)))


def waveform(tape: Tape, start_ms: float, end_ms: float, axis_px: float) -> bytes:
    """The heights of equal parts of the sound from ``start_ms`` to ``end_ms``, a byte each; none without sound."""
    sound, columns = tape.sound, int(axis_px / _COLUMN_PX)
    if sound is None or columns < 1 or end_ms <= start_ms:
        return b""
    step = (end_ms - start_ms) / 1000 * SAMPLE_RATE_HZ / columns
    length = max(1, min(math.ceil(step), round(_MOST_S * SAMPLE_RATE_HZ)))
    begins = [round(start_ms / 1000 * SAMPLE_RATE_HZ + step * column) for column in range(columns)]
    return bytes(height(_dbfs(sound.read(max(0, begin), max(0, begin + length)))) for begin in begins)


def _dbfs(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return 10 * math.log10(power / 32768**2) if power > 0 else -math.inf


class LiveLevels:
    """The heights of the sound while it comes, each with the ms at which it ends."""

    def __init__(self) -> None:
        self._levels: deque[Level] = deque()

    def add(self, now_ms: float, dbfs: float, start_ms: float, *, everything: bool) -> list[Level]:
        """The newest level, or every one since ``start_ms`` for a view that has none."""
        levels, now = self._levels, round(now_ms)
        if levels and now < levels[-1][0]:  # another session, or an earlier moment of a recording
            levels.clear()
        new = not levels or now > levels[-1][0]
        if new:
            levels.append((now, height(dbfs)))
        while levels[0][0] < now - _KEPT_MS:
            levels.popleft()
        if everything:
            return [level for level in levels if level[0] >= start_ms]
        return [levels[-1]] if new else []
