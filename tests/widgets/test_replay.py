"""Recorded sessions in a cell, and earlier moments of any session: messages as a front end would send them."""

from __future__ import annotations

import io
import math
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local.harness import wait_for
from session.sources import Endless
from support.front_end_messages import deliver
from support.scripted_server import Client, scripted
from tape.making import Recording, short_tape
from widgets.conftest import SentMessages, wait_until_published

import ipyscribe as scribe
from ipyscribe import AudioArray, Tape, Transcriber, TranscriptView
from ipyscribe.replay import Replay
from ipyscribe.widgets import ComparisonView, ReplayView
from ipyscribe.widgets.shared.saved_copy import SessionCopy
from ipyscribe.widgets.shared.sound_requests import MOST_MS, range_of

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


@pytest.fixture
def tape() -> Tape:
    return short_tape()


@pytest.fixture
def shown(tape: Tape, sent: SentMessages) -> Iterator[ReplayView]:
    """A view as if a browser had it on a page; ``sent`` is what it was sent."""
    view = ReplayView(tape)
    say(view.timeline, kind="hello", theme="light", width=800, ratio=1, everything=False)
    say(view.travel_bar, kind="hello")
    parts = {"TimelineView", "TravelBar"}
    wait_for(lambda: {place["from"] for place in sent.of("position")} == parts and sent.of("picture"), within_s=60)
    yield view
    view.close()


def say(widget: Any, **message: Any) -> None:
    deliver(widget, message)


class Screen:
    """What a browser shows of the messages that it was told."""

    def __init__(self, sent: SentMessages) -> None:
        self._sent = sent

    @property
    def texts(self) -> list[str]:
        rows: dict[int, str] = {}
        count = 0
        for message in list(self._sent.of("turns")):
            if message["whole"]:
                rows.clear()
            rows |= {index: row["text"] for index, row in message["rows"]}
            count = message["count"]
        return [rows[index] for index in range(count)]

    def place(self, of: str = "TravelBar") -> dict[str, Any]:
        return [message for message in self._sent.of("position") if message["from"] == of][-1]


def test_it_says_of_what_it_is_a_recording(shown: ReplayView, tape: Tape) -> None:
    state = shown.head.state
    assert state["model"] == "u3-rt-pro"
    assert state["facts"] == ["this test", f"{tape.began.day} {tape.began:%B %Y, %H:%M} UTC"]
    assert state["strip"]["status"] == "ready"


def test_any_moment_is_shown_as_it_stood(shown: ReplayView, tape: Tape, sent: SentMessages) -> None:
    screen, clock = Screen(sent), Replay(tape)
    for share in (0.5, 1.0, 0.2, 0.8):
        say(shown.travel_bar, kind="seek", share=share, mark=f"at {share}")
        wait_for(lambda share=share: screen.place()["mark"] == f"at {share}", within_s=30)
        time_s = clock.moment_of(share * clock.heard_ms)  # the slider is on the audio clock
        assert screen.place()["share"] == pytest.approx(share, abs=0.05)
        assert screen.texts == [turn.text for turn in tape.at(math.inf if share == 1 else time_s).turns]
    # What is a trait of other parts is told a moment after the place.
    wait_for(lambda: shown.transcript_view.moment.startswith("as it stood at 0:0"), within_s=30)
    wait_for(lambda: shown.head.state["strip"]["status"] == "paused", within_s=30)
    say(shown.travel_bar, kind="to_end", mark="end")
    wait_for(lambda: screen.place()["mark"] == "end", within_s=30)
    assert screen.texts == ["one two three", "four five"]
    assert screen.place()["past"] is False
    wait_for(lambda: shown.transcript_view.moment == "", within_s=30)


def test_what_the_browser_knows_is_not_sent_again(shown: ReplayView, sent: SentMessages) -> None:
    say(shown.travel_bar, kind="to_end", mark="1")
    wait_for(lambda: Screen(sent).place()["mark"] == "1", within_s=30)
    say(shown.travel_bar, kind="seek", share=0, mark="2")
    wait_for(lambda: Screen(sent).place()["mark"] == "2", within_s=30)
    before = len(sent.of("turns"))
    say(shown.travel_bar, kind="to_end", mark="3")
    wait_for(lambda: Screen(sent).place()["mark"] == "3", within_s=30)
    (again,) = sent.of("turns")[before:]
    assert (again["count"], again["rows"], again["whole"]) == (2, [], False)
    say(shown.transcript_view, kind="hello")
    wait_for(lambda: sent.of("turns")[-1]["whole"], within_s=30)
    assert len(sent.of("turns")[-1]["rows"]) == 2


def test_of_several_positions_the_newest_wins(
    shown: ReplayView, sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[float] = []
    held, free = threading.Event(), threading.Event()
    seek = Replay.seek

    def slow(replay: Replay, time_s: float) -> Any:
        sought.append(round(time_s / replay.duration_s, 2))
        held.set()
        assert free.wait(60)
        return seek(replay, time_s)

    monkeypatch.setattr(Replay, "seek", slow)
    say(shown.travel_bar, kind="seek", share=0.1, mark="a")
    assert held.wait(60)
    for share in (0.2, 0.3, 0.4, 0.5):
        say(shown.travel_bar, kind="seek", share=share, mark=f"{share}")
    free.set()
    wait_for(lambda: Screen(sent).place()["mark"] == "0.5", within_s=30)
    assert sought == [0.1, 0.5]


def test_the_handle_goes_by_the_sound_and_by_steps(shown: ReplayView, tape: Tape, sent: SentMessages) -> None:
    screen = Screen(sent)
    say(shown.timeline, kind="seek", audio_ms=500.0, mark="1")
    wait_for(lambda: screen.place("TimelineView")["mark"] == "1", within_s=30)
    place = screen.place("TimelineView")
    assert (place["audio_ms"], place["past"], place["paused"], place["able"]) == (500.0, True, True, True)
    assert screen.texts == ["one two"]
    say(shown.timeline, kind="step", back=True, mark="2")
    wait_for(lambda: screen.place()["mark"] == "2", within_s=30)
    assert screen.texts == ["one"]
    say(shown.timeline, kind="step", back=False, mark="3")
    wait_for(lambda: screen.place()["mark"] == "3", within_s=30)
    assert screen.texts == ["one two"]
    say(shown.timeline, kind="seek", by_s=-10, mark="4")
    wait_for(lambda: screen.place()["mark"] == "4", within_s=30)
    assert (screen.texts, screen.place()["share"]) == ([], 0.0)
    say(shown.timeline, kind="seek", audio_ms=1e9, mark="5")
    wait_for(lambda: screen.place()["mark"] == "5", within_s=30)
    assert not screen.place()["past"]


def test_the_picture_of_a_held_moment_stands_still(shown: ReplayView, sent: SentMessages) -> None:
    before = len(sent.of("picture"))
    start, end, left, right = sent.of("picture")[-1]["axis"]
    assert start == 0 < end
    assert 0 < left < right < 1
    for number in range(5):
        say(shown.timeline, kind="seek", audio_ms=100.0 * number, mark=f"{number}")
        wait_for(lambda number=number: Screen(sent).place()["mark"] == f"{number}", within_s=30)
    say(shown.travel_bar, kind="to_end", mark="end")
    wait_for(lambda: Screen(sent).place()["mark"] == "end", within_s=30)
    wait_until_published()
    assert len(sent.of("picture")) == before


def test_nothing_runs_while_it_is_shown_and_does_not_move(shown: ReplayView, sent: SentMessages) -> None:
    idle = {thread for thread in threading.enumerate() if not thread.name.startswith("ipyscribe-")}
    for messages in ((), ("play", "pause"), ("play",)):
        for kind in messages:
            say(shown.travel_bar, kind=kind)
        if messages == ("play",):
            wait_for(lambda: Screen(sent).texts == ["one two three", "four five"], within_s=30)
        wait_for(lambda: set(threading.enumerate()) <= idle, within_s=30)


def test_it_is_played_and_held_and_its_speed_changed(shown: ReplayView, tape: Tape, sent: SentMessages) -> None:
    say(shown.travel_bar, kind="speed", speed=0)
    say(shown.travel_bar, kind="play")
    wait_for(lambda: Screen(sent).texts == ["one two three", "four five"], within_s=30)
    wait_for(lambda: shown.travel_bar.state["playing"] is False, within_s=30)
    say(shown.travel_bar, kind="speed", speed=0.001)
    say(shown.travel_bar, kind="play")
    wait_for(lambda: shown.travel_bar.state["playing"] is True, within_s=30)
    wait_for(lambda: Screen(sent).texts == [], within_s=30)
    wait_for(lambda: shown.head.state["strip"]["status"].startswith("playing"), within_s=30)
    say(shown.travel_bar, kind="pause")
    wait_for(lambda: shown.travel_bar.state["playing"] is False, within_s=30)
    say(shown.travel_bar, kind="speed", speed=-1)
    wait_for(lambda: "speed" in (shown.travel_bar.state["error"] or ""), within_s=30)


def sound_of(message: dict[str, Any]) -> bytes:
    with wave.open(io.BytesIO(message["buffers"][0])) as file:
        assert file.getparams()[:3] == (1, 2, 16_000)
        return file.readframes(file.getnframes())


def test_words_turns_and_what_follows_can_be_heard(shown: ReplayView, tape: Tape, sent: SentMessages) -> None:
    say(shown.travel_bar, kind="to_end", mark="end")
    wait_for(lambda: Screen(sent).texts, within_s=30)
    asked: list[tuple[Any, dict[str, Any], tuple[float, float]]] = [
        (shown.transcript_view, {"order": 0, "at": 5}, (320.0, 840.0)),
        (shown.transcript_view, {"order": 1}, (0.0, 1000.0)),
        (shown.timeline, {"near_ms": 100}, (0.0, 1000.0)),
        (shown.travel_bar, {"from_ms": 200.0}, (200.0, 1000.0)),
    ]
    for number, (view, what, (start_ms, end_ms)) in enumerate(asked):
        say(view, kind="play_audio", request=f"{number}", **what)
        wait_for(lambda number=number: len(sent.of("audio")) == number + 1, within_s=30)
        answer = sent.of("audio")[-1]
        assert answer["request"] == f"{number}"
        assert (answer["start"], answer["end"], answer["more"]) == (start_ms, end_ms, False)
        assert sound_of(answer) == tape.audio(start_ms, end_ms)


def test_no_answer_is_longer_than_half_a_minute(sent: SentMessages) -> None:
    recording = Recording()
    recording.say(0, "one")
    recording.hear(40)
    view = ReplayView(recording.finish())
    say(view.travel_bar, kind="play_audio", request="a", from_ms=0.0)
    wait_for(lambda: sent.of("audio"), within_s=30)
    first = sent.of("audio")[0]
    assert (first["start"], first["end"], first["more"]) == (0.0, MOST_MS, True)
    say(view.travel_bar, kind="play_audio", request="a", from_ms=first["end"])
    wait_for(lambda: len(sent.of("audio")) == 2, within_s=30)
    assert (sent.of("audio")[1]["end"], sent.of("audio")[1]["more"]) == (40_200.0, False)
    say(view.travel_bar, kind="play_audio", request="a", from_ms=41_000.0)
    wait_for(lambda: len(sent.of("audio")) == 3, within_s=30)
    assert sent.of("audio")[2]["problem"] == "The sound at that moment was not kept."
    view.close()


def test_a_tape_without_sound_says_so(sent: SentMessages) -> None:
    view = ReplayView(short_tape(record_audio=False))
    assert view.transcript_view.has_sound is False
    assert view.travel_bar.state["has_sound"] is False
    say(view.travel_bar, kind="to_end")
    say(view.transcript_view, kind="play_audio", request="a", order=0, at=0)
    wait_for(lambda: sent.of("audio"), within_s=30)
    assert sent.of("audio")[0]["problem"] == "This was recorded without sound."
    view.close()


def test_each_place_in_a_text_belongs_to_a_word(tape: Tape) -> None:
    transcript = tape.transcript
    words = transcript.turns[0].words
    text = transcript.turns[0].text
    for at in range(len(text)):
        word = words[len(text[: at + 1].split()) - 1]
        found = range_of(transcript, {"order": 0, "at": at})
        assert found == (max(0.0, word.start_ms - 80.0), word.end_ms + 80.0)
    assert range_of(transcript, {"order": 7}) is None
    assert range_of(transcript, {"near": 90_000}) is None
    assert range_of(transcript, {"order": "0"}) is None


def test_a_replay_shows_itself(tape: Tape, tmp_path: Path) -> None:
    replay = scribe.Replay(tape.save(tmp_path / "a.tape"))
    assert isinstance(replay, Replay)
    bundle = replay._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == replay.view.model_id
    assert bundle["text/plain"].startswith("ReplayView. Saved copy; run the cell to listen again.")
    replay.view.close()


def test_a_tape_of_several_models_shows_them_beside_each_other() -> None:
    replay = scribe.Replay(Tape.together(short_tape(), short_tape()))
    assert isinstance(replay.view, ComparisonView)
    assert isinstance(replay.lanes[1].view, ReplayView)  # type: ignore[attr-defined]
    replay.view.close()
    replay.lanes[1].view.close()  # type: ignore[attr-defined]


def talk(client: Client) -> None:
    client.begin()
    for order in range(3):
        client.hear(chunks=10 * (order + 1))
        client.turn(order, "well")
        client.was_read()
        client.hear(chunks=10 * (order + 1) + 3)
        client.turn(order, f"well {order}", end=True)
        client.was_read()
    client.hear("Terminate")
    client.terminate()


Make = Callable[..., Transcriber]


@pytest.fixture
def make(sent: SentMessages) -> Iterator[Make]:
    """A Transcriber against a server that says three turns and goes on to listen."""
    made = []
    with scripted(talk, unread=None) as server:

        def transcriber(source: Any, **options: Any) -> Transcriber:
            t = Transcriber("u3-rt-pro", source=source, endpoint=server.url, api_key=KEY, **options)
            made.append(t)
            say(t.travel_bar, kind="hello")
            return t

        yield transcriber
        for t in made:
            t.close()


def test_an_earlier_moment_of_a_running_session_and_back_to_live(make: Make, sent: SentMessages) -> None:
    t, screen = make(Endless()), Screen(sent)
    session = t.start()
    wait_for(lambda: screen.texts[-1:] == ["well 2"], within_s=60)
    assert not screen.place()["past"]
    say(t.travel_bar, kind="step", back=True, mark="1")
    wait_for(lambda: screen.place()["mark"] == "1", within_s=30)
    assert screen.texts == ["well 0", "well 1", "well"]
    assert t.travel_bar.state["running"] is True
    wait_for(lambda: t.transcript_view.moment.startswith("as it stood at"), within_s=30)
    heard_ms = session.audio_ms
    wait_for(lambda: session.audio_ms > heard_ms, within_s=30)
    assert session.status == "listening"
    say(t.travel_bar, kind="to_end", mark="2")
    wait_for(lambda: screen.place()["mark"] == "2", within_s=30)
    assert screen.texts == ["well 0", "well 1", "well 2"]
    wait_for(lambda: t.transcript_view.moment == "", within_s=30)
    say(t.travel_bar, kind="seek", share=0.0, mark="3")
    wait_for(lambda: screen.texts == [], within_s=30)
    t.stop()
    wait_for(lambda: t.travel_bar.state["running"] is False, within_s=30)
    assert screen.texts == []
    say(t.travel_bar, kind="to_end", mark="4")
    wait_for(lambda: len(screen.texts) == 3, within_s=30)


def test_a_session_that_is_over_can_be_gone_through_and_heard(make: Make, sent: SentMessages) -> None:
    samples = np.arange(16_000 * 2, dtype=np.int16)
    t, screen = make(AudioArray(samples, 16_000, speed=4.0)), Screen(sent)
    t.start()
    assert t.wait(60)
    wait_for(lambda: len(screen.texts) == 3 and t.travel_bar.state["able"], within_s=30)
    for at, text in ((2, ["well 0", "well 1", "well"]), (1, ["well 0", "well 1"])):
        say(t.travel_bar, kind="step", back=True, mark=f"{at}")
        wait_for(lambda at=at: screen.place()["mark"] == f"{at}", within_s=30)
        assert screen.texts == text
    say(t.transcript_view, kind="play_audio", request="a", order=0)
    wait_for(lambda: sent.of("audio"), within_s=30)
    answer = sent.of("audio")[0]
    first, last = (round(16 * answer[end]) for end in ("start", "end"))
    assert sound_of(answer) == samples[first:last].tobytes()
    before = len(sent.of("turns"))
    t.start()
    wait_for(lambda: any(m["count"] == 0 and m["whole"] for m in sent.of("turns")[before:]), within_s=30)
    assert t.wait(60)


def test_its_sound_need_not_be_kept(make: Make, sent: SentMessages) -> None:
    t = make(AudioArray(np.ones(16_000 * 2, np.int16), 16_000, speed=8.0), record_audio=False)
    t.start()
    assert t.wait(60)
    wait_for(lambda: t.transcript_view.has_sound is False, within_s=30)
    assert "record_audio=False" in t.to_code()
    say(t.transcript_view, kind="play_audio", request="a", order=0)
    wait_for(lambda: sent.of("audio"), within_s=30)
    assert sent.of("audio")[0]["problem"] == "This was recorded without sound."


def test_a_transcript_alone_plays_its_words(tape: Tape, sent: SentMessages) -> None:
    replay = Replay(tape)
    view = TranscriptView(replay)
    replay.seek(math.inf)
    say(view, kind="play_audio", request="a", order=0, at=0)
    wait_for(lambda: sent.of("audio"), within_s=30)
    assert sent.of("audio")[0]["buffers"]
    view.close()


def test_the_saved_copy_holds_the_newest_part_until_the_end(tape: Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    # So that a short session is too long.
    monkeypatch.setattr("ipyscribe.widgets.shared.saved_copy._MOST_TURNS", 1)
    replay, copy = Replay(tape), SessionCopy()
    while replay.step() and "four" not in replay.transcript.text:
        pass
    running = copy.bundle(replay)
    assert not replay.done
    assert "The 1 before them are shown once the session has ended" in running["text/html"]
    assert [("three" in part, "four" in part) for part in running.values()] == [(False, True)] * 2
    before = copy.version(replay)
    replay.seek(math.inf)
    assert copy.version(replay) != before
    assert [("three" in part, "five" in part) for part in copy.bundle(replay).values()] == [(True, True)] * 2
