"""The recorded data of one model on one recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipyscribe.metrics import latency
from ipyscribe.metrics.normalise import Equivalents, Normaliser, NormaliserName, normaliser
from ipyscribe.metrics.time_ranges import Speech
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Transcript, Word


@dataclass(frozen=True, slots=True)
class Run:
    """The recorded data of one model; measures whose input is left out are None.

    ``reference`` is the correct text, one utterance per line, or one line of complete sentences, in ``language``;
    ``normaliser`` and ``equivalents`` are those of ``metrics.normaliser``. ``keyterms`` are words of special
    interest, boosted or not.
    ``sent``, ``captured`` and ``paint_times``, ``speech`` and ``spoken`` are those of ``ipyscribe.metrics.latency``.
    ``open_s`` is how long the connections were open, in s. ``simulated`` is true where the server of the same computer
    played the model, and ``late_s`` is by how many seconds words came late in that run, 0 where they kept up: either
    way its latencies are not the model's. ``forced_ends`` is true where a turn was ended by ``force_endpoint``.
    """

    label: str
    transcript: Transcript
    sent: SendTimes | None = None
    reference: str | None = None
    language: str = "en"
    normaliser: NormaliserName = "ipyscribe"
    equivalents: Equivalents = ()
    keyterms: Sequence[str] = ()
    speech: Speech | None = None
    spoken: Sequence[Word] | None = None
    captured: SendTimes | None = None
    paint_times: latency.TextPaintTimes | None = None
    connect_ms: float | None = None
    open_s: float | None = None
    price_per_hour_usd: float | None = None
    simulated: bool = False
    late_s: float = 0.0
    forced_ends: bool = False

    @property
    def by(self) -> Normaliser:
        """The normaliser that is applied to its texts before they are compared."""
        return normaliser(self.language, name=self.normaliser, equivalents=self.equivalents)

    @property
    def hypothesis(self) -> str:
        """The text of all turns."""
        return " ".join(turn.text for turn in self.transcript.turns)
