"""A notice: something a person should know while a session goes on."""

from __future__ import annotations

from dataclasses import dataclass

from ipyscribe.plain_text import plain


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that does not end the session, in plain text. ``kind`` is a word for programs."""

    kind: str
    message: str
    advice: str = ""

    def __post_init__(self) -> None:
        for name in ("kind", "message", "advice"):
            object.__setattr__(self, name, plain(getattr(self, name)))
