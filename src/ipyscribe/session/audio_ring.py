"""The newest sound by its place on the audio clock, so that a later connection can be sent it again."""

from __future__ import annotations

from collections import deque

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ


class AudioRing:
    """Chunks of PCM16 in a row, the newest ``keep_s`` seconds of them. Used by one thread.

    Places are samples from the beginning of the session.
    """

    def __init__(self, keep_s: float) -> None:
        self._most = max(1, round(keep_s * SAMPLE_RATE_HZ / BLOCK_SAMPLES))
        self._chunks: deque[bytes] = deque()
        self.start = 0
        self.end = 0

    def put(self, pcm: bytes) -> None:
        """Add a chunk at the end."""
        self._chunks.append(pcm)
        self.end += len(pcm) // 2

    def forget(self, before: int) -> None:
        """Let go of the chunks that end at ``before`` or earlier, and of the oldest beyond ``keep_s``."""
        chunks = self._chunks
        while len(chunks) > self._most or (chunks and self.start + len(chunks[0]) // 2 <= before):
            self.start += len(chunks.popleft()) // 2

    def chunk(self, at: int) -> bytes:
        """The sound from ``at`` to the end of the chunk that holds it; at the end, nothing."""
        if at >= self.end:
            return b""
        place = self.end
        for pcm in reversed(self._chunks):  # the newest is nearly always the one
            place -= len(pcm) // 2
            if place <= at:
                return pcm[2 * (at - place) :]
        return b""
