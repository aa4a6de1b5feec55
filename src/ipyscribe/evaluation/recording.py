"""A recording with its reference, as an evaluation plays it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from ipyscribe.audio import AudioArray, AudioFile
from ipyscribe.comparison.alternatives import first_choices
from ipyscribe.errors import AudioFileError, ParameterError
from ipyscribe.plain_text import plain, plain_json
from ipyscribe.protocol.python_values import python_values

PathLike: TypeAlias = str | os.PathLike[str]
Column: TypeAlias = str | int | float | bool | None

_ROUNDING_S = 0.1


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file, or a time range of one, and its reference.

    ``name`` tells it from the others, in plain text. ``start_s`` and ``end_s`` are seconds of the file. ``columns`` are
    what the corpus says besides: speaker, accent, noise. ``reference`` may hold alternatives as NIST writes them
    ("{ gonna / going to / @ }") and optional words ("(uh)") where ``alternatives`` is true. ``load`` gives the sound
    where there is no file: the bytes of one, or samples and their rate in Hz.
    """

    name: str
    path: Path | None
    reference: str
    start_s: float = 0.0
    end_s: float | None = None
    columns: Mapping[str, Column] = field(default_factory=dict, hash=False)
    alternatives: bool = False
    load: Callable[[], bytes | tuple[Any, int]] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", plain(self.name))
        for name in ("reference", "start_s", "end_s", "columns"):
            object.__setattr__(self, name, python_values(getattr(self, name)))

    @property
    def text(self) -> str:
        """The reference with the first of all alternatives."""
        return first_choices(self.reference) if self.alternatives else self.reference

    def source(self, *, speed: float = 1.0, silence_s: float = 0.0) -> AudioFile:
        """Its sound, followed by silence. Raises ``AudioFileError`` and ``ParameterError``."""
        sound = self.path or io.BytesIO(self.sound_bytes())
        return AudioFile(
            sound,
            speed=speed,
            start_s=self.start_s,
            stop_s=self._end_within(sound),
            silence_s=silence_s,
            label=self.name,
        )

    def _end_within(self, sound: Path | io.BytesIO) -> float | None:
        """``end_s``; None where it is rounded to a time just after the end of the file."""
        if self.end_s is None:
            return None
        duration_s = AudioFile(sound).duration_s
        if isinstance(sound, io.BytesIO):
            sound.seek(0)
        past_end = duration_s is not None and duration_s < self.end_s <= duration_s + _ROUNDING_S
        return None if past_end else self.end_s

    def sound_bytes(self) -> bytes:
        """The content of its sound file, or its samples as a WAV file. Raises ``AudioFileError``."""
        if self.path is not None:
            try:
                return self.path.read_bytes()
            except OSError as error:
                raise AudioFileError(
                    f"{str(self.path)!r} cannot be read ({error.strerror or error}).",
                    advice="Check that it is still there, and that you may read it.",
                ) from None
        assert self.load is not None
        loaded = self.load()
        return loaded if isinstance(loaded, bytes) else wav_bytes(*loaded)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Recordings in order, and the entries of the corpus that were left out, with the reason."""

    recordings: tuple[Recording, ...]
    left_out: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "left_out", plain_json(dict(self.left_out)))


def wav_bytes(samples: Any, sample_rate_hz: int) -> bytes:
    """``samples``, as ``AudioArray`` takes them, as a WAV file with 16-bit samples. Raises ``ParameterError``."""
    import numpy as np

    mono = AudioArray(samples, sample_rate_hz).mono
    return wav_of_pcm(np.clip(np.round(mono * 32768), -32768, 32767).astype("<i2").tobytes(), sample_rate_hz)


def wav_of_pcm(pcm: bytes, sample_rate_hz: int) -> bytes:
    """Little-endian 16-bit mono samples as a WAV file."""
    import wave

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(pcm)
    return buffer.getvalue()


def checked_text(text: object, name: str) -> str:
    """A reference that holds something. Raises ``ParameterError``."""
    if not isinstance(text, str) or not text.strip():
        raise ParameterError(
            f"The reference of {name!r} is empty.", advice="Give its reference, or leave the recording out."
        )
    return text.strip()


def distinct_names(recordings: Iterable[Recording]) -> tuple[Recording, ...]:
    """Recordings of the same name get their folder before it, their start after it, or a number."""
    named: dict[str, Recording] = {}
    for recording in recordings:
        name = next(name for name in _candidates(recording, len(named) + 1) if name not in named)
        named[name] = recording if name == recording.name else replace(recording, name=name)
    return tuple(named.values())


def _candidates(recording: Recording, number: int) -> Sequence[str]:
    candidates = [recording.name]
    if recording.start_s or recording.end_s is not None:
        candidates.append(f"{recording.name} at {recording.start_s:g} s")
    if recording.path is not None:
        candidates.append(f"{recording.path.parent.name}/{recording.path.name}")
    return [*candidates, f"{recording.name} ({number})"]
