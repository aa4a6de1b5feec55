"""A number out of an array or a data frame does wherever one of Python does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ipyscribe as scribe
from ipyscribe import export, lesson
from ipyscribe.audio import sample_path
from ipyscribe.lesson.solutions import SOLUTIONS
from ipyscribe.metrics import stable_commit
from ipyscribe.protocol.budget import budget_at
from ipyscribe.protocol.new_session_limit import checked_per_minute

RATE_HZ = 16_000
SAMPLE = sample_path()


def session(**settings: Any) -> str:
    """What a session with these settings writes down first."""
    made = scribe.Session("local-whisper-tiny.en", source=scribe.sample(), **settings)
    return json.dumps(made.tape.lane.manifest.to_json())


def comparison(**settings: Any) -> tuple[str, ...]:
    models = ["u3-rt-pro", "universal-streaming-english"]
    return tuple(scribe.Comparison(models, source=scribe.sample(), api_key="k" * 32, **settings).labels)


def transcript() -> scribe.Transcript:
    return lesson.tape("models").lanes[0].transcript


TAKERS: dict[str, tuple[Callable[[Any], object], tuple[Any, ...]]] = {
    "start of a file": (lambda v: scribe.AudioFile(SAMPLE, start_s=v).start_s, (1, 0.5)),
    "end of a file": (lambda v: scribe.AudioFile(SAMPLE, stop_s=v).stop_s, (2, 2.5)),
    "silence after a file": (lambda v: scribe.AudioFile(SAMPLE, silence_s=v).silence_s, (1, 0.5)),
    "speed": (lambda v: scribe.AudioArray(np.zeros(100), RATE_HZ, speed=v).duration_s, (2, 0.5)),
    "rate": (lambda v: scribe.AudioArray(np.zeros(100), v).duration_s, (16_000,)),
    "channel": (lambda v: scribe.AudioArray(np.zeros((100, 2)), RATE_HZ, channel=v).channel, (1,)),
    "channels that are pushed": (lambda v: scribe.PushSource(RATE_HZ, channels=v).channels, (2,)),
    "sound kept for what is pushed": (lambda v: repr(scribe.PushSource(RATE_HZ, buffer_s=v)), (5, 0.5)),
    "device": (lambda v: repr(scribe.Microphone(v)), (3,)),
    "sound kept for a microphone": (lambda v: repr(scribe.Microphone(buffer_s=v)), (5, 0.5)),
    "longest duration": (lambda v: session(max_duration_s=v), (60, 0.5)),
    "highest cost": (lambda v: session(max_cost_usd=v, price_per_hour_usd=v), (1, 0.25)),
    "first connection": (lambda v: session(connect_for_s=v), (10, 0.5)),
    "sound on a tape": (lambda v: session(keep_audio_s=v), (10, 0.5)),
    "highest cost of a comparison": (lambda v: comparison(max_cost_usd=v), (1, 0.25)),
    "sessions in a minute": (lambda v: (comparison(sessions_per_minute=v), checked_per_minute(v)), (7,)),
    "limit": (lambda v: repr(budget_at(1.0, None, v)), (60, 0.5)),
    "moment of a replay": (lambda v: len(scribe.Replay(lesson.tape("models")).seek(v)), (3, 2.5)),
    "offset of subtitles": (lambda v: export.to_srt(transcript(), offset_s=v), (600, 0.5)),
    "length of a line": (lambda v: export.to_srt(transcript(), line_length=v), (20,)),
    "speed of reading": (lambda v: export.to_srt(transcript(), reading_speed=v), (10, 12.5)),
    "every so many words": (lambda v: repr(lesson.hide(lesson.tape("models"), every=v)), (5,)),
    "agreeing texts": (lambda v: stable_commit(transcript(), v).text, (2,)),
}


@pytest.mark.parametrize("name", TAKERS)
def test_numbers(name: str) -> None:
    take, numbers = TAKERS[name]
    for number in numbers:
        expected = take(number)
        kinds = (np.float32, np.float64) if isinstance(number, float) else (np.int64, np.int16)
        for kind in kinds:
            assert take(kind(number)) == expected


@pytest.mark.parametrize("name", SOLUTIONS)
def test_answers(name: str) -> None:
    answer = SOLUTIONS[name].answer()
    if isinstance(answer, str):
        assert lesson.check(name, np.str_(answer))
    else:
        assert lesson.check(name, np.float64(answer))
        assert lesson.check(name, np.int64(round(answer))) == lesson.check(name, round(answer))
