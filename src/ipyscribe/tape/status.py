"""What a session is doing, in one word."""

from typing import Literal, get_args

Status = Literal["ready", "connecting", "listening", "paused", "reconnecting", "finishing", "ended", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)
DONE: frozenset[Status] = frozenset(("ended", "failed"))
