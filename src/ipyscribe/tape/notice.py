"""A notice: something a person should know while a session goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that does not end the session. ``kind`` is a word for programs."""

    kind: str
    message: str
    advice: str = ""
