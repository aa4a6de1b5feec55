"""What is the value of a cell shows itself there: a table, or a player, with nothing of it taken as markup."""

from __future__ import annotations

import base64
import re
import wave
from pathlib import Path

import numpy as np
from tape.making import short_tape
from timeline.speech import spoken, talk

from ipyscribe import AudioArray, AudioFile, Microphone, PushSource
from ipyscribe.transcript import Transcript

MARKUP = "<img src=x onerror=alert(1)>"
TONE = (np.sin(np.arange(16_000) * 0.2) * 6000).astype(np.int16)


def html_of(shown: Transcript | AudioArray | AudioFile | Microphone | PushSource) -> str:
    return shown._repr_html_()  # the name by which notebooks ask for it


def sound_in(html: str) -> bytes:
    found = re.search(r'<audio controls src="data:audio/[a-z]+;base64,([^"]+)">', html)
    assert found is not None
    return base64.b64decode(found[1])


def test_a_transcript_is_a_table_of_its_newest_turns() -> None:
    html = html_of(spoken(["good evening", MARKUP]))
    assert html.count("<tr>") == 3
    assert "good evening" in html
    assert "<img" not in html
    assert "1,200 turns, of which the newest 500" in html_of(talk(1200))
    assert "0 turns" in html_of(Transcript())


def test_a_tape_is_a_table_of_its_lanes() -> None:
    html = short_tape()._repr_html_()  # the name by which notebooks ask for it
    assert "u3-rt-pro" in html
    assert "scribe.Replay(tape) plays it" in html


def test_sources_without_sound_of_their_own_say_what_they_are() -> None:
    assert "It records once a session is started" in html_of(Microphone())
    shown = html_of(PushSource(8000, encoding="pcm_mulaw", label=MARKUP))
    assert "takes pcm_mulaw, 8,000 Hz, 1 channel" in shown
    assert "<img" not in shown


def test_sound_is_a_player(tmp_path: Path) -> None:
    html = html_of(AudioArray(TONE, 16_000, label=MARKUP))
    assert "<img" not in html
    assert sound_in(html).startswith(b"RIFF")
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(TONE.tobytes())
    assert sound_in(html_of(AudioFile(path))) == path.read_bytes()
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(TONE.tobytes() * 100)
    assert "<audio" not in html_of(AudioFile(long))  # too large for a notebook
