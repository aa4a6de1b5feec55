"""Steering a session that is open: the turn's end, pause, other settings."""

from __future__ import annotations

import statistics
import threading

import pytest
from session.sources import MODEL, Endless, EndlessStream
from support.scripted_server import Client, polite, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe import Session
from ipyscribe.audio import AudioBlock
from ipyscribe.errors import ParameterError

EN = "universal-streaming-english"


def test_forcing_the_end_of_a_turn(counting: str) -> None:
    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        for number in range(3):
            wait_for(lambda number=number: len(session.transcript.turns) > number)
            session.force_endpoint()
            wait_for(lambda number=number: len(session.transcript.settled) > number)
    assert len(session.transcript.settled) >= 3


def test_the_level_stays_while_a_block_is_late_and_falls_when_sound_is_missing() -> None:
    levels_dbfs: list[float] = []

    class LateStream(EndlessStream):
        def read(self, timeout_s: float) -> AudioBlock | None:
            block = super().read(timeout_s)
            if block is not None:
                levels_dbfs.append(session.level_dbfs)
            return block

    class Late(Endless):
        def open(self) -> EndlessStream:
            self.streams.append(LateStream(self))
            return self.streams[0]

    source = Late(live=True, every_s=0.12)
    with scripted(polite) as server:
        session = Session(EN, source=source, endpoint=server.url, api_key="k")
        with session:
            wait_for(lambda: len(levels_dbfs) >= 21)
            assert statistics.median(levels_dbfs) > -20  # a few of them may be late indeed
            source.streams[0].paused = True
            wait_for(lambda: session.level_dbfs == float("-inf"))
            source.streams[0].paused = False
            wait_for(lambda: session.level_dbfs > -20)


def test_pausing_sends_silence_and_costs() -> None:
    received = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        client.hear(chunks=5)
        received.set()
        client.hear("Terminate")
        client.terminate(session_s=36)

    source = Endless()
    with scripted(script) as server, Session(EN, source=source, endpoint=server.url, api_key="k") as session:
        assert received.wait(LIMIT_S)
        assert session.level_dbfs > -20
        session.pause()
        wait_for(lambda: session.status == "paused")
        assert source.streams[0].paused
        wait_for(lambda: session.level_dbfs == float("-inf"))
        before = (session.audio_ms, session.open_s, session.cost_usd)
        wait_for(lambda: session.audio_ms >= before[0] + 200)
        assert session.open_s > before[1]
        assert session.cost_usd is not None
        assert before[2] is not None
        assert session.cost_usd > before[2]
        session.pause()
        session.resume()
        wait_for(lambda: session.status == "listening")
        assert not source.streams[0].paused
        loud = len(server.clients[0].audio)
        wait_for(lambda: bytes(server.clients[0].audio[loud:]).strip(b"\0"))
    audio = bytes(server.clients[0].audio)
    assert bytes(4 * 1600) in audio
    assert (session.billed_s, session.cost_usd) == (36.0, pytest.approx(0.15 / 100))


def test_stopping_while_paused(counting: str) -> None:
    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        session.pause()
        wait_for(lambda: session.status == "paused")
        assert session.stop(LIMIT_S)
    assert session.status == "ended"


def test_settings_change_while_it_is_open() -> None:
    with (
        scripted(polite) as server,
        Session(EN, source=Endless(), endpoint=server.url, api_key="k", max_turn_silence=900) as session,
    ):
        session.update(max_turn_silence=2400, keyterms_prompt=["NADH"])
        session.update(vad_threshold=0.5)
        session.update(format_turns=True, interruption_delay=0)
        session.update(interruption_delay=0)
        with pytest.raises(ParameterError, match="prompt='x' cannot be used"):
            session.update(prompt="x")
        with pytest.raises(ParameterError, match="Did you mean 'vad_threshold'"):
            session.update(vad_treshold=1)
        wait_for(lambda: len(server.clients[0].messages) == 4)
        assert [notice.message for notice in session.notices if notice.kind == "parameter"] == [
            f"format_turns=True was sent, but format_turns is fixed when a session of {EN} opens.",
            f"interruption_delay=0 is not known to act on {EN}; it is sent, and may be ignored.",
        ]
        assert [notice.message for notice in session.notices if notice.kind == "price"] == [
            "From now on an open hour is counted as $0.19."
        ]
        assert session.parameters == {
            "inactivity_timeout": 30,
            "max_turn_silence": 2400,
            "keyterms_prompt": ["NADH"],
            "vad_threshold": 0.5,
        }
    assert server.clients[0].messages == [
        {"type": "UpdateConfiguration", "max_turn_silence": 2400, "keyterms_prompt": ["NADH"]},
        {"type": "UpdateConfiguration", "vad_threshold": 0.5},
        {"type": "UpdateConfiguration", "format_turns": True, "interruption_delay": 0},
        {"type": "UpdateConfiguration", "interruption_delay": 0},
        {"type": "Terminate"},
    ]


def test_a_setting_that_the_server_would_ignore_is_sent_with_a_notice() -> None:
    with scripted(polite) as server:
        options = {"speaker_labels": True, "webhook_auth_header_value": "hush-hush"}
        session = Session("whisper-rt", source=Endless(), endpoint=server.url, api_key="k", **options)
        notices = [notice for notice in session.notices if notice.kind == "parameter"]
        assert [notice.message.split(" is not known")[0] for notice in notices] == [
            "speaker_labels=True",
            "webhook_auth_header_value=...",
        ]
        with session:
            session.update(webhook_auth_header_value="hush-hush")
            wait_for(lambda: server.clients[0].messages)
        assert "speaker_labels=true" in server.clients[0].path
        assert "hush" not in repr((session.notices, session.transcript.marks))
