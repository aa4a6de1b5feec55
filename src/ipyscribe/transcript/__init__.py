"""Immutable words, turns and transcripts, and the pure reducer that builds them from messages."""

from ipyscribe.protocol.messages import Word
from ipyscribe.transcript.model import Arrival, Mark, Partial, Transcript, Turn
from ipyscribe.transcript.reduce import reduce
from ipyscribe.transcript.seam import cut, marked, told_ms

__all__ = ["Arrival", "Mark", "Partial", "Transcript", "Turn", "Word", "cut", "marked", "reduce", "told_ms"]
