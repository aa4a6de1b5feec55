"""A short conversation of which every word's time is known."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from local.harness import MODEL, Client, running

from ipyscribe.audio import sample_reference
from ipyscribe.local import Fault, ScriptedRecognition, parse_fault

SCRIPT: dict[str, Any] = {
    "turns": [
        {"start_ms": 400, "end_ms": 2000, "text": "Hello, how are you?", "speaker": "Nora"},
        {"start_ms": 3000, "end_ms": 4200, "text": "I am fine.", "speaker": "Sam", "first_speaker": "Nora"},
        {"start_ms": 5200, "end_ms": 6000, "text": "so we could", "speaker": "Nora"},
    ]
}
TEXTS = ["Hello, how are you?", "I am fine.", "so we could"]
SECOND = bytes(32_000)


def sample_script(pace: int = 1) -> dict[str, Any]:
    """The words of the bundled sample at their times, or at that many times the pace, again and again."""
    turns = [
        {"start_ms": turn.start_ms // pace, "end_ms": turn.end_ms // pace, "text": turn.text}
        for turn in sample_reference()
    ]
    return {"turns": turns, "duration_ms": 46_000 // pace, "repeat": True}


@contextlib.contextmanager
def scripted(*faults: str | Fault, script: dict[str, Any] = SCRIPT, **options: Any) -> Iterator[str]:
    """A server that takes all models, follows the script, and lets these faults happen; its address."""
    planned = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    recognition = ScriptedRecognition(script)
    with running(lambda: recognition, simulate=True, faults=planned, **options) as url:
        yield url


def converse(url: str, query: str = f"speech_model={MODEL}", seconds: int = 8) -> list[dict[str, Any]]:
    """All messages of a session that hears so many seconds and is terminated."""
    with Client(url, query) as client:
        client.audio(SECOND * seconds)
        client.send(type="Terminate")
        frames = client.rest()
    assert (client.close_code, client.close_reason) == (1000, "Session Ended")
    return frames


def turns_of(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame["type"] == "Turn"]
