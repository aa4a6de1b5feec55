from __future__ import annotations

import gc
import math
import threading
from collections.abc import Iterator

import pytest
from support.waiting import no_new_threads, wait_for
from tape.making import Recording

from ipyscribe.errors import InactivityError, ParameterError, SessionStateError, StorageError
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin
from ipyscribe.replay import Replay
from ipyscribe.session.session_like import SessionLike
from ipyscribe.tape import Notice, Tape
from ipyscribe.timeline import plot_timeline


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    with no_new_threads():
        yield


def recorded(*, turns: int = 3, error: InactivityError | None = None) -> Tape:
    recording = Recording()
    recording.recorder.note("status", "connecting")
    recording.recorder.note("opened", 0)
    recording.now_s += 0.1
    recording.receive(encode_message(Begin("x", 1, {})).encode())
    recording.recorder.note("status", "listening")
    for order in range(turns):
        recording.say(order, f"this is number {order}")
    recording.recorder.note("audio", Notice("silent", "No sound arrives.", "Speak."), 0, ())
    recording.hear(0.3)
    recording.recorder.note("audio", None, 8000, (Notice("behind", "Behind by 2 s."),))
    recording.recorder.note("notice", "unconfirmed", "The server did not confirm the end.", "")
    recording.recorder.note("closed", 0, 1006, "")
    return recording.finish(error)


@pytest.fixture(scope="module")
def tape() -> Tape:
    return recorded()


@pytest.mark.parametrize("speed", [8.0, 50.0, math.inf])
def test_a_replay_ends_as_the_session_did(tape: Tape, speed: float) -> None:
    with Replay(tape, speed=speed) as replay:
        turns = list(replay.iter_turns())
    assert [turn.text for turn in turns] == ["this is number 0", "this is number 1", "this is number 2"]
    assert replay.transcript == tape.transcript
    assert replay.done
    assert replay.status == "ended"
    assert replay.audio_ms == 2700
    assert replay.open_s == replay.billed_s == pytest.approx(2.8)
    assert replay.cost_usd == pytest.approx(0.45 * 2.8 / 3600)
    assert replay.notices == (
        Notice("unconfirmed", "The server did not confirm the end."),
        Notice("dropped", "0.5 s of sound were lost because they could not be sent in time."),
    )


def test_a_replay_may_skip_what_has_no_sound() -> None:
    recording = Recording()
    recording.recorder.note("status", "connecting")
    recording.now_s += 6
    recording.recorder.note("status", "listening")
    recording.say(0, "before the pause")
    for _ in range(60):
        recording.now_s += 5
        recording.recorder.note("sent", 0, '{"type":"KeepAlive"}')
    recording.say(1, "and after it")
    tape, standing = recording.finish(), 0.0
    with Replay(tape, clock=lambda: standing) as replay:  # it moves over what it skips, and nowhere else
        replay.skip_pauses = True
        replay.start()
        wait_for(lambda: replay.position_s == pytest.approx(6.05))
        replay.seek(6.6)
        wait_for(lambda: replay.position_s == pytest.approx(306.65))
        assert (replay.audio_ms, replay.transcript.text) == (650.0, "before the pause")


def test_a_replay_is_all_that_a_view_may_ask_of_a_session(tape: Tape) -> None:
    assert isinstance(Replay(tape), SessionLike)


def test_every_state_is_seen_in_its_order(tape: Tape) -> None:
    replay = Replay(tape)
    seen = [(replay.status, replay.transcript.text)]
    while replay.step():
        seen.append((replay.status, replay.transcript.text))
    texts = [text.rpartition("\n")[2] for _, text in seen]
    assert [text for at, text in enumerate(texts) if text and text != texts[at - 1]][:5] == [
        "this", "this is", "this is number", "this is number 0", "this",
    ]  # fmt: skip
    assert replay.done
    assert not replay.step()
    assert replay.position_s == replay.duration_s


def test_every_text_is_seen_again_on_the_way_back(tape: Tape) -> None:
    replay = Replay(tape)
    seen = [""]
    while replay.step():
        seen.append(replay.transcript.text)
    texts = [text for at, text in enumerate(seen) if at and text != seen[at - 1]]
    back = [replay.transcript.text]
    while replay.transcript.turns:
        replay.step_back()
        back.append(replay.transcript.text)
    assert back == [*reversed(texts), ""]
    replay.step_back()
    assert replay.position_s == 0


def test_the_time_of_a_sample_is_when_it_was_captured(tape: Tape) -> None:
    replay = Replay(tape)
    assert replay.moment_of(0.0) == pytest.approx(0.15, abs=1e-5)
    assert replay.moment_of(1000.0) == pytest.approx(1.1, abs=1e-5)
    replay.seek(replay.moment_of(1000.0))
    assert replay.audio_ms == 1000.0
    assert replay.moment_of(1e9) == replay.duration_s


def test_the_pace_is_that_of_the_recording(tape: Tape) -> None:
    """By a clock that only the test moves, so that every message comes when its time has come, and no earlier."""
    now_s = 500.0
    replay = Replay(tape, clock=lambda: now_s)
    first_s = tape.transcript.turns[0].first.monotonic_s
    last_s = tape.transcript.turns[-1].history[-1].arrival.monotonic_s
    with replay:
        wait_for(lambda: replay.status == "connecting")
        now_s += first_s - 0.001
        replay.on_change(lambda: None)
        wait_for(lambda: replay.status == "listening")
        assert replay.position_s == pytest.approx(first_s - 0.001)
        assert len(replay.transcript) == 0
        now_s += 0.002
        wait_for(lambda: replay.transcript.text == "this")
        now_s += last_s - first_s
        wait_for(lambda: len(replay.transcript) == 3)
        assert not replay.done
        now_s += 10.0
        assert replay.wait(60.0)


def test_any_moment_can_be_shown_before_during_and_after(tape: Tape) -> None:
    replay = Replay(tape, speed=math.inf)
    for time_s in (0.9, 0.35, 2.0):
        assert replay.seek(time_s) == tape.at(time_s)
        assert replay.position_s == time_s
        assert not replay.done
    assert replay.status == "listening"
    replay.start()
    assert replay.wait(60.0)
    assert replay.seek(0.5) == tape.at(0.5)
    assert not replay.done
    assert replay.seek(1e9) == tape.transcript
    assert replay.done
    replay.seek(0)
    with replay:
        assert replay.wait(60.0)
    assert replay.transcript == tape.transcript


def test_a_replay_is_held_and_goes_on(tape: Tape) -> None:
    replay = Replay(tape, speed=0.001)
    held = replay.seek(0.9)
    with replay:
        assert replay.playing
        replay.pause()
        assert not replay.playing
        assert replay.status == "paused"
        replay.speed = math.inf
        assert not replay.wait(0.0)
        assert replay.transcript == held
        replay.resume()
        assert replay.wait(60.0)
    assert replay.transcript == tape.transcript


def test_a_replay_that_is_stopped_is_over(tape: Tape) -> None:
    replay = Replay(tape, speed=0.001).start()
    assert replay.stop()
    assert replay.done
    assert replay.status == "ended"
    with pytest.raises(SessionStateError, match="stopped"):
        replay.start()
    assert replay.seek(0.9) == tape.at(0.9)


def test_what_had_ended_the_session_is_raised_again() -> None:
    error = InactivityError("Nothing came for 30 s.", code=3006, reason="idle", advice="Speak.")
    tape = recorded(turns=1, error=error)
    replay = Replay(tape, speed=math.inf)
    with replay, pytest.raises(InactivityError) as caught:
        list(replay.iter_turns())
    assert (caught.value.code, caught.value.reason, str(caught.value)) == (3006, "idle", str(error))
    assert replay.status == "failed"
    assert isinstance(replay.error, InactivityError)


def test_views_are_notified_of_each_change(tape: Tape) -> None:
    replay = Replay(tape, speed=math.inf)
    changed = threading.Event()
    forget = replay.on_change(changed.set)
    before = replay.wait_for_change(-1, 0.0)
    with replay:
        assert replay.wait_for_change(before, 60.0) > before
        assert replay.wait(60.0)
    assert changed.is_set()
    forget()
    changed.clear()
    replay.seek(0.5)
    assert not changed.is_set()


def test_the_lanes_of_a_tape_go_together() -> None:
    tapes = [recorded(turns=turns) for turns in (2, 4)]
    both = Tape.together(*tapes)
    replay = Replay(both, speed=math.inf)
    assert len(replay.lanes) == 2
    with replay:
        assert all(lane.wait(60.0) for lane in replay.lanes)
    assert [lane.transcript for lane in replay.lanes] == [tape.transcript for tape in tapes]
    replay.seek(1.0)
    for lane, recording in zip(replay.lanes, both.lanes, strict=True):
        assert lane.transcript == recording.at(1.0 - recording.manifest.offset_s)


def test_the_timeline_of_a_replay_is_that_of_the_session(tape: Tape) -> None:
    replay = Replay(tape, speed=math.inf)
    with replay:
        replay.wait(60.0)
    pictures = []
    for transcript in (tape.transcript, replay.transcript):
        figure = plot_timeline(transcript)
        figure.canvas.draw()
        pictures.append(bytes(figure.canvas.buffer_rgba()))
    assert pictures[0] == pictures[1]


def test_the_level_is_that_of_the_sound(tape: Tape) -> None:
    replay = Replay(tape)
    assert replay.level_dbfs == -math.inf
    replay.seek(1.0)
    assert -80 < replay.level_dbfs < -60


def test_a_replay_that_nobody_holds_any_more_ends(tape: Tape) -> None:
    Replay(tape, speed=0.001).start()
    gc.collect()
    wait_for(lambda: not any(thread.name == "ipyscribe-replay" for thread in threading.enumerate()))


@pytest.mark.parametrize("speed", [0, -1, math.nan, True, "fast"])
def test_an_invalid_speed_is_refused(tape: Tape, speed: float) -> None:
    with pytest.raises(ParameterError, match="speed"):
        Replay(tape, speed=speed)
    replay = Replay(tape)
    with pytest.raises(ParameterError, match="speed"):
        replay.speed = speed
    assert replay.speed == 1.0


@pytest.mark.parametrize("time_s", [math.nan, "1", None, True])
def test_a_value_that_is_not_a_time_is_refused(tape: Tape, time_s: float) -> None:
    with pytest.raises(ParameterError, match="time_s"):
        Replay(tape).seek(time_s)


def test_a_path_is_taken_for_the_tape_there(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tape.save(tmp_path_factory.mktemp("replay") / "a.tape")
    assert Replay(str(path)).seek(1.0) == tape.at(1.0)
    with pytest.raises(StorageError, match="nothing"):
        Replay("nothing.tape")
