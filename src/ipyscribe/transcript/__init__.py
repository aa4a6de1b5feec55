"""Immutable words, turns and transcripts, and the pure reducer that builds them from messages."""

from ipyscribe.protocol.messages import Word
from ipyscribe.transcript.model import Arrival, Mark, Partial, Transcript, Turn
from ipyscribe.transcript.reduce import reduce
from ipyscribe.transcript.seam import drop_unsettled, settled_until_ms, with_mark

__all__ = [
    "Arrival",
    "Mark",
    "Partial",
    "Transcript",
    "Turn",
    "Word",
    "drop_unsettled",
    "reduce",
    "settled_until_ms",
    "with_mark",
]
