"""Sessions with servers that follow a script: what ``tools/gallery.py`` takes pictures of."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from support.scripted_server import Client, scripted  # noqa: E402
from support.turns import turn_message  # noqa: E402

import ipyscribe as scribe  # noqa: E402

SPEECH = (
    "Good evening and welcome to the open evening at the observatory.",
    "The dome opens at nine, and there will be hot chocolate for forty.",
    "Bring a warm coat and a red lamp, if you have one.",
)
MISHEARD = (
    "Good evening and welcome to the open evening at the conservatory.",
    "The dome opens at nine, and there will be hot chocolate for four tea.",
    "Bring a warm goat and a lamp, if you have one.",
)
LONG = 12
"""So many times is the speech said where a session goes on: pictures of it take half a minute."""
RIGHT_TO_LEFT = ("مساء الخير، وأهلا بكم في المرصد.", "ערב טוב, וברוכים הבאים.", "こんばんは、天文台へようこそ。")
WORD_MS, PAUSE_MS, CHUNK_MS = 240, 900, 50
MODEL = "local-whisper-tiny.en"


def spoken(turns: tuple[str, ...], *, late_ms: int = 240, end: str = "ended") -> Callable[[Client], None]:
    """A server that says ``turns`` so late, and then waits, breaks or comes to the end."""

    def script(client: Client) -> None:
        client.begin()
        at_ms = 0
        for order, text in enumerate(turns):
            words = text.split()
            for count in range(1, len(words) + 1):
                last = count == len(words)
                more_ms = 180 + 90 * order if last else 0
                if client.hear("Terminate", chunks=(at_ms + WORD_MS * count + late_ms + more_ms) // CHUNK_MS):
                    client.terminate()
                    return
                if end == "open" and last and order == len(turns) - 1:
                    continue
                client.say(turn_message(order, words[:count], end=last, start_ms=at_ms, word_ms=WORD_MS, spoken_ms=200))
            at_ms += WORD_MS * len(words) + PAUSE_MS
        if end == "failed":
            client.fail(1008, "Unauthorized Connection: Missing Authorization header")
            return
        client.hear("Terminate")
        client.terminate()

    return script


def silent(client: Client) -> None:
    """A server that has not begun."""
    client.gone()


def sound(turns: tuple[str, ...], length_s: float) -> npt.NDArray[np.int16]:
    """A tone that swells with each word of ``turns``."""
    time_s = np.arange(int(16_000 * length_s)) / 16_000
    loudness, at_s = np.full(len(time_s), 0.004), 0.0
    for text in turns:
        end_s = at_s + WORD_MS / 1000 * len(text.split())
        spoken_then = (time_s >= at_s) & (time_s < end_s)
        swell = np.abs(np.sin(np.pi * (time_s - at_s) / (WORD_MS / 1000))) * (0.6 + 0.4 * np.sin(time_s * 3))
        loudness[spoken_then] = 0.02 + 0.3 * swell[spoken_then]
        at_s = end_s + PAUSE_MS / 1000
    return (np.sin(time_s * 2 * np.pi * 220) * loudness * 32767).astype(np.int16)


def recording(length_s: float = 14.0, *, speed: float = 1.0) -> scribe.AudioArray:
    """The source of all sessions."""
    return scribe.AudioArray(
        sound(SPEECH * (LONG if length_s > 60 else 1), length_s), 16_000, label="observatory.wav", speed=speed
    )


@contextlib.contextmanager
def transcriber(
    server: Callable[[Client], None], *, model: str = MODEL, start: bool = True, length_s: float = 14.0
) -> Iterator[scribe.Transcriber]:
    """A Transcriber with that server."""
    with scripted(server) as running:
        made = scribe.Transcriber(model, source=recording(length_s), endpoint=running.url)
        if start:
            made.start()
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def comparison(*, end: str = "ended", length_s: float = 14.0) -> Iterator[scribe.Comparison]:
    """Two models, one of which mishears and is slower."""
    times = LONG if end == "open" else 1
    with (
        scripted(spoken(SPEECH * times, end=end)) as one,
        scripted(spoken(MISHEARD * times, late_ms=700, end=end)) as other,
    ):
        models = {
            label: {"model": model, "endpoint": server.url, "api_key": "k"}
            for label, model, server in (
                ("u3-rt-pro", "u3-rt-pro", one),
                ("english", "universal-streaming-english", other),
            )
        }
        made = scribe.Comparison(models, source=recording(length_s), reference=" ".join(SPEECH))
        assert made.view  # it shows how loud the sound is from its start on
        made.start()
        try:
            yield made
        finally:
            made.close()
