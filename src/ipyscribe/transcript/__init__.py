"""What was said: immutable words, turns and transcripts, and the pure reducer that builds them."""

from ipyscribe.protocol.messages import Word
from ipyscribe.transcript.model import Arrival, Partial, Transcript, Turn
from ipyscribe.transcript.reduce import reduce

__all__ = ["Arrival", "Partial", "Transcript", "Turn", "Word", "reduce"]
