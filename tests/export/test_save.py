import io
import os
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from timeline.speech import call

import ipyscribe as scribe
from ipyscribe import export
from ipyscribe.errors import MissingDependencyError, ParameterError, StorageError
from ipyscribe.export import FORMATS, save

CALL = call()
SOUND = (np.arange(16_000 * 45) % 30_000).astype("<i2").tobytes()
TAPE = SimpleNamespace(
    transcript=CALL,
    audio=lambda start_ms=None, end_ms=None: SOUND[
        32 * int(start_ms or 0) : None if end_ms is None else 32 * int(end_ms)
    ],
)


@pytest.mark.parametrize("extension", FORMATS)
def test_the_extension_chooses_the_format(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"call.{extension}"
    assert save(TAPE, str(path)) == path
    made = export.content(TAPE, extension)
    assert len(path.read_bytes()) == len(made) > 100
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_case_of_an_extension_does_not_matter(tmp_path: Path) -> None:
    assert save(CALL, tmp_path / "a.SRT").read_text() == export.to_srt(CALL)
    assert save(CALL, tmp_path / "a.textgrid").read_text() == export.to_textgrid(CALL)


def test_options_reach_the_format(tmp_path: Path) -> None:
    assert save(CALL, tmp_path / "a.srt", line_length=20, speakers="never").read_text() == export.to_srt(
        CALL, line_length=20, speakers="never"
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("talk.docx", {}, r"no export to '\.docx'.*\.txt, \.md, \.html, \.srt, \.vtt, \.csv, \.json"),
        ("talk", {}, "a file without an extension"),
        (
            "talk.srt",
            {"colour": "red"},
            "'colour' is not an option of .srt.*offset_s, lane, line_length, lines, reading_speed",
        ),
        ("talk.wav", {"turn": 99}, "no turn 99.* 0 to 8"),
        ("talk.wav", {"turn": 1, "end_ms": 9}, "turn already names a time range"),
        ("talk.wav", {"start_ms": 5, "end_ms": 5}, "is empty"),
        ("talk.wav", {"start_ms": -1}, "start_ms=-1 is not a time"),
    ],
)
def test_unusable_arguments_are_refused(name: str, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=message):
        save(TAPE, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_by_a_complete_one_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "call.txt"
    path.write_text("before")
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    save(CALL, link)
    assert link.is_symlink()
    assert path.read_text() == export.to_text(CALL)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        save(call(1), path)
    assert (caught.value.errno, isinstance(caught.value, OSError)) == (28, True)
    assert path.read_text() == export.to_text(CALL)
    assert {file.name for file in tmp_path.iterdir()} == {"call.txt", "link.txt"}


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    assert save(CALL, tmp_path / "call.txt").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_is_not_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("folder.txt", "pipe.txt"):
        with pytest.raises(StorageError, match="is not a file"):
            save(CALL, tmp_path / name)
    with pytest.raises(StorageError, match="cannot be written"):
        save(CALL, tmp_path / "nowhere" / "call.txt")


def test_something_without_a_transcript_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="42 has no transcript"):
        save(42, tmp_path / "a.txt")  # type: ignore[arg-type]


def test_the_audio_of_a_turn_or_a_time_range() -> None:
    with wave.open(io.BytesIO(export.to_wav(TAPE, turn=1))) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, 16 * (9_400 - 6_000))
        assert file.readframes(1) == SOUND[32 * 6_000 :][:2]
    samples, rate = soundfile.read(
        io.BytesIO(export.to_flac(CALL, audio=SOUND, start_ms=100.03, end_ms=1100)), dtype="int16"
    )
    assert (rate, samples.tobytes()) == (16_000, SOUND[2 * round(1600.48) : 32 * 1100])
    samples, _ = soundfile.read(io.BytesIO(export.to_wav(CALL, audio=SOUND)), dtype="int16")
    assert samples.tobytes() == SOUND


def test_the_audio_of_a_widget_is_that_of_its_session() -> None:
    widget = SimpleNamespace(transcript=CALL, session=SimpleNamespace(tape=TAPE))
    assert export.to_wav(widget) == export.to_wav(TAPE)


def test_without_audio_the_error_names_the_argument() -> None:
    with pytest.raises(ParameterError, match=r"has no audio for that time range.*audio="):
        export.to_wav(CALL)


def test_without_soundfile_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(MissingDependencyError, match=r"ipyscribe\[files\]"):
        export.to_flac(TAPE)


def test_a_page_can_be_written_under_any_name(tmp_path: Path) -> None:
    assert scribe.export is export
    path = scribe.export_html(CALL, tmp_path / "page", title="A call")
    assert path.read_text() == export.to_html(CALL, title="A call")
