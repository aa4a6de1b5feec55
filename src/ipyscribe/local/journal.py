"""What a server did, as lines of JSON: who came, which messages passed, how each connection ended; no words."""

from __future__ import annotations

import json
import time
from typing import Any, TextIO


class Journal:
    """A ``Watch`` that writes a line for every text frame, and counts the bytes of audio between them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began_s = time.monotonic()
        self._audio_bytes: dict[int, int] = {}

    def __call__(self, connection: int, event: str, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and event == "in":
            self._audio_bytes[connection] = self._audio_bytes.get(connection, 0) + len(frame)
            return
        line: dict[str, Any] = {
            "at_s": round(time.monotonic() - self._began_s, 3),
            "connection": connection,
            "event": event,
        }
        if event in ("in", "out"):
            line["type"] = _type_of(frame)
        elif event == "end":
            line["code"] = int(frame) if frame else None
        line["audio_bytes"] = self._audio_bytes.get(connection, 0)
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


def _type_of(frame: str | bytes) -> str | None:
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    kind = message.get("type") if isinstance(message, dict) else None
    return kind if isinstance(kind, str) else None
