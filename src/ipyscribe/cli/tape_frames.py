"""The frames of a tape, for the local server to play."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ipyscribe.local import RecordedConnection
from ipyscribe.tape import Lane, Tape


def recorded_of(path: str) -> tuple[RecordedConnection, ...]:
    """Every connection on the tape at ``path``, in order. Raises ``TapeError``."""
    return tuple(connection for lane in Tape.load(path).lanes for connection in _connections(lane))


def _connections(lane: Lane) -> Iterator[RecordedConnection]:
    frames: dict[int, list[tuple[float, str]]] = {}
    closed: dict[int, tuple[float, int, str]] = {}
    for record in lane.records():
        match record:
            case (at_s, "received", number, _, text):
                frames.setdefault(number, []).append((at_s, text))
            case (at_s, "closed", number, code, reason):
                closed[number] = (at_s, code, reason)
    for number, received in sorted(frames.items()):
        began_s = received[0][0]
        at_s, code, reason = closed.get(number, (0.0, 1000, ""))
        yield RecordedConnection(
            model=lane.manifest.model.name,
            frames=tuple((max(0.0, received_s - began_s), text) for received_s, text in received),
            lost=number in closed and not any(_is_termination(text) for _, text in received[-3:]),
            lost_after_s=max(0.0, at_s - began_s),
            code=code,
            reason=reason,
        )


def _is_termination(text: str) -> bool:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "Termination"
