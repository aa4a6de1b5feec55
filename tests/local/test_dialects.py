"""Each model's way of saying the same words, over real sockets, from a script."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from local.harness import LOUD, MODEL, QUIET, Client, CountingRecognition, running
from local.scripts import SCRIPT, SECOND, TEXTS, converse, scripted, turns_of

from ipyscribe.local import ScriptedRecognition
from ipyscribe.local.dialects import turn_settings
from ipyscribe.local.parameters import read_query
from ipyscribe.protocol import Message, models, parse_message
from ipyscribe.transcript import Arrival, Transcript, reduce

EN = "speech_model=universal-streaming-english"
ML = "speech_model=universal-streaming-multilingual"
U3 = "speech_model=u3-rt-pro"
WH = "speech_model=whisper-rt"
UNFORMATTED = ["hello how are you", "i am fine", "so we could"]
NAMES = [model.name for model in models() if not model.local]


def finals(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [turn for turn in turns_of(frames) if turn["end_of_turn"]]


def test_the_upgrade_says_whose_server_it_is() -> None:
    with scripted() as url, Client(url) as client:
        assert client.socket.getheaders()["server"] == "ipyscribe"


@pytest.mark.parametrize("name", NAMES)
def test_begin_echoes_the_settings_of_each_model(name: str) -> None:
    query = f"speech_model={name}&domain=medical-v1&filter_profanity=1&redact_pii=True&voice_focus=far-field"
    with scripted() as url, Client(url, f"{query}&speaker_labels=true") as client:
        configuration = client.until("Begin")["configuration"]
    u3 = models()[name].family == "u3"
    assert configuration == {
        "model": name,
        "mode": "balanced" if u3 else None,
        "api_version": "2025-05-12",
        "speaker_labels": True,
        "redact_pii": True,
        "filter_profanity": True,
        "domain": "medical-v1",
        "voice_focus": "far-field",
    }


def test_without_simulation_only_its_own_model_is_taken() -> None:
    with running(lambda: ScriptedRecognition(SCRIPT)) as url, Client(url, EN) as client:
        assert client.refusal()[1].endswith(f"Invalid 'speech_model': Input should be '{MODEL}'")


@pytest.mark.parametrize("name", [MODEL, *NAMES])
def test_the_words_are_the_same_whoever_says_them(name: str) -> None:
    with scripted() as url:
        frames = converse(url, f"speech_model={name}&format_turns=true")
    transcript = Transcript.of(models()[name], {"format_turns": True})
    for frame in frames:
        transcript = reduce(transcript, _parsed(frame), Arrival(0.0, 0.0))
    assert [turn.text for turn in transcript.settled] == TEXTS
    assert all(list(turn)[-1] == "type" for turn in turns_of(frames))


def _parsed(frame: dict[str, Any]) -> Message:
    return parse_message(json.dumps(frame))


@pytest.mark.parametrize("query", [EN, ML])
def test_streaming_words_run_one_ahead_of_the_transcript_and_never_change(query: str) -> None:
    with scripted() as url:
        turns = turns_of(converse(url, query))
    for order, group in itertools.groupby(turns, key=lambda turn: turn["turn_order"]):
        before: list[Any] = []
        for turn in group:
            final = [word for word in turn["words"] if word["word_is_final"]]
            assert len(turn["words"]) - len(final) <= 1
            assert turn["transcript"] == " ".join(word["text"] for word in final)
            assert final[: len(before)] == before
            before = final
            assert turn["turn_is_formatted"] is False
            assert all(word["start"] % 80 == word["end"] % 80 == 0 for word in turn["words"])
        assert turn["end_of_turn"]
        if order < 3:
            assert turn["transcript"] == UNFORMATTED[order]


def test_streaming_begins_with_a_word_and_no_transcript_and_ends_with_an_empty_final() -> None:
    with scripted() as url:
        first, *_, last = turns_of(converse(url, EN))
    assert (first["transcript"], [word["text"] for word in first["words"]]) == ("", ["hello"])
    assert (last["turn_order"], last["transcript"], last["words"], last["end_of_turn"]) == (3, "", [], True)


def test_the_utterance_comes_once_at_the_pause() -> None:
    with scripted() as url:
        turns = [turn for turn in turns_of(converse(url, EN)) if turn["turn_order"] == 0]
    assert [turn["utterance"] for turn in turns if turn["utterance"]] == [UNFORMATTED[0]]
    (pause,) = [turn for turn in turns if turn["utterance"]]
    assert not pause["end_of_turn"]
    assert (pause["transcript"], pause["words"][-1]["word_is_final"]) == ("hello how are", False)
    assert turns[-1]["utterance"] == ""


@pytest.mark.parametrize(
    ("formatting", "expected"),
    [
        ("two_step", [(False, "hello how are you"), (True, "Hello, how are you?")]),
        ("in_model", [(True, "Hello, how are you?")]),
        ("off", [(False, "hello how are you")]),
    ],
)
def test_formatted_finals(formatting: Any, expected: list[tuple[bool, str]]) -> None:
    with scripted(formatting=formatting) as url:
        frames = converse(url, f"{EN}&format_turns=True")
    of_first = [turn for turn in finals(frames) if turn["turn_order"] == 0]
    assert [(turn["turn_is_formatted"], turn["transcript"]) for turn in of_first] == expected
    partial = turns_of(frames)[1]
    assert partial["turn_is_formatted"] is (formatting == "in_model")


def test_a_threshold_of_one_leaves_only_the_long_silence() -> None:
    for threshold, order in ((0.4, 1), (1, 0)):
        with scripted() as url, Client(url, f"{EN}&end_of_turn_confidence_threshold={threshold}") as client:
            client.audio(SECOND[:16_000] + SECOND * 2)
            client.send(type="ForceEndpoint")
            client.audio(SECOND * 4)
            client.send(type="Terminate")
            ended = finals(client.rest())
        assert ended[0]["transcript"] == UNFORMATTED[0]
        assert (ended[0]["end_of_turn_confidence"] > threshold) is bool(order)


def test_languages_come_on_finals_where_they_are_asked_for() -> None:
    with scripted() as url:
        for query in (f"{ML}&language_detection=true", f"{U3}&language_detection=1"):
            for turn in turns_of(converse(url, query))[:-1]:
                if turn["end_of_turn"]:
                    assert (turn["language_code"], turn["language_confidence"]) == ("en", 1.0)
                elif not turn["utterance"]:
                    assert "language_code" not in turn
        assert not any("language_code" in turn for turn in turns_of(converse(url, ML)))
        assert not any("language_code" in turn for turn in turns_of(converse(url, f"{EN}&language_detection=true")))


def test_u3_says_that_speech_started_and_then_the_whole_turn_each_time() -> None:
    with scripted() as url:
        frames = converse(url, U3)
    started = [index for index, frame in enumerate(frames) if frame["type"] == "SpeechStarted"]
    assert [frames[index]["timestamp"] for index in started] == [400, 3000, 5200]
    assert [frames[index + 1]["turn_order"] for index in started] == [0, 1, 2]
    for turn in turns_of(frames):
        ended = turn["end_of_turn"]
        assert turn["turn_is_formatted"] is ended
        assert turn["end_of_turn_confidence"] == (1.0 if ended else 0.0)
        assert {word["word_is_final"] for word in turn["words"]} == {ended}
        assert turn["transcript"] == " ".join(word["text"] for word in turn["words"])
        assert turn["utterance"] == (turn["transcript"] if ended else "")
    assert [turn["transcript"] for turn in finals(frames)] == TEXTS


@pytest.mark.parametrize("name", ["universal-3-5-pro", "universal-3-6-pro", "assemblyai-stt-3-7-realtime"])
def test_newer_u3_models_format_every_turn_and_grow_confident(name: str) -> None:
    with scripted() as url:
        turns = turns_of(converse(url, f"speech_model={name}"))
    assert all(turn["turn_is_formatted"] for turn in turns)
    assert {word["word_is_final"] for turn in turns if not turn["end_of_turn"] for word in turn["words"]} == {False}
    for _, group in itertools.groupby(turns, key=lambda turn: turn["turn_order"]):
        confidences = [turn["end_of_turn_confidence"] for turn in group]
        assert confidences[0] == 0.0
        assert confidences == sorted(set(confidences))
        assert confidences[-1] == 1.0


def test_in_manual_mode_only_force_endpoint_ends_a_turn() -> None:
    with scripted() as url, Client(url, "speech_model=assemblyai-stt-3-7-realtime&mode=manual") as client:
        client.audio(SECOND * 5)
        client.send(type="ForceEndpoint")
        client.audio(SECOND * 5)
        client.send(type="Terminate")
        ended = finals(client.rest())
    assert [turn["transcript"] for turn in ended] == [f"{TEXTS[0]} {TEXTS[1]}", TEXTS[2]]


def test_in_manual_mode_no_silence_ends_a_turn_that_is_recognised() -> None:
    query = "speech_model=universal-3-6-pro&mode=manual&min_turn_silence=50&max_turn_silence=50"
    with running(CountingRecognition, simulate=True) as url, Client(url, query) as client:
        client.audio(LOUD + QUIET * 5 + LOUD)
        client.send(type="ForceEndpoint")
        assert client.until("Turn", end_of_turn=True)["turn_order"] == 0
        client.send(type="Terminate")
        assert not [turn for turn in turns_of(client.rest()) if turn["turn_order"] > 0]


@pytest.mark.parametrize(
    ("query", "continuous"),
    [("", True), ("&speaker_labels=true", False), ("&speaker_labels=true&continuous_partials=true", True),
     ("&continuous_partials=false", False)],
)  # fmt: skip
def test_speaker_labels_switch_continuous_partials_off_unless_asked_for(query: str, continuous: bool) -> None:
    text = f"speech_model=universal-3-6-pro{query}"
    parameters = read_query(dict(parse_qsl(text)), (MODEL, "universal-3-6-pro"))
    assert (turn_settings(parameters).interval_ms == 1000) is continuous


def test_u3_ends_a_sentence_after_the_short_silence_and_anything_after_the_long_one() -> None:
    query = f"{U3}&min_turn_silence=200&max_turn_silence=2000"
    with scripted() as url, Client(url, query) as client:
        client.audio(SECOND * 2 + SECOND[: 32 * 250])
        assert client.until("Turn", end_of_turn=True)["transcript"] == TEXTS[0]
        client.audio(SECOND * 5)
        client.until("Turn", transcript="so we could—")
        client.audio(SECOND)
        client.send(type="ForceEndpoint")
        assert client.until("Turn", turn_order=2, end_of_turn=True)["transcript"] == "so we could"


def test_silence_is_acknowledged_each_second_to_u3_only() -> None:
    with scripted(script={"turns": []}) as url:
        frames = converse(url, f"{U3}&acknowledge_silence=true", seconds=3)
        assert [(frame["start_ms"], frame["end_ms"]) for frame in frames if frame["type"] == "Silence"] == [
            (0, 1000),
            (1000, 2000),
            (2000, 3000),
        ]
        for query in (U3, f"{EN}&acknowledge_silence=true"):
            assert "Silence" not in {frame["type"] for frame in converse(url, query, seconds=3)}


def test_whisper_has_no_partials_no_confidence_and_always_a_language() -> None:
    with scripted() as url:
        turns = turns_of(converse(url, WH))
    assert [turn["utterance"] for turn in turns] == TEXTS
    assert [turn["transcript"] for turn in turns] == [f" {text}" for text in UNFORMATTED]
    for turn in turns:
        assert turn["end_of_turn"]
        assert not turn["turn_is_formatted"]
        assert turn["end_of_turn_confidence"] == 1.0
        assert {word["confidence"] for word in turn["words"]} == {0.0}
        assert turn["language_code"] == "en"


def test_whisper_tags_silence_and_leaves_two_spaces_between_sentences() -> None:
    script = {"turns": [{"start_ms": 6000, "end_ms": 7000, "text": "Yes. No."}]}
    with scripted(script=script) as url:
        tag, turn = turns_of(converse(url, WH))
        formatted = turns_of(converse(url, f"{WH}&format_turns=true"))[1]
    assert (tag["turn_order"], tag["utterance"], tag["transcript"]) == (0, "[Silence]", " silence")
    assert (turn["turn_order"], turn["transcript"], turn["utterance"]) == (1, " yes  no", "Yes. No.")
    assert (formatted["transcript"], formatted["turn_is_formatted"]) == ("Yes. No.", True)


def test_partials_can_be_left_out() -> None:
    with scripted() as url:
        for query in (f"{EN}&include_partial_turns=false", f"{U3}&redact_pii=true", f"{ML}&include_partial_turns=0"):
            assert all(turn["end_of_turn"] for turn in turns_of(converse(url, query)))


def test_speakers_of_a_script_are_named_and_revised() -> None:
    with scripted() as url:
        frames = converse(url, f"{U3}&speaker_labels=true")
    assert [turn["speaker_label"] for turn in finals(frames)] == ["A", "A", "A"]
    assert {word["speaker"] for turn in finals(frames) for word in turn["words"]} == {"A"}
    assert not any("speaker_label" in turn for turn in turns_of(frames) if not turn["end_of_turn"])
    (revision,) = frames[-2]["revisions"]
    assert (frames[-2]["type"], revision["turn_order"], revision["speaker_label"]) == ("SpeakerRevision", 1, "B")
    assert [word["text"] for word in revision["words"]] == ["I", "am", "fine."]
    assert not any(frame["type"] == "Warning" for frame in frames)


def test_a_recogniser_that_knows_no_speakers_says_null_and_warns() -> None:
    with running(CountingRecognition, simulate=True) as url:
        query = f"{U3}&speaker_labels=true&prompt=Astronomy&max_turn_silence=100"
        with Client(url, query) as client:
            client.audio(LOUD + QUIET)
            final = client.until("Turn", end_of_turn=True)
            frames = client.frames
    assert final["speaker_label"] is None
    assert not any("speaker" in word for word in final["words"])
    assert frames[1] == {
        "type": "Warning",
        "warning_code": 1000,
        "warning": "This simulation ignores: speaker_labels, prompt",
    }


def until_utterance(client: Client) -> dict[str, Any]:
    """The next partial with an utterance."""
    while True:
        frame = client.until("Turn", end_of_turn=False)
        if frame["utterance"]:
            return frame


def test_the_real_turn_rules_settle_words_in_a_pause() -> None:
    with (
        running(lambda: CountingRecognition(end=""), simulate=True) as url,
        Client(url, f"{EN}&max_turn_silence=5000") as client,
    ):
        client.audio(LOUD * 2 + QUIET)
        pause = until_utterance(client)
        client.audio(LOUD)
        client.send(type="Terminate")
        last = finals(client.rest())[0]
    # How much of the pause's silence was heard as a word depends on how fast the sound came.
    assert pause["utterance"].startswith("word0 word1 word2 word3 word4")
    assert pause["transcript"] == pause["utterance"].rpartition(" ")[0]
    assert last["transcript"].startswith(pause["utterance"] + " ")
    assert last["turn_order"] == 0


@pytest.mark.parametrize("model", [U3, f"speech_model={MODEL}"])
def test_mulaw_is_decoded(model: str) -> None:
    with (
        running(CountingRecognition, simulate=True) as url,
        Client(url, f"{model}&encoding=pcm_mulaw&sample_rate=8000") as client,
    ):
        client.audio(b"\xff" * 8000 + bytes([0x90, 0x90, 0x10, 0x10]) * 2000, chunk_bytes=800)
        client.send(type="Terminate")
        *_, final, termination = client.rest()
    assert 900 <= final["words"][0]["start"] <= 1100
    assert termination["audio_duration_seconds"] == 2


def test_an_utterance_holds_the_words_since_the_last_one() -> None:
    with (
        running(lambda: CountingRecognition(end=""), simulate=True) as url,
        Client(url, f"{EN}&max_turn_silence=5000") as client,
    ):
        client.audio(LOUD + QUIET)
        first = until_utterance(client)["utterance"]
        client.audio(LOUD)
        client.send(type="ForceEndpoint")
        final = client.until("Turn", end_of_turn=True)
    assert first.startswith("word0 word1")
    assert final["utterance"].startswith("word")
    assert final["transcript"] == f"{first} {final['utterance']}"
