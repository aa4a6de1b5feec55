"""What a server sent and received in one session."""

from __future__ import annotations

import threading
from typing import Any

from ipyscribe.protocol import Message, find_model, parse_message
from ipyscribe.protocol.messages import TurnMessage
from ipyscribe.transcript import Arrival, Transcript, reduce


class Recorded:
    """The frames of one session, as the server sent them, and how it ended."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.received: list[str] = []
        self.code = ""
        self.over = threading.Event()

    def __call__(self, connection: int, event: str, frame: str | bytes) -> None:
        assert connection == 1, "the client had to connect again"
        if event == "out":
            assert isinstance(frame, str)
            self.frames.append(frame)
        elif event == "in" and isinstance(frame, str):
            self.received.append(frame)
        elif event == "end":
            self.code = str(frame)
            self.over.set()

    @property
    def messages(self) -> list[Message]:
        return [parse_message(frame) for frame in self.frames]

    @property
    def turns(self) -> list[TurnMessage]:
        return [message for message in self.messages if isinstance(message, TurnMessage)]

    def settled(self, model: str, **parameters: Any) -> list[str]:
        transcript = Transcript.of(find_model(model), parameters)
        for message in self.messages:
            transcript = reduce(transcript, message, Arrival(0.0, 0.0))
        return [turn.text for turn in transcript.settled]


def triples(turn: TurnMessage) -> list[list[Any]]:
    return [[word.text, word.start_ms, word.end_ms] for word in turn.words]
