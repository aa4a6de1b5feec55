"""A connection that is lost is replaced: nothing that had settled is lost, nothing is transcribed twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from session.sources import MODEL, Endless, tone
from support.scripted_server import Client, scripted
from support.turns import turn_message
from support.waiting import LIMIT_S, wait_for

from ipyscribe.audio import AudioArray, AudioNotice
from ipyscribe.errors import AuthenticationError, NetworkLostError, ParameterError, ServerFailureError
from ipyscribe.session import Session
from ipyscribe.session.audio_ring import AudioRing

U3 = "u3-rt-pro"
KEY = "hush-0123456789abcdef"
CHUNK_MS = 50


def numbered(seconds: float, speed: float = 8.0) -> AudioArray:
    """Sound in which every 50 ms chunk differs from every other."""
    chunks = round(1000 * seconds / CHUNK_MS)
    samples = np.repeat(np.arange(1, chunks + 1, dtype=np.int16), 800)
    return AudioArray(samples, 16_000, speed=speed)


def chunks(audio: bytes) -> list[int]:
    return [int(number) for number in np.frombuffer(audio, "<i2")[::800]]


def spoken(client: Client, order: int, text: str, start_ms: int, *, end: bool, final: bool = False) -> None:
    final = end or final
    client.say(turn_message(order, text, end=end, final=final, start_ms=start_ms, word_ms=100, spoken_ms=90))


def finish(client: Client) -> None:
    client.hear("Terminate")
    client.terminate()


Script = Callable[[Client], None]


def in_turn(*scripts: Script) -> Script:
    """The first script for the first connection, and so on; the last for all that follow."""
    numbers = iter(range(1_000))
    lock = threading.Lock()

    def script(client: Client) -> None:
        with lock:
            number = next(numbers)
        scripts[min(number, len(scripts) - 1)](client)

    return script


def lose_after(*, chunks: int, how: Callable[[Client], Any]) -> Script:
    """Say one turn that ends at 490 ms, begin another, and then break off."""

    def script(client: Client) -> None:
        client.begin()
        client.hear(chunks=chunks)
        spoken(client, 0, "one two three four five", 0, end=True)
        spoken(client, 1, "six sev", 600, end=False)
        client.hear(chunks=chunks + 2)
        how(client)

    return script


def go_on(client: Client) -> None:
    client.begin()
    client.hear(chunks=10)
    spoken(client, 0, "six seven eight", 110, end=True)
    finish(client)


LOSSES = {
    "no close frame": lambda client: client.vanish(),
    "1011": lambda client: client.close(1011),
    "3005": lambda client: client.fail(3005, "Session Cancelled: An error occurred"),
    "3008": lambda client: client.fail(3008, "Session Expired: Maximum session duration exceeded"),
}


@pytest.mark.parametrize("how", list(LOSSES))
def test_unsettled_sound_is_sent_again_on_one_clock(how: str) -> None:
    with scripted(in_turn(lose_after(chunks=14, how=LOSSES[how]), go_on)) as server:
        session = Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY)
        with session:
            turns = list(session.iter_turns())
        assert session.error is None
        assert [turn.text for turn in turns] == ["one two three four five", "six seven eight"]
        assert [turn.order for turn in session.transcript.turns] == [0, 1]
        # The new connection was sent everything from the end of the last settled word on.
        first, second = server.clients
        again = chunks(bytes(second.audio))
        assert again[0] == 10
        assert again[1:] == list(range(11, 61))
        assert session.transcript.turns[1].start_ms == 490 + 110
        [mark] = session.transcript.marks
        assert (mark.kind, mark.audio_ms) == ("seam", 490.0)
        assert "reconnected after" in mark.text
        assert session.open_s > 0
        assert chunks(bytes(first.audio))[:14] == list(range(1, 15))


def test_final_words_stay_and_are_not_sent_again() -> None:
    def first(client: Client) -> None:
        client.begin()
        client.hear(chunks=14)
        spoken(client, 0, "we measured", 0, end=False, final=True)
        client.hear(chunks=16)
        client.vanish()

    def second(client: Client) -> None:
        client.begin()
        client.hear(chunks=4)
        spoken(client, 0, "mitochondria", 20, end=True)
        finish(client)

    with scripted(in_turn(first, second)) as server:
        with Session("universal-streaming-english", source=numbered(2.0), endpoint=server.url, api_key=KEY) as session:
            session.wait(LIMIT_S)
        assert [turn.text for turn in session.transcript.turns] == ["we measured", "mitochondria"]
        assert chunks(bytes(server.clients[1].audio))[0] == 4


def test_changed_settings_go_with_the_new_connection() -> None:
    def first(client: Client) -> None:
        client.begin()
        client.hear("UpdateConfiguration")
        client.vanish()

    with scripted(in_turn(first, go_on)) as server:
        with Session(U3, source=Endless(), endpoint=server.url, api_key=KEY) as session:
            session.update(max_turn_silence=640)
            wait_for(lambda: session.transcript.turns)
        assert "max_turn_silence" not in server.clients[0].path
        assert "max_turn_silence=640" in server.clients[1].path
        assert [mark.kind for mark in session.transcript.marks] == ["settings", "seam"]


def test_fatal_codes_end_the_session() -> None:
    script = lose_after(chunks=4, how=lambda client: client.fail(1008, "Unauthorized Connection: Invalid API key"))
    with scripted(script) as server:
        session = Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY)
        with pytest.raises(AuthenticationError), session:
            session.wait(LIMIT_S)
        assert len(server.clients) == 1
        assert session.transcript.text.startswith("one two three four five")


def test_it_gives_up_in_the_end_and_keeps_everything() -> None:
    def refusing(client: Client) -> None:
        client.close(1011)

    with scripted(in_turn(lose_after(chunks=14, how=LOSSES["1011"]), refusing)) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, reconnect_for_s=1.0)
        with pytest.raises(ServerFailureError), session:
            session.wait(LIMIT_S)
        assert len(server.clients) >= 2
        assert [turn.text for turn in session.transcript.settled] == ["one two three four five"]


def test_a_server_that_breaks_off_again_and_again_without_a_word_is_left() -> None:
    def useless(client: Client) -> None:
        client.begin()
        client.hear(chunks=1)
        client.close(1011)

    with scripted(useless) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY)
        with pytest.raises(ServerFailureError), session:
            session.wait(LIMIT_S)
        assert len(server.clients) == 6


def test_stopping_while_it_reconnects_is_quick_and_in_order() -> None:
    def refusing(client: Client) -> None:
        client.close(1011)

    with scripted(in_turn(lose_after(chunks=14, how=LOSSES["1011"]), refusing)) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY).start()
        wait_for(lambda: session.status == "reconnecting")
        assert session.stop(LIMIT_S)
        assert session.error is None
        assert [turn.text for turn in session.transcript.settled] == ["one two three four five"]


def test_a_connection_lost_after_the_end_was_requested_is_replaced_too() -> None:
    def first(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        client.vanish()

    def second(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        spoken(client, 0, "all of it", 100, end=True)
        client.terminate()

    with scripted(in_turn(first, second)) as server:
        with Session(U3, source=numbered(1.0), endpoint=server.url, api_key=KEY) as session:
            session.wait(LIMIT_S)
        assert session.transcript.text == "all of it"
        assert chunks(bytes(server.clients[1].audio)) == list(range(1, 21))


def test_it_can_be_asked_for() -> None:
    def first(client: Client) -> None:
        client.begin()
        client.gone()

    with scripted(in_turn(first, go_on)) as server:
        with Session(U3, source=Endless(), endpoint=server.url, api_key=KEY) as session:
            wait_for(lambda: session.audio_ms > 200)
            session.reconnect()
            wait_for(lambda: session.transcript.turns)
        assert session.transcript.text == "six seven eight"
        assert len(server.clients) == 2


def test_it_can_be_switched_off() -> None:
    with scripted(lose_after(chunks=14, how=LOSSES["no close frame"])) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, reconnect_for_s=0)
        with pytest.raises(NetworkLostError), session:
            session.wait(LIMIT_S)
        assert len(server.clients) == 1


def test_pausing_with_a_sign_of_life_sends_no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.pump.KEEP_ALIVE_EVERY_S", 0.05)
    chunks_sent: list[int] = []

    def script(client: Client) -> None:
        client.begin()
        for _ in range(4):  # as much time as several chunks of sound take
            client.hear("KeepAlive")
            chunks_sent.append(len(client.chunks))
        finish(client)

    with scripted(script) as server, Session(U3, source=Endless(), endpoint=server.url, api_key=KEY) as session:
        wait_for(lambda: session.audio_ms > 0)
        session.pause(keep_alive=True)
        wait_for(lambda: len(chunks_sent) == 1)
        paused_at_ms = session.audio_ms
        wait_for(lambda: len(chunks_sent) == 4)
        assert session.audio_ms == paused_at_ms
        session.resume()
        wait_for(lambda: session.audio_ms > paused_at_ms)
    assert chunks_sent[0] > 0
    assert chunks_sent == [chunks_sent[0]] * 4
    assert [mark.kind for mark in session.transcript.marks] == ["paused", "resumed"]


def test_sound_that_is_held_back_elsewhere_keeps_the_session_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.pump.KEEP_ALIVE_EVERY_S", 0.05)
    alive = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        client.hear("KeepAlive")
        client.hear("KeepAlive")
        alive.set()
        finish(client)

    source = Endless()
    with scripted(script) as server, Session(U3, source=source, endpoint=server.url, api_key=KEY) as session:
        wait_for(lambda: source.streams)
        [stream] = source.streams
        stream.paused = True
        stream.notice = AudioNotice("held", "It waits at the browser.")
        assert alive.wait(LIMIT_S)
        assert any(notice.kind == "held" for notice in session.notices)


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"max_duration_s": 0.3}, "max_duration_s=0.3 s"), ({"max_cost_usd": 0.45 / 3600 * 0.3}, "max_cost_usd=")],
)
def test_a_budget_ends_it_in_the_orderly_way(limits: dict[str, float], message: str) -> None:
    def script(client: Client) -> None:
        client.begin()
        finish(client)

    with scripted(script) as server:
        with Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, **limits) as session:
            session.wait(LIMIT_S)
        assert session.error is None
        assert session.open_s >= 0.3
        assert any(notice.kind == "budget" and message in notice.message for notice in session.notices)
        assert server.clients[0].messages[-1]["type"] == "Terminate"


@pytest.mark.parametrize(
    "limits",
    [
        {"max_cost_usd": 0},
        {"max_duration_s": -1},
        {"max_duration_s": "1 h"},
        {"reconnect_for_s": -1},
        {"connect_for_s": "soon"},
        {"silent_server_s": float("nan")},
        {"max_cost_usd": True},
    ],
)
def test_limits_that_cannot_be_kept_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(limits))):
        Session(MODEL, source=tone(), **limits)


def test_an_unknown_price_cannot_be_limited() -> None:
    with pytest.raises(ParameterError, match="price of universal-9 is not known"):
        Session("universal-9", source=tone(), endpoint="ws://127.0.0.1:1", max_cost_usd=1)


def test_speech_without_answers_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.watchdog.UNANSWERED_S", 0.2)

    def script(client: Client) -> None:
        client.begin()
        finish(client)

    with scripted(script) as server, Session(U3, source=Endless(), endpoint=server.url, api_key=KEY) as session:
        wait_for(lambda: any(notice.kind == "unanswered" for notice in session.notices))


def test_the_ring_gives_back_its_sound() -> None:
    ring = AudioRing(0.2)
    for number in range(6):
        ring.put(bytes([number]) * 1600)
    ring.forget(0)
    assert (ring.start, ring.end) == (1600, 4800)
    assert ring.chunk(1600) == bytes([2]) * 1600
    assert ring.chunk(1600 + 300) == bytes([2]) * 1000
    assert ring.chunk(4800) == b""


def test_the_ring_lets_go_of_whole_chunks_only() -> None:
    ring = AudioRing(60.0)
    for number in range(10):
        ring.put(bytes([number]) * 1600)
    ring.forget(-5)
    assert (ring.start, ring.end) == (0, 8000)
    ring.forget(2500)
    assert (ring.start, ring.end) == (2400, 8000)
    assert ring.chunk(2400) == bytes([3]) * 1600
    ring.forget(8000)
    assert (ring.start, ring.chunk(8000)) == (8000, b"")


def test_sound_whose_words_have_settled_is_let_go() -> None:
    def script(client: Client) -> None:
        client.begin()
        client.hear(chunks=100)
        client.turn(0, "one two three four five six seven", end=True)
        client.hear("Terminate")
        client.terminate()

    starts: list[int] = []
    forget = AudioRing.forget
    with scripted(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(AudioRing, "forget", lambda ring, at: (forget(ring, at), starts.append(ring.start)))
        with Session(U3, source=Endless(), endpoint=server.url):
            wait_for(lambda: starts and starts[-1] > 0)
    settled, spare = 16 * (400 * 6 + 360), 32_000
    assert max(starts) == (settled - spare) // 800 * 800
