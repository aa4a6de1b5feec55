"""One hostile text for every field there is, and what has to hold of whatever shows it.

It is harmless where it acts: a reversed direction, a colour and a title of a terminal, and markup without effect.
"""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from support.html import Reader
from support.scripted_server import Client
from support.turns import turn_message
from tape.making import rewritten

from ipyscribe.plain_text import plain
from ipyscribe.protocol.messages import ServerWarning

STEERING = "\u202e\u2066\u2028\x1b\x00\x07\x9b\u200e\ufeff\r"
HOSTILE = f"\u202eevil\u2066\x1b[31m\x1b]0;title\x07{STEERING}<b class=evil>bold</b></script>"
FILE_NAME = "\u202eevil\x1b[31m\x1b]0;title\x07\ufeff<b class=evil>bold.wav"
"""The same as far as a file system takes it."""
WORDS = ("so", HOSTILE.replace(" ", ""), "noon")
PLAIN = plain(HOSTILE)


def assert_plain(where: str, text: str) -> None:
    """Nothing in it steers; line breaks, and tabs that indent, are those of the program."""
    lines = [line.lstrip("\t") for line in text.split("\n")]
    steering = [line for line in lines if plain(line) != line]
    assert not steering, f"{where}: {steering[0]!r:.300}"


def assert_plain_html(where: str, page: str) -> None:
    """The same of a page, in which markup is text."""
    assert_plain(where, unescape(page))
    read = Reader(page)
    assert not [tag for tag, attributes in read.tags if attributes.get("class") == "evil"], where


def hostile_server(client: Client) -> None:
    """Every text of every message that a person gets to see is hostile, and so is the error at the end."""
    client.begin(HOSTILE, configuration={"model": HOSTILE})
    client.hear(chunks=10)
    for order in range(2):
        turn = turn_message(order, WORDS, end=True, start_ms=order * 1500)
        words = tuple(replace(word, speaker=HOSTILE) for word in turn.words)
        client.say(replace(turn, words=words, speaker=HOSTILE, language=HOSTILE))
    client.say(ServerWarning(7, HOSTILE))
    client.say({"type": HOSTILE})
    client.hear("Terminate")
    client.fail(3006, HOSTILE)


def hostile_tape(saved: Path) -> bytes:
    """A saved tape as a stranger would write it: hostile again wherever it was made plain, and in its manifest."""

    def change(parts: dict[str, bytes]) -> None:
        for name, content in parts.items():
            if name.endswith(".jsonl"):
                lines = [json.dumps(_hostile(json.loads(line))) for line in content.decode().split("\n") if line]
                parts[name] = "\n".join([*lines, ""]).encode()
        manifest = _hostile(json.loads(parts["manifest.json"]))
        manifest["versions"] = {HOSTILE: HOSTILE}
        for lane in manifest["lanes"]:
            lane |= {"model": HOSTILE, "server": HOSTILE, "label": HOSTILE}
            lane["source"] |= {"label": HOSTILE, "kind": HOSTILE}
            lane["parameters"] |= {"prompt": HOSTILE, HOSTILE: HOSTILE}
        parts["manifest.json"] = json.dumps(manifest).encode()

    return rewritten(saved, change)


def _hostile(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(PLAIN, HOSTILE)
    if isinstance(value, dict):
        return {name: _hostile(each) for name, each in value.items()}
    return [_hostile(each) for each in value] if isinstance(value, list) else value
