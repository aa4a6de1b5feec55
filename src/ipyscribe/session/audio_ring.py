"""The newest sound by its position on the audio clock, so that it can be sent again over a later connection."""

from __future__ import annotations

from collections import deque

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ


class AudioRing:
    """Consecutive chunks of PCM16, the newest ``keep_s`` seconds of them. Used by one thread.

    Positions are samples from the beginning of the session.
    """

    def __init__(self, keep_s: float) -> None:
        self._max_chunks = max(1, round(keep_s * SAMPLE_RATE_HZ / BLOCK_SAMPLES))
        self._chunks: deque[bytes] = deque()
        self.start = 0
        self.end = 0
        self.newest = b""
        self.newest_start = 0

    def put(self, pcm: bytes) -> None:
        """Add a chunk at the end."""
        self._chunks.append(pcm)
        self.newest, self.newest_start = pcm, self.end
        self.end += len(pcm) // 2

    def forget(self, before: int) -> None:
        """Drop the chunks that end at ``before`` or earlier, and the oldest beyond ``keep_s``."""
        chunks = self._chunks
        while len(chunks) > self._max_chunks or (chunks and self.start + len(chunks[0]) // 2 <= before):
            self.start += len(chunks.popleft()) // 2

    def chunk(self, at: int) -> bytes:
        """The sound from ``at`` to the end of the chunk that holds it; nothing at the end of all."""
        if at >= self.end:
            return b""
        start = self.end
        for pcm in reversed(self._chunks):
            start -= len(pcm) // 2
            if start <= at:
                return pcm[2 * (at - start) :]
        return b""
