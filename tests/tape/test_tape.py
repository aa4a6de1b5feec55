from __future__ import annotations

import gc
import io
import json
import math
import os
import subprocess
import sys
import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tape.making import CHUNK, Recording, frame, short_tape, sound, use_all_of

from ipyscribe.errors import IncompleteTapeWarning, MissingDependencyError, ParameterError, StorageError, TapeError
from ipyscribe.protocol import parse_message
from ipyscribe.tape import Tape
from ipyscribe.tape import sound as sounds
from ipyscribe.transcript import Arrival, Mark, Transcript, drop_unsettled, reduce, with_mark


def test_a_saved_tape_says_the_same_as_the_one_that_was_recorded(tmp_path: Path) -> None:
    tape = short_tape()
    loaded = Tape.load(tape.save(tmp_path / "a.tape"))
    assert [turn.text for turn in loaded.transcript.turns] == ["one two three", "four five"]
    assert [past.text for past in loaded.transcript.turns[0].history] == ["one", "one two", "one two three"]
    assert loaded.transcript.marks == (Mark("settings", 600.0, "prompt=dogs"),)
    assert loaded.transcript == tape.transcript
    assert list(loaded.lanes[0].records()) == list(tape.lanes[0].records())
    assert loaded.sent == tape.sent
    assert loaded.audio() == tape.audio() == b"".join(sound(chunk) for chunk in range(20))
    assert (loaded.began, loaded.versions, loaded.model, loaded.server) == (
        tape.began,
        tape.versions,
        tape.model,
        tape.server,
    )
    assert loaded.duration_s == tape.duration_s == pytest.approx(1.0)
    assert not loaded.cut_off


def test_a_loaded_tape_can_be_saved_again(tmp_path: Path) -> None:
    first = short_tape().save(tmp_path / "a.tape")
    loaded = Tape.load(first)
    loaded.save(first)
    again = Tape.load(first)
    assert again.transcript == loaded.transcript
    assert again.audio() == loaded.audio() != b""


def test_the_standard_library_reads_a_tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    path = short_tape().save(tmp_path / "a.tape")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        about = json.loads(archive.read("manifest.json"))
        assert (about["format"], about["version"], about["complete"]) == ("ipyscribe-tape", 1, True)
        records = [json.loads(line) for line in archive.read("lanes/0/00000.jsonl").splitlines()]
        turns = [json.loads(record["text"]) for record in records if record["type"] == "received"]
        assert [turn["transcript"] for turn in turns][-1] == "four five"
        columns = [json.loads(line) for line in archive.read("lanes/0/sound.jsonl").splitlines()]
        assert sum(sum(line["samples"]) for line in columns if line["type"] == "sent") == 20 * CHUNK
        with archive.open("audio.wav") as file, wave.open(io.BytesIO(file.read())) as recording:
            assert recording.getnframes() == 20 * CHUNK
    assert Tape.load(path).audio(0, 50) == sound(0)


def test_flac_without_a_decoder_names_the_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Tape.load(short_tape().save(tmp_path / "a.tape"))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert len(loaded.transcript) == 2
    with pytest.raises(MissingDependencyError, match="soundfile"):
        loaded.audio()


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "first", "last"), [(0, 100, 0, 2), (400, 10_000, 8, 20), (None, 50, 0, 1)]
)
def test_any_time_range_of_the_sound_can_be_read(
    tmp_path: Path, start_ms: float | None, end_ms: float, first: int, last: int
) -> None:
    tape = short_tape()
    expected = b"".join(sound(chunk) for chunk in range(first, last))
    assert tape.audio(start_ms, end_ms) == expected
    assert Tape.load(tape.save(tmp_path / "a.tape")).audio(start_ms, end_ms) == expected


@pytest.mark.parametrize("bad", [-1, math.nan, "1"])
def test_a_range_that_is_not_a_time_is_refused(bad: float) -> None:
    with pytest.raises(ParameterError, match="start_ms"):
        short_tape().audio(bad)


def test_without_sound_the_rest_is_there(tmp_path: Path) -> None:
    loaded = Tape.load(short_tape(record_audio=False).save(tmp_path / "a.tape"))
    assert loaded.audio() == b""
    assert loaded.sound is None
    assert len(loaded.sent.ends_ms) == 20


def test_of_the_sound_the_newest_minutes_may_be_kept(tmp_path: Path) -> None:
    recording = Recording(keep_audio_s=30)
    recording.hear(200)
    tape = recording.finish()
    kept = tape.sound
    assert kept is not None
    assert kept.start == 120 * 16_000
    assert tape.audio(150_000, 150_050) == sound(3000)
    assert tape.audio(1000, 2000) == b""
    loaded = Tape.load(tape.save(tmp_path / "a.tape"))
    assert loaded.audio(150_000, 150_050) == sound(3000)
    assert loaded.audio() == tape.audio()


@pytest.mark.parametrize(
    ("name", "bad"),
    [("keep_audio_s", value) for value in (-1, 0, math.nan, True, "60")]
    + [("record_audio", value) for value in (30, 0.0, "yes", None)],
)
def test_how_much_sound_is_kept_must_make_sense(name: str, bad: Any) -> None:
    with pytest.raises(ParameterError, match=f"{name}={bad!r}"):
        Recording(**{name: bad})


def test_no_sound_is_kept_where_none_is_recorded() -> None:
    recording = Recording(record_audio=False, keep_audio_s=30)
    recording.hear(10)
    assert recording.finish().sound is None


def naive(tape: Tape, until_s: float) -> Transcript:
    """The transcript by a fold from the beginning, as simple as it can be."""
    transcript = tape.lanes[0].manifest.empty()
    for record in tape.lanes[0].records():
        if record[0] > until_s:
            break
        match record:
            case (at_s, "received", _, audio_ms, text):
                transcript = reduce(transcript, parse_message(text), Arrival(at_s, audio_ms))
            case (_, "mark", *values):
                transcript = with_mark(transcript, Mark(*values))
            case (_, "connection_lost"):
                transcript = drop_unsettled(transcript)[0]
    return transcript


@pytest.fixture(scope="module")
def long_tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """Five hundred turns, some revised long afterwards."""
    recording = Recording(record_audio=False)
    recording.recorder.note("opened", 0)
    for order in range(500):
        recording.say(order, f"turn {order} was said")
        if order % 90 == 89:
            words = [{"start": 0, "end": 360, "text": "turn", "confidence": 0.9, "speaker": "B"}]
            revision = [{"turn_order": order // 2, "speaker_label": "B", "words": words}]
            recording.receive(json.dumps({"type": "SpeakerRevision", "revisions": revision}).encode())
        if order % 150 == 149:
            recording.receive(frame(order - 140, "late and formatted", end=True))
    return Tape.load(recording.finish().save(tmp_path_factory.mktemp("long") / "a.tape"))


def test_at_any_moment_the_transcript_is_as_it_was(long_tape: Tape) -> None:
    assert long_tape.transcript == naive(long_tape, math.inf)
    assert len(long_tape.transcript) == 500
    for time_s in np.random.default_rng(4).uniform(0, long_tape.duration_s, 25):
        assert long_tape.at(float(time_s)) == naive(long_tape, float(time_s))
    for time_s in (-1.0, 0.0, 0.2, 0.2 - 1e-9, long_tape.duration_s, 1e9):
        assert long_tape.at(time_s) == naive(long_tape, time_s)


def test_moments_may_be_asked_for_in_any_order(long_tape: Tape, tmp_path: Path) -> None:
    fresh = Tape.load(long_tape.save(tmp_path / "a.tape"))
    half = fresh.at(200.0)
    assert fresh.at(100.0) == naive(long_tape, 100.0)
    assert fresh.at(200.0) == half == naive(long_tape, 200.0)


def test_a_tape_can_be_read_while_it_is_recorded(tmp_path: Path) -> None:
    recording = Recording()
    tape = Tape.of(recording.recorder)
    assert len(tape.transcript) == 0
    recording.say(0, "one two")
    assert tape.transcript.text == "one two"
    assert tape.cut_off
    with pytest.warns(IncompleteTapeWarning, match=r"'early\.tape' is missing the end of its session"):
        early = Tape.load(tape.save(tmp_path / "early.tape"))
    recording.say(1, "three")
    assert [turn.text for turn in tape.transcript.turns] == ["one two", "three"]
    assert tape.audio() == b"".join(sound(chunk) for chunk in range(12))
    assert early.transcript.text == "one two"
    assert early.cut_off


def test_the_folder_of_a_program_that_broke_off_is_a_tape(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.path[:0] = sys.argv[1:2]\n"
        "from tape.making import Recording\n"
        "recording = Recording()\n"
        "recording.say(0, 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen')\n"
        "recording.recorder.settle()\n"
        "recording.say(1, 'never')\n"
        "os._exit(9)\n"
    )
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code, tests], env=environment, timeout=60).returncode == 9
    (folder,) = tmp_path.iterdir()
    with pytest.warns(IncompleteTapeWarning):
        tape = Tape.load(folder)
    assert tape.transcript.text.endswith("thirteen fourteen")
    assert tape.cut_off
    assert len(tape.audio()) == 2 * CHUNK * 56
    with pytest.warns(IncompleteTapeWarning, match="that was saved is missing the end of its session"):
        tape.save(tmp_path / "saved.tape")
    with pytest.warns(IncompleteTapeWarning):
        use_all_of(Tape.load(tmp_path / "saved.tape"))


def test_a_tape_that_is_gone_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recording = Recording()
    recording.say(0, "one")
    tape = recording.finish()
    assert len(list(tmp_path.iterdir())) == 1
    del recording, tape
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_ends_leaves_no_files(tmp_path: Path) -> None:
    code = "import sys; sys.path[:0] = sys.argv[1:2]\nfrom tape.making import short_tape\ntape = short_tape()\n"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    tests = str(Path(__file__).parents[1])
    subprocess.run([sys.executable, "-c", code, tests], env=environment, timeout=60, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_the_tape_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording()
    recording.say(0, "one")
    recording.recorder.settle()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    # No disk of this machine can be filled.
    monkeypatch.setattr(recording.recorder, "_write_records", full)
    recording.say(1, "two")
    tape = recording.finish()
    assert recording.recorder.trouble is not None
    assert "No space left" in recording.recorder.trouble.message
    monkeypatch.undo()
    recording.say(2, "three")
    recording.recorder.settle()
    assert tape.transcript.text == "one"


def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(tmp_path: Path) -> None:
    target = tmp_path / "a.tape"
    target.write_text("before", encoding="utf-8")
    tape = short_tape()
    with pytest.MonkeyPatch.context() as patch:
        # No disk of this machine can be filled.
        patch.setattr(sounds, "_write_flac", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StorageError, match="No space left"):
            tape.save(target)
    with pytest.raises(StorageError, match="missing"):
        tape.save(tmp_path / "missing" / "a.tape")
    assert target.read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tape"]


def test_several_sessions_make_one_tape(tmp_path: Path) -> None:
    first, second = Recording(), Recording("universal-streaming-english", record_audio=False)
    for recording in (first, second):
        recording.say(0, "one two")
    first.say(1, "three")
    tapes = [recording.finish() for recording in (first, second)]
    both = Tape.together(*tapes)
    loaded = Tape.load(both.save(tmp_path / "both.tape"))
    for tape in (both, loaded):
        assert [lane.manifest.model.name for lane in tape.lanes] == ["u3-rt-pro", "universal-streaming-english"]
        assert [len(lane.transcript) for lane in tape.lanes] == [2, 1]
        assert tape.audio() == tapes[0].audio()
        assert not tape.cut_off
        with pytest.raises(TapeError, match="2 lanes"):
            assert tape.transcript
    assert [lane.transcript for lane in loaded.lanes] == [tape.transcript for tape in tapes]
    assert loaded.lanes[1].manifest.offset_s == pytest.approx((tapes[1].began - tapes[0].began).total_seconds())


def test_what_a_browser_painted_stands_on_the_tape() -> None:
    recording = Recording()
    recording.say(0, "one")
    tape = Tape.of(recording.recorder)
    arrived_s = tape.transcript.turns[0].first.monotonic_s
    tape.record_paint(arrived_s, recording.now_s + 0.025)
    assert [record[1:] for record in tape.lanes[0].records() if record[1] == "painted"] == [("painted", arrived_s)]
    assert [record[0] for record in tape.lanes[0].records() if record[1] == "painted"] == pytest.approx([0.225])


def test_a_paint_reported_after_the_end_does_not_make_the_tape_shorter() -> None:
    recording = Recording()
    recording.say(0, "one")
    painted_s = recording.now_s
    recording.now_s += 1
    tape = recording.finish()
    lane = tape.lanes[0]
    while lane.blocks < 2:
        tape.record_paint(0.0, painted_s)
        lane.refresh()
    assert lane.duration_s == pytest.approx(1.2)


@pytest.mark.parametrize("data", [b"\xff\xfe no UTF-8", '{"x":"ä €"}'.encode(), b'{"a":"\\ud800"}', b"a\nb"])
def test_a_frame_stays_byte_for_byte(data: bytes, tmp_path: Path) -> None:
    recording = Recording()
    recording.receive(data)
    loaded = Tape.load(recording.finish().save(tmp_path / "a.tape"))
    (frame,) = (record[4] for record in loaded.lanes[0].records() if record[1] == "received")
    assert frame.encode("utf-8", "surrogateescape") == data
    assert [(u.type, u.problem) for u in loaded.lanes[0].snapshot_at(math.inf).unknown] == [
        (u.type, u.problem) for u in [parse_message(data)] if hasattr(u, "problem")
    ]


def test_a_session_of_many_hours_keeps_within_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.tape.recorder._CHUNKS_IN_FULL", 200)  # so that the test needs no hours
    recording = Recording()
    recording.hear(60)
    loaded = Tape.load(recording.finish().save(tmp_path / "a.tape"))
    assert (loaded.sent.ends_ms[-1], loaded.sent.at_s[-1]) == (60_000, pytest.approx(60))
    assert len(loaded.sent.ends_ms) < 200
    assert loaded.audio(59_950, 60_000) == sound(1199)


def test_frames_of_any_size_stay_readable(tmp_path: Path) -> None:
    """A part of the file is read at once, so none may grow without end."""
    recording = Recording()
    for order in range(40):
        recording.receive(frame(order, "x" * 300_000, end=True))
    path = recording.finish().save(tmp_path / "a.tape")
    with zipfile.ZipFile(path) as archive:
        assert max(info.file_size for info in archive.infolist()) < 4 * 2**20
    assert len(Tape.load(path).transcript) == 40
