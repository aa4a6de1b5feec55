"""What listening cost. AssemblyAI bills the time for which a socket is open, silence included, per session."""

from __future__ import annotations

from dataclasses import dataclass

from ipyscribe.errors import MetricError, ParameterError


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of sessions: ``open_s`` seconds of open sockets, all connections together (the server's own
    count where it gave one), for ``audio_s`` seconds of sound, at ``price_per_hour_usd``.

    Sessions in parallel add up: five minutes streamed to two models are ten minutes. Raises ``ParameterError``.
    """

    open_s: float
    audio_s: float
    price_per_hour_usd: float

    def __post_init__(self) -> None:
        for name in ("open_s", "audio_s", "price_per_hour_usd"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ParameterError(f"{name}={getattr(self, name)!r} cannot be used.", advice="Expected 0 or more.")

    @property
    def usd(self) -> float:
        """US dollars = open seconds / 3,600 x price per hour."""
        return self.open_s / 3600 * self.price_per_hour_usd

    @property
    def usd_per_1000_audio_minutes(self) -> float:
        """US dollars / minutes of sound x 1,000, the unit of Artificial Analysis. Raises ``MetricError`` without
        sound.
        """
        if not self.audio_s:
            raise MetricError("No sound was sent, so it has no price per minute.", advice="Use usd instead.")
        return self.usd / (self.audio_s / 60) * 1000
