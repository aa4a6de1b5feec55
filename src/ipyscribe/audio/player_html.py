"""A player for a source of sound, for a notebook that shows it as the value of a cell."""

from __future__ import annotations

import base64
import html
import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from ipyscribe.plain_text import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_S = 60
_MOST_BYTES = 2_000_000
_TYPES = {
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".m4a": "audio/mp4", ".webm": "audio/webm",
}  # fmt: skip


def file_player(path: Path | None, about: str) -> str:
    """The file in a player where a browser can play it and it is small enough for a notebook; else what it is."""
    kind = None if path is None else _TYPES.get(path.suffix.lower())
    if path is None or kind is None:
        return text_html(about)
    try:
        content = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
    except OSError:
        content = b""
    return _player(content, kind, about) if content else text_html(about)


def array_player(mono: NDArray[np.float32], rate_hz: int, about: str) -> str:
    """The first ``MOST_S`` seconds of ``mono``, shape (n,), values in [-1, 1], in a player."""
    import numpy as np

    pcm = (np.clip(mono[: MOST_S * rate_hz], -1, 1) * 32767).astype("<i2").tobytes()
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return _player(into.getvalue(), "audio/wav", about)


def _player(content: bytes, kind: str, about: str) -> str:
    data = base64.b64encode(content).decode()
    return f'{text_html(about)}<audio controls src="data:{kind};base64,{data}"></audio>'


def text_html(about: str) -> str:
    """What a source is, where there is nothing to play."""
    return f"<div>{html.escape(plain(about))}</div>"
