"""The protocol over real sockets, with the real worker and turn rules and a recogniser that counts."""

from __future__ import annotations

import json
import struct
import time
import urllib.error
import urllib.request
import uuid
from itertools import pairwise

import numpy as np
import pytest
import websocket
from local.harness import (
    LOUD,
    MODEL,
    QUIET,
    Client,
    CountingRecognition,
    recogniser_threads,
    running,
    wait_for,
)

from ipyscribe.errors import LocalServerError
from ipyscribe.local.loading import Recognition

VALIDATION = "User Input Validation Error: "


def test_begin_says_what_the_session_is(url: str) -> None:
    before = int(time.time())
    with Client(url) as client:
        begin = client.until("Begin")
    uuid.UUID(begin["id"])
    assert before <= begin["expires_at"] - 10_800 <= time.time()
    assert begin["configuration"] == {
        "model": MODEL,
        "mode": None,
        "api_version": "2025-05-12",
        "speaker_labels": False,
        "redact_pii": False,
        "filter_profanity": False,
        "domain": None,
        "voice_focus": None,
    }


def test_a_turn_from_first_word_to_termination(url: str) -> None:
    with Client(url, f"speech_model={MODEL}&min_turn_silence=200&max_turn_silence=400") as client:
        client.audio(QUIET[:16_000] + LOUD + LOUD + QUIET)
        final = client.until("Turn", end_of_turn=True)
        client.send(type="Terminate")
        frames = client.rest()
    assert list(final)[-1] == "type"
    assert final["turn_order"] == 0
    assert final["turn_is_formatted"] is True
    assert final["end_of_turn_confidence"] == 1.0
    assert final["transcript"] == final["utterance"] == " ".join(word["text"] for word in final["words"])
    assert final["words"][0]["start"] >= 400
    assert final["words"][-1]["end"] <= 2600
    assert all(word["word_is_final"] for word in final["words"])
    assert all(left["end"] <= right["start"] for left, right in pairwise(final["words"]))
    assert frames[-1] == {
        "type": "Termination",
        "audio_duration_seconds": 4,
        "session_duration_seconds": frames[-1]["session_duration_seconds"],
    }
    assert isinstance(frames[-1]["session_duration_seconds"], int)
    assert (client.close_code, client.close_reason) == (1000, "Session Ended")


def test_terminate_flushes_the_open_turn(url: str) -> None:
    with Client(url) as client:
        client.audio(LOUD)
        client.send(type="Terminate")
        frames = client.rest()
    assert [frame["type"] for frame in frames[-2:]] == ["Turn", "Termination"]
    assert frames[-2]["end_of_turn"] is True


def test_silence_brings_no_turn(url: str) -> None:
    with Client(url) as client:
        client.audio(QUIET * 3)
        client.send(type="ForceEndpoint")
        client.send(type="Terminate")
        assert [frame["type"] for frame in client.rest()] == ["Begin", "Termination"]


def test_force_endpoint_ends_the_turn_and_the_next_has_the_next_number(url: str) -> None:
    with Client(url) as client:
        for order in range(2):
            client.audio(LOUD)
            client.send(type="ForceEndpoint")
            assert client.until("Turn", end_of_turn=True)["turn_order"] == order


def test_update_configuration_changes_the_silence_that_ends_a_turn() -> None:
    with (
        running(lambda: CountingRecognition(end="")) as url,
        Client(url, f"speech_model={MODEL}&max_turn_silence=10000") as client,
    ):
        client.audio(LOUD + QUIET)
        client.send(type="KeepAlive")
        client.send(type="UpdateConfiguration", max_turn_silence=300)
        client.audio(QUIET[:3200])
        final = client.until("Turn", end_of_turn=True)
        client.send(type="Terminate")
        frames = client.rest()
    assert final["turn_order"] == 0
    assert {frame["type"] for frame in frames} == {"Begin", "Turn", "Termination"}


def test_update_of_one_silence_keeps_the_rest(url: str) -> None:
    with Client(url, f"speech_model={MODEL}&format_turns=false") as client:
        client.send(type="UpdateConfiguration", min_turn_silence=300, unknown_setting=1)
        client.audio(LOUD + QUIET)
        assert client.until("Turn", end_of_turn=True)["transcript"].islower()


def test_a_multilingual_model_tells_the_language_of_each_turn() -> None:
    with (
        running(lambda: CountingRecognition(languages=("en", "de", "fr"))) as url,
        Client(url, f"speech_model={MODEL}&sample_rate=16000&language_codes=de") as client,
    ):
        client.audio(LOUD + QUIET)
        client.until("Turn", end_of_turn=True)
        client.send(type="UpdateConfiguration", language_codes=["fr"])
        client.audio(LOUD + QUIET)
        client.until("Turn", end_of_turn=True)
        client.send(type="Terminate")
        client.rest()
    turns = [frame for frame in client.frames if frame["type"] == "Turn"]
    assert [(turn["language_code"], turn["language_confidence"]) for turn in turns if turn["end_of_turn"]] == [
        ("de", 0.9),
        ("fr", 0.9),
    ]


def test_unformatted_turns_are_bare(url: str) -> None:
    with Client(url, f"speech_model={MODEL}&format_turns=False") as client:
        client.audio(LOUD)
        client.send(type="Terminate")
        final = client.rest()[-2]
    assert final["turn_is_formatted"] is False
    assert final["transcript"] == " ".join(f"word{index}" for index in range(len(final["words"])))


def test_a_partial_comes_only_when_something_changed(url: str) -> None:
    with Client(url) as client:
        client.audio(LOUD * 3)
        client.send(type="Terminate")
        turns = [frame for frame in client.rest() if frame["type"] == "Turn"]
    partials = [json.dumps([(w["text"], w["word_is_final"]) for w in t["words"]]) for t in turns[:-1]]
    assert len(partials) == len(set(partials)) > 0


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_other_rates_keep_the_clock(url: str, rate: int) -> None:
    loud = (np.sin(np.arange(rate) * 6.28 * 400 / rate) * 8000).astype("<i2").tobytes()
    with Client(url, f"speech_model={MODEL}&sample_rate={rate}") as client:
        client.audio(bytes(2 * rate) + loud, chunk_bytes=rate // 10 // 2 * 2)
        client.send(type="Terminate")
        *_, final, termination = client.rest()
    assert termination["audio_duration_seconds"] == 2
    assert 900 <= final["words"][0]["start"] <= 1100
    assert final["words"][-1]["end"] <= 2032


def test_half_samples_are_put_together(url: str) -> None:
    with Client(url) as client:
        client.audio(LOUD, chunk_bytes=1601)
        client.send(type="Terminate")
        assert client.rest()[-2]["end_of_turn"] is True


def test_heartbeats_come_on_request(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.local.session.HEARTBEAT_S", 0.05)
    with Client(url, f"speech_model={MODEL}&session_heartbeat=true") as client:
        client.audio(LOUD)
        beat = client.until("Heartbeat", total_audio_received_ms=1000)
    assert beat["total_duration_ms"] >= 0
    assert 0 <= beat["max_speech_probability"] <= 1


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", f"Invalid 'speech_model': Input should be '{MODEL}'"),
        ("speech_model=u3-rt-pro", f"Invalid 'speech_model': Input should be '{MODEL}'"),
        ("sample_rate=4000", "Invalid 'sample_rate': Value error, sample_rate must be at least 8,000 Hz"),
        ("sample_rate=96001", "Invalid 'sample_rate': Value error, sample_rate must be at most 96,000 Hz"),
        (
            "sample_rate=high",
            "Invalid 'sample_rate': Input should be a valid integer, unable to parse string as an integer",
        ),
        ("encoding=flac", "Invalid 'encoding': 'flac' is not a valid Encoding"),
        ("inactivity_timeout=4", "Invalid 'inactivity_timeout': Input should be greater than or equal to 5"),
        ("vad_threshold=1.5", "Invalid 'vad_threshold': Input should be less than or equal to 1"),
        ("language_codes=de", "Invalid 'language_codes': Input should be 'en' or 'multi'"),
        ("vad_threshold=nan", "Invalid 'vad_threshold': Input should be a valid number"),
        ("min_turn_silence=-1", "Invalid 'min_turn_silence': Input should be greater than or equal to 0"),
        (
            "format_turns=maybe",
            "Invalid 'format_turns': Input should be a valid boolean, unable to interpret input",
        ),
    ],
)
def test_bad_parameters_are_refused_before_begin(url: str, query: str, text: str) -> None:
    full = query if "speech_model" in query or not query else f"speech_model={MODEL}&{query}"
    with Client(url, full) as client:
        assert client.refusal() == (3006, VALIDATION + text)
        assert len(client.frames) == 1


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "{bad",
            "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("[]", "Invalid Message: []"),
        (
            '{"type":"UpdateConfiguration","language_codes":["de"]}',
            "Invalid 'language_codes': Input should be 'en' or 'multi'",
        ),
        ('{"type":"Bogus"}', "Invalid Message Type: Bogus"),
        (
            '{"type":"UpdateConfiguration","vad_threshold":"x"}',
            "Invalid 'vad_threshold': Input should be a valid number",
        ),
        (
            '{"type":"UpdateConfiguration","max_turn_silence":true}',
            "Invalid 'max_turn_silence': Input should be a valid integer",
        ),
    ],
)
def test_bad_messages_end_the_session(url: str, message: str, text: str) -> None:
    with Client(url) as client:
        client.socket.send(message)
        assert client.refusal() == (3006, VALIDATION + text)


def test_a_token_is_asked_for() -> None:
    with running(CountingRecognition, token="s3cret") as url:
        with Client(url) as client:
            assert client.refusal() == (1008, "Unauthorized Connection: Missing Authorization header")
        for header in ("s3cre", "Bearer s3cret", "gehëim"):
            with Client(url, header={"Authorization": header}) as client:
                assert client.refusal() == (1008, "Unauthorized Connection: Invalid API key")
        with Client(url, header={"Authorization": "s3cret"}) as client:
            client.until("Begin")
        with Client(url, f"speech_model={MODEL}&token=s3cret") as client:
            client.until("Begin")


def test_pages_of_other_origins_need_a_token(url: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        Client(url, origin="https://example.org")
    with Client(url, origin="http://localhost:8888") as client:
        client.until("Begin")
    with (
        running(CountingRecognition, token="s") as guarded,
        Client(guarded, f"speech_model={MODEL}&token=s", origin="https://example.org") as client,
    ):
        client.until("Begin")


def test_health_and_unknown_paths(url: str) -> None:
    http = url.replace("ws://", "http://")
    with urllib.request.urlopen(f"{http}/v3/ws/health") as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{http}/nothing")
    assert missing.value.code == 404
    missing.value.close()


def test_a_message_over_a_second_is_refused_at_once(url: str) -> None:
    with Client(url) as client:
        client.socket.send_binary(bytes(32_000))
        client.socket.send_binary(bytes(38_400))
        code, text = client.refusal()
    assert code == 3007
    assert text == ("Input Duration Error: Input Duration Violation: 1200.0 ms. Expected between 50 and 1000 ms")


def test_steady_short_messages_are_refused_after_a_second(url: str) -> None:
    with Client(url) as client:
        client.until("Begin")
        client.audio(bytes(640 * 49), chunk_bytes=640)
        code, text = client.refusal()
    assert (code, text) == (
        3007,
        "Input Duration Error: Input Duration Violation: 20.0 ms. Expected between 50 and 1000 ms",
    )


def test_a_short_tail_is_tolerated(url: str) -> None:
    with Client(url) as client:
        for _ in range(3):
            client.audio(bytes(640 * 40), chunk_bytes=640)
            client.audio(bytes(1600))
        client.send(type="Terminate")
        client.rest()
    assert client.close_code == 1000


def test_huge_messages_are_closed_with_1009(url: str) -> None:
    with Client(url, f"speech_model={MODEL}&sample_rate=96000") as client:
        client.until("Begin")
        client.socket.send_binary(bytes(128 * 1024 + 2))
        client.rest()
    assert client.close_code == 1009


def test_inactivity_ends_the_session(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.local.parameters.SHORTEST_INACTIVITY_S", 1)
    with Client(url, f"speech_model={MODEL}&inactivity_timeout=1") as client:
        code, text = client.refusal()
    assert (code, text) == (
        3006,
        "Session terminated due to inactivity: No messages received for 1 seconds",
    )


def test_expiry_ends_the_session(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.local.session.LONGEST_SESSION_S", 0.2)
    with Client(url) as client:
        assert client.refusal() == (3008, "Session Expired: Maximum session duration exceeded")


def test_audio_far_too_fast_is_refused(
    url: str, recognition: CountingRecognition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipyscribe.local.audio_rules.BACKLOG_S", 5.0)
    recognition.recogniser.may_transcribe.clear()
    with Client(url) as client:
        client.until("Begin")
        client.audio(LOUD * 8, chunk_bytes=32_000)
        code, text = client.refusal()
        recognition.recogniser.may_transcribe.set()
    assert code == 3007
    assert text.startswith("Audio Transmission Rate Exceeded: Received ")


def test_a_client_that_vanishes_leaves_no_thread(url: str, recognition: CountingRecognition) -> None:
    for leave in ("close", "reset"):
        client = Client(url)
        client.until("Begin")
        recognition.recogniser.may_transcribe.clear()
        client.audio(LOUD * 3)
        assert recogniser_threads()
        if leave == "reset":
            client.socket.sock.setsockopt(1, 13, struct.pack("ii", 1, 0))
        client.socket.shutdown()
        recognition.recogniser.may_transcribe.set()
        wait_for(lambda: not recogniser_threads())


def test_a_client_that_vanishes_after_terminate_leaves_no_thread(url: str, recognition: CountingRecognition) -> None:
    recognition.recogniser.may_transcribe.clear()
    with Client(url) as client:
        client.until("Begin")
        client.audio(LOUD * 3)
        client.send(type="Terminate")
    recognition.recogniser.may_transcribe.set()
    wait_for(lambda: not recogniser_threads())


def test_sessions_do_not_disturb_each_other(url: str) -> None:
    clients = [Client(url) for _ in range(4)]
    for number, client in enumerate(clients, 1):
        client.audio(LOUD * number)
        client.send(type="Terminate")
    for number, client in enumerate(clients, 1):
        with client:
            assert client.rest()[-1]["audio_duration_seconds"] == number


def test_a_failure_while_hearing_ends_the_session(
    url: str, recognition: CountingRecognition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition.recogniser, "transcribe", lambda *_: 1 / 0)
    with Client(url) as client:
        client.audio(LOUD * 2)
        assert client.refusal() == (3005, "Session Cancelled: An error occurred")


def test_weights_that_do_not_load_are_reported_to_the_client() -> None:
    def load() -> Recognition:
        raise LocalServerError("model.bin is not the file it should be.")

    with running(load) as url, Client(url) as client:
        assert client.refusal() == (3005, "Session Cancelled: model.bin is not the file it should be.")
