"""The sound of a tape: PCM in pieces while it is recorded, FLAC (or WAV) once it is saved."""

from __future__ import annotations

import contextlib
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.errors import MissingDependencyError, ParameterError, StorageError
from ipyscribe.tape.manifest import malformed
from ipyscribe.tape.storage import FolderStorage, TapeStorage, read_errors

PIECE_SAMPLES = 60 * SAMPLE_RATE_HZ
_COPIED_SAMPLES = 30 * SAMPLE_RATE_HZ
_MOST_SAMPLES = 24 * 3600 * SAMPLE_RATE_HZ
_FLAC_LEVEL = 0.6
"""Of 0 to 1. The highest takes twice as long and saves a hundredth."""


class Sound(Protocol):
    """16 kHz PCM16 mono from sample ``start`` to sample ``end`` of the session."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    def read(self, start: int, end: int) -> bytes:
        """PCM from sample ``start`` to ``end``, as far as it was kept. Raises ``TapeError`` and ``StorageError``."""
        ...


def sound_on(storage: TapeStorage, start: int | None) -> Sound | None:
    """The sound in ``storage``; ``start`` is the sample at which it begins according to the manifest."""
    parts = storage.parts()
    if isinstance(storage, FolderStorage) and any(part.startswith("audio/") for part in parts):
        return PieceSound(storage)
    for part, kind in (("audio.flac", FlacSound), ("audio.wav", WavSound)):
        if part in parts:
            return kind(storage, part, start or 0)
    return None


class PieceSound:
    """Files of a minute each, ``audio/00000.pcm`` and so on, without any header."""

    def __init__(self, storage: FolderStorage) -> None:
        self._storage = storage

    @property
    def start(self) -> int:
        """The first sample that is kept."""
        numbers = self._numbers()
        return min(numbers) * PIECE_SAMPLES if numbers else 0

    @property
    def end(self) -> int:
        """The sample after the last that was kept."""
        numbers = self._numbers()
        return max(numbers) * PIECE_SAMPLES + self._length(max(numbers)) if numbers else 0

    def read(self, start: int, end: int) -> bytes:
        """PCM from sample ``start`` to ``end``, as far as it was kept. Raises ``StorageError``."""
        pieces = []
        position = max(start, self.start)
        end = min(end, self.end)
        while position < end:
            number, within = divmod(position, PIECE_SAMPLES)
            length = min(end - position, PIECE_SAMPLES - within)
            with read_errors(self._storage.name), self._path(number).open("rb") as file:
                file.seek(2 * within)
                pieces.append(file.read(2 * length).ljust(2 * length, b"\0"))
            position += length
        return b"".join(pieces)

    def _numbers(self) -> list[int]:
        parts = self._storage.parts()
        return [int(part[6:-4]) for part in parts if part.startswith("audio/")]

    def _length(self, number: int) -> int:
        with read_errors(self._storage.name):
            return min(self._path(number).stat().st_size // 2, PIECE_SAMPLES)

    def _path(self, number: int) -> Path:
        return self._storage.folder / piece_name(number)


class FlacSound:
    """A FLAC file within the tape, decoded by soundfile when it is read."""

    def __init__(self, storage: TapeStorage, part: str, start: int) -> None:
        self._storage, self._part = storage, part
        self.start = start

    @property
    def end(self) -> int:
        """The sample after the last that was kept. Raises ``TapeError`` and ``MissingDependencyError``."""
        with self._opened() as sound:
            return self.start + min(int(sound.frames), _MOST_SAMPLES)

    def read(self, start: int, end: int) -> bytes:
        """PCM from sample ``start`` to ``end``, as far as it was kept.

        Raises ``TapeError`` and ``MissingDependencyError``.
        """
        import soundfile

        with self._opened() as sound:
            first, last = max(start - self.start, 0), min(end - self.start, int(sound.frames), _MOST_SAMPLES)
            if first >= last:
                return b""
            try:
                sound.seek(first)
                return bytes(sound.read(last - first, dtype="int16").astype("<i2").tobytes())
            except soundfile.SoundFileError:
                if self._storage.cut_off:
                    return b""
                raise malformed(self._storage.name, f"{self._part} is damaged") from None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        soundfile = _soundfile("The sound of a tape")
        with self._storage.open_sound(self._part) as file:
            try:
                sound = soundfile.SoundFile(file)
            except (soundfile.SoundFileError, TypeError) as error:
                raise malformed(self._storage.name, f"{self._part} is not sound ({error})") from None
            with sound:
                if sound.samplerate != SAMPLE_RATE_HZ or sound.channels != 1:
                    raise malformed(self._storage.name, f"{self._part} is not 16 kHz mono")
                yield sound


class WavSound:
    """A WAV file within the tape, for a computer without soundfile."""

    def __init__(self, storage: TapeStorage, part: str, start: int) -> None:
        self._storage, self._part = storage, part
        self.start = start

    @property
    def end(self) -> int:
        """The sample after the last that was kept. Raises ``TapeError``."""
        with self._opened() as sound:
            return self.start + min(sound.getnframes(), _MOST_SAMPLES)

    def read(self, start: int, end: int) -> bytes:
        """PCM from sample ``start`` to ``end``, as far as it was kept. Raises ``TapeError``."""
        with self._opened() as sound:
            first = max(start - self.start, 0)
            last = min(end - self.start, sound.getnframes(), _MOST_SAMPLES)
            if first >= last:
                return b""
            sound.setpos(first)
            return sound.readframes(last - first)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[wave.Wave_read]:
        with self._storage.open_sound(self._part) as file:
            try:
                with wave.open(file) as sound:
                    if sound.getparams()[:3] != (1, 2, SAMPLE_RATE_HZ):
                        raise malformed(self._storage.name, f"{self._part} is not 16 kHz mono PCM16")
                    yield sound
            except (wave.Error, EOFError) as error:
                raise malformed(self._storage.name, f"{self._part} is not sound ({error})") from None


def piece_name(number: int) -> str:
    """The name of the part with minute ``number``."""
    return f"audio/{number:05d}.pcm"


def write_sound(sound: Sound, folder: Path) -> Path:
    """All of ``sound`` as one file in ``folder``: FLAC, or WAV where soundfile is missing."""
    try:
        return _write_flac(sound, folder / "audio.flac")
    except MissingDependencyError:
        path = folder / "audio.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
            for pcm in _all(sound):
                file.writeframes(pcm)
        return path


def _write_flac(sound: Sound, path: Path) -> Path:
    import numpy as np

    soundfile = _soundfile("Writing FLAC")
    try:
        with soundfile.SoundFile(
            path, "w", SAMPLE_RATE_HZ, 1, "PCM_16", format="FLAC", compression_level=_FLAC_LEVEL
        ) as file:
            for pcm in _all(sound):
                file.write(np.frombuffer(pcm, "<i2"))
    except (soundfile.SoundFileError, AssertionError) as error:  # soundfile asserts that all was written
        raise StorageError(
            f"The sound of the tape cannot be written in {str(path.parent.parent)!r} ({error}).",
            advice="Make room on the disk, or choose another folder.",
        ) from None
    return path


def _all(sound: Sound) -> Iterator[bytes]:
    for start in range(sound.start, sound.end, _COPIED_SAMPLES):
        yield sound.read(start, min(sound.end, start + _COPIED_SAMPLES))


def _soundfile(purpose: str) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingDependencyError("soundfile", purpose=purpose, extra="files") from error
    return soundfile


def sample_range(sound: Sound, start_ms: float | None, end_ms: float | None) -> tuple[int, int]:
    """The samples from ``start_ms`` to ``end_ms``, each by default that of the sound. Raises ``ParameterError``."""
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms)):
        if value is not None and not (isinstance(value, int | float) and 0 <= value <= 1e12):
            raise ParameterError(
                f"{name}={value!r} is not a time on the tape.", advice="Give milliseconds of sound from 0 on."
            )
    start = sound.start if start_ms is None else round(start_ms * SAMPLE_RATE_HZ / 1000)
    end = sound.end if end_ms is None else round(end_ms * SAMPLE_RATE_HZ / 1000)
    return start, end
