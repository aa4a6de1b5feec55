"""Recordings that a server can tell from each other by their level, and that server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from support.scripted_server import Client, ScriptedServer
from support.turns import turn_message

from ipyscribe.evaluation import Evaluation

TEXTS = {f"{number}.wav": f"recording number {word}" for number, word in enumerate(("one", "two", "three", "four"))}
LEVELS = {name: 1000 * number for number, name in enumerate(TEXTS, start=1)}


def write(path: Path, level: int) -> None:
    """1.2 s at ``level``."""
    sf.write(path, np.full(19_200, level, np.int16), 16_000)


def by_level(client: Client) -> None:
    """Answers with the text of the recording that is played, the third one with an error."""
    client.begin()
    client.hear(chunks=1)
    level = int(np.frombuffer(bytes(client.audio[:2]), "<i2")[0])
    name = next((name for name, name_level in LEVELS.items() if name_level == level), "")
    text = TEXTS.get(name, "something else").replace("three", "tree")
    client.say(turn_message(0, text, end=True, word_ms=200, spoken_ms=150))
    client.hear("Terminate")
    client.terminate()


def evaluation(server: ScriptedServer, recordings: Any, **options: Any) -> Evaluation:
    """``recordings`` with one model that ``server`` plays, three at once and quicker than speech."""
    models = {"model": {"model": "u3-rt-pro", "endpoint": server.url, "connect_for_s": 0, "reconnect_for_s": 0}}
    return Evaluation(models, recordings, **{"speed": 4.0, "silence_s": 0.0, "at_once": 3, **options})
