"""How audio has to arrive: messages of 50 to 1000 ms, as on AssemblyAI's v3 server.

A message that is too long ends the session at once. Short ones are tolerated until they have come in a row
for about a second (49 messages of 20 ms were, in a recorded session), so that the tail of a file passes.
"""

from __future__ import annotations

from ipyscribe.local.values import RefusalError

SHORTEST_MS = 50
LONGEST_MS = 1000
LARGEST_BYTES = 128 * 1024
BACKLOG_S = 300.0

_SHORT_FOR_MS = 980.0


class AudioRules:
    """Checks one session's binary messages: mono, PCM16 or, with ``mulaw``, a byte for each sample."""

    def __init__(self, sample_rate_hz: int, *, mulaw: bool = False) -> None:
        self._mulaw = mulaw
        self._bytes_per_ms = (1 if mulaw else 2) * sample_rate_hz / 1000
        self._short_ms = 0.0
        self._half_sample = b""
        self.received_ms = 0.0

    def take(self, message: bytes) -> bytes:
        """The whole samples to process now, as PCM16; half a sample waits for the next message.

        Raises ``RefusalError`` (3007).
        """
        duration_ms = len(message) / self._bytes_per_ms
        if duration_ms > LONGEST_MS:
            raise _violation(duration_ms)
        self._short_ms = self._short_ms + duration_ms if duration_ms < SHORTEST_MS else 0.0
        if self._short_ms >= _SHORT_FOR_MS:
            raise _violation(duration_ms)
        self.received_ms += duration_ms
        if self._mulaw:
            return b"".join(map(_PCM16_OF_MULAW.__getitem__, message))
        joined = self._half_sample + message
        whole = len(joined) - len(joined) % 2
        self._half_sample = joined[whole:]
        return joined[:whole]


def _pcm16_of_mulaw(code: int) -> bytes:
    """One sample of ITU-T G.711."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return (-magnitude if code & 0x80 else magnitude).to_bytes(2, "little", signed=True)


_PCM16_OF_MULAW = tuple(_pcm16_of_mulaw(code) for code in range(256))


def check_pace(backlog_s: float, received_s: float, elapsed_s: float) -> None:
    """Refuse (3007) audio that comes so fast that more than five minutes of it wait."""
    if backlog_s > BACKLOG_S:
        text = f"Received {received_s:.1f} sec. audio in {elapsed_s:.1f} sec"
        raise RefusalError(3007, f"Audio Transmission Rate Exceeded: {text}")


def _violation(duration_ms: float) -> RefusalError:
    text = f"Input Duration Violation: {round(duration_ms, 1)} ms."
    return RefusalError(3007, f"Input Duration Error: {text} Expected between {SHORTEST_MS} and {LONGEST_MS} ms")
