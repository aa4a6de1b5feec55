"""A recognition with scripted words at scripted times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from local.harness import MODEL, Client
from local.scripts import SCRIPT, SECOND, TEXTS, converse, scripted, turns_of

from ipyscribe.errors import LocalServerError
from ipyscribe.local import ScriptedRecognition
from ipyscribe.local.journal import Journal
from ipyscribe.local.parameters import Parameters
from ipyscribe.local.recognition_events import Event, Silence, Turn

SAMPLE = Path(__file__).parents[2] / "src" / "ipyscribe" / "audio" / "sample" / "sample.json"


def scripted_worker(script: dict[str, Any], **parameters: Any) -> tuple[Any, list[Event], list[Any]]:
    events: list[Event] = []
    finished: list[Any] = []
    settings = Parameters(speech_model=MODEL, **parameters)
    return ScriptedRecognition(script).worker(settings, events.append, finished.append), events, finished


def test_a_word_is_emitted_at_its_end() -> None:
    worker, events, _ = scripted_worker({"turns": [{"words": [{"text": "Now.", "start_ms": 100, "end_ms": 300}]}]})
    worker.audio(bytes(32 * 299))
    assert events == []
    assert worker.take_max_probability() == 0.0
    worker.audio(bytes(32))
    (turn,) = events
    assert isinstance(turn, Turn)
    assert (turn.text, turn.ended, turn.words[0].start_ms, turn.onset_ms) == ("Now.", False, 100, 100)
    assert (worker.take_max_probability(), worker.take_max_probability()) == (1.0, 0.0)


def test_the_silences_end_a_turn_and_updates_change_them() -> None:
    script = {"turns": [{"start_ms": 0, "end_ms": 100, "text": "and"}]}
    worker, events, finished = scripted_worker(script, max_turn_silence=5000)
    worker.audio(SECOND)
    assert not any(event.ended for event in events)
    worker.update(Parameters(speech_model=MODEL, min_turn_silence=500, max_turn_silence=1000))
    worker.audio(bytes(32 * 99))
    assert not events[-1].ended
    worker.audio(bytes(32))
    assert events[-1].ended
    worker.finish()
    worker.abandon()
    assert finished == [None]


def test_a_forced_turn_goes_on_as_another() -> None:
    worker, events, _ = scripted_worker({"turns": [{"start_ms": 0, "end_ms": 2000, "text": "one two three four"}]})
    worker.audio(SECOND)
    worker.force()
    worker.force()
    worker.audio(SECOND)
    worker.finish()
    assert [(turn.order, turn.text) for turn in events if turn.ended] == [(0, "one two"), (1, "three four")]


def test_silence_is_reported_between_turns_only() -> None:
    script = {"turns": [{"start_ms": 2500, "end_ms": 3500, "text": "Yes."}]}
    worker, events, _ = scripted_worker(script, family="u3", acknowledge_silence=True)
    worker.audio(SECOND * 6)
    assert [event for event in events if isinstance(event, Silence)] == [
        Silence(0, 1000),
        Silence(1000, 2000),
        Silence(3628, 4628),
        Silence(4628, 5628),
    ]


def test_the_bundled_sample_is_a_script() -> None:
    recognition = ScriptedRecognition.from_file(SAMPLE)
    events: list[Event] = []
    worker = recognition.worker(Parameters(speech_model=MODEL), events.append, lambda _: None)
    worker.audio(SECOND * 45)
    worker.finish()
    script = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert [turn.text for turn in events if turn.ended] == [turn["text"] for turn in script["turns"]]
    assert {turn.speaker for turn in events} == {"A", "B"}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ({}, "KeyError: 'turns'"),
        ({"turns": [{"text": "no times"}]}, "KeyError: 'start_ms'"),
        ({"turns": [{"words": []}]}, "a turn without words"),
        ({"turns": [{"text": "", "start_ms": 0, "end_ms": 1}]}, "ZeroDivisionError"),
        (
            {"turns": [{"text": "a", "start_ms": 0, "end_ms": 9}], "repeat": True, "duration_ms": 9},
            "cannot be repeated",
        ),
    ],
)
def test_a_script_that_cannot_be_used_is_refused(script: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalServerError, match=message):
        ScriptedRecognition(script)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match=r"nothing\.json cannot be read"):
        ScriptedRecognition.from_file(tmp_path / "nothing.json")


def test_three_hours_pass_in_moments_with_thousands_of_turns() -> None:
    hours_s = 3 * 3600 - 10
    script = {**SCRIPT, "repeat": True, "duration_ms": 9000}
    with scripted(script=script) as url, Client(url, f"speech_model={MODEL}&include_partial_turns=true") as client:
        client.until("Begin")
        for _ in range(hours_s // 10):
            client.audio(SECOND * 10, chunk_bytes=32_000)
            client.send(type="KeepAlive")
        client.send(type="Terminate")
        frames = client.rest()
    ended = [turn for turn in turns_of(frames) if turn["end_of_turn"]]
    assert len(ended) >= 3000
    assert [turn["turn_order"] for turn in ended] == list(range(len(ended)))
    assert ended[-1]["words"][-1]["end"] > 1000 * (hours_s - 10)
    assert frames[-1]["audio_duration_seconds"] == hours_s


def test_sessions_on_one_script_are_apart() -> None:
    with scripted() as url:
        for _ in range(2):
            finals = [turn["transcript"] for turn in turns_of(converse(url)) if turn["end_of_turn"]]
            assert finals == TEXTS


def test_the_journal_tells_what_passed_and_no_words(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as stream, scripted(watch=Journal(stream)) as url:
        converse(url, seconds=3)
    text = path.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"], line.get("type")) for line in lines[:2]] == [("open", None), ("out", "Begin")]
    assert ("in", "Terminate") in [(line["event"], line.get("type")) for line in lines]
    assert {key: lines[-1][key] for key in ("connection", "event", "code", "audio_bytes")} == {
        "connection": 1,
        "event": "end",
        "code": 1000,
        "audio_bytes": 96_000,
    }
    assert "Hello" not in text


def test_the_command_serves_a_script_with_faults_and_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "ipyscribe", "serve", "--no-token", "--exit-with-stdin", "--simulate", "--script",
         str(SAMPLE), "--fault", "http:503", "--fault", "error:3005@2s#3", "--log", str(log), "--older"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        with pytest.raises(Exception, match="503"):
            Client(url)
        with Client(url, "speech_model=u3-rt-pro") as client:
            assert "configuration" not in client.until("Begin")
            client.audio(SECOND * 6)
            client.until("Turn", end_of_turn=True)
        with Client(url) as client:
            client.audio(SECOND * 2)
            assert client.refusal() == (3005, "Session Cancelled: An error occurred")
    finally:
        process.communicate("", timeout=60)
    assert process.returncode == 0
    assert '"type": "Error"' in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [["--fault", "dropp"], ["--script", "nothing.json"]])
def test_the_command_names_what_is_wrong(options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ipyscribe", "serve", *options], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ipyscribe: ")
    assert options[1] in done.stderr
