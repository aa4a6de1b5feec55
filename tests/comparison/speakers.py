"""Servers that answer with a fixed text, one turn for each second of audio received."""

from __future__ import annotations

from collections.abc import Callable

from support.scripted_server import Client
from support.turns import turn_message

from ipyscribe.protocol.messages import TurnMessage

CHUNKS_PER_TURN = 20
WORD_MS = 200
SPOKEN_MS = 150


def saying(*turns: str) -> Callable[[Client], None]:
    """A script that says the words of turn n in second n, the last one open until it is settled.

    Asked for the end it says no more: who has stopped does not have to wait for the rest until it gives up.
    """

    def speak(client: Client) -> None:
        for order, text in enumerate(turns):
            words = text.split()
            if client.hear("Terminate", chunks=CHUNKS_PER_TURN * order + CHUNKS_PER_TURN // 2):
                return
            client.say(turn(order, words[:-1], ended=False))
            if client.hear("Terminate", chunks=CHUNKS_PER_TURN * (order + 1)):
                return
            client.say(turn(order, words, ended=True))
        client.hear("Terminate")

    def script(client: Client) -> None:
        client.begin()
        speak(client)
        client.terminate()

    return script


def turn(order: int, words: list[str], *, ended: bool) -> TurnMessage:
    return turn_message(
        order, words, end=ended, formatted=True, start_ms=1000 * order, word_ms=WORD_MS, spoken_ms=SPOKEN_MS
    )
