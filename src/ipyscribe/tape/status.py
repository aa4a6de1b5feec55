"""What a session is doing, in one word."""

from typing import Literal

Status = Literal["ready", "connecting", "listening", "paused", "reconnecting", "finishing", "ended", "failed"]
DONE: frozenset[Status] = frozenset(("ended", "failed"))
