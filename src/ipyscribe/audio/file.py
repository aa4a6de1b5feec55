"""A sound file as an audio source."""

from __future__ import annotations

import io
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.audio.paced import PacedStream, checked_speed
from ipyscribe.audio.pcm import Pcm16Converter
from ipyscribe.errors import AudioFileError, MissingDependencyError, ParameterError

_CONVERT = "Any wav, flac, ogg or mp3 will do; ffmpeg makes one with: ffmpeg -i INPUT -ac 1 -ar 16000 OUTPUT.flac"
_PIECES_PER_S = 2
_MOST_SILENCE_S = 600
# A recorder that could not rewind leaves the largest length it can write in a wav header.
_UNKNOWN_LENGTH = 0x7FFF_0000
# Without a Xing header the length of an mp3 is an estimate.
_MP3_LENGTH_TOLERANCE = 0.98


class AudioFile:
    """A wav, flac, ogg or mp3 file of any sample rate and channel count, heard as 16 kHz mono.

    ``path`` is a str or path, or a binary file object, which is read to its end once (from its beginning if
    it can seek). ``start_s`` and ``stop_s`` choose a stretch in seconds of the file. ``speed`` is the pace:
    1.0 is real time, ``math.inf`` as fast as it is read. Channels are averaged, samples beyond full scale
    clipped. ``silence_s`` seconds of silence come after it, in which a last turn can end by itself. Files are
    read half a second at a time, never as a whole. An ogg file does not tell its length: one that was cut off
    just ends early.

    Raises AudioFileError, which names the file and what to do, here if the header tells, else from ``read``
    where the damage is; ParameterError for a bad argument; MissingDependencyError without ``soundfile``.
    """

    live = False

    def __init__(
        self,
        path: str | os.PathLike[str] | BinaryIO,
        *,
        speed: float = 1.0,
        start_s: float = 0.0,
        stop_s: float | None = None,
        silence_s: float = 0.0,
        label: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._speed = checked_speed(speed)
        self._clock = clock
        self._wait = wait
        self._where, self._name = _located(path)
        self.start_s = start_s
        self.stop_s = stop_s
        self.silence_s = _checked_silence(silence_s)
        self.label = label or Path(self._name).name
        with self._opened() as sound:
            self.native_rate_hz = int(sound.samplerate)
            self.channels = int(sound.channels)
            self._check_length(sound)
            self._first, self._stop = self._chosen(sound.frames, start_s, stop_s)

    def __repr__(self) -> str:
        shape = f"{self.duration_s:.2f} s, {self.native_rate_hz} Hz, {self.channels} ch"
        return f"AudioFile({self.label!r}, {shape})"

    @property
    def path(self) -> Path | None:
        """Where the file is; None for a file object."""
        return self._where if isinstance(self._where, Path) else None

    @property
    def speed(self) -> float:
        """The pace: 1.0 is real time."""
        return self._speed

    @property
    def duration_s(self) -> float:
        """Length in seconds of sound, the silence after it included, whatever the speed."""
        return (self._stop - self._first) / self.native_rate_hz + self.silence_s

    def open(self) -> PacedStream:
        """Start at the beginning of the stretch. Raises AudioFileError if the file has gone."""
        sound = self._opened()
        return PacedStream(
            self._pieces(sound), speed=self._speed, release=sound.close, clock=self._clock, wait=self._wait
        )

    def _opened(self) -> Any:
        try:
            import soundfile
        except (ImportError, OSError) as error:
            raise MissingDependencyError("soundfile", purpose="Reading sound files", extra="files") from error
        where = io.BytesIO(self._where) if isinstance(self._where, bytes) else _readable(self._where)
        try:
            return soundfile.SoundFile(where)
        except (soundfile.SoundFileError, TypeError) as error:
            raise AudioFileError(
                f"{self._name!r} is not a sound file that can be read ({_reason(error)}).", advice=_CONVERT
            ) from error

    def _check_length(self, sound: Any) -> None:
        if sound.frames <= 0:
            raise AudioFileError(
                f"{self._name!r} is {sound.format_info} and holds no sound (0 samples), or was cut off.",
                advice="Record or export it again.",
            )
        cut = re.search(r"^\s*data : (\d+) \(should be (\d+)\)", sound.extra_info, re.MULTILINE)
        if cut and int(cut[2]) < int(cut[1]) < _UNKNOWN_LENGTH:
            raise AudioFileError(
                f"{self._name!r} is cut off: its header promises {int(cut[1]):,} bytes of sound "
                f"and {int(cut[2]):,} are there.",
                advice="Copy or download it again, or rewrite the header with: ffmpeg -i INPUT OUTPUT.wav",
            )

    def _chosen(self, frames: int, start_s: float, stop_s: float | None) -> tuple[int, int]:
        length_s = frames / self.native_rate_hz
        end_s = length_s if stop_s is None else stop_s
        for name, value in (("start_s", start_s), ("stop_s", end_s)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ParameterError(f"{name} is {value!r}; it must be a number of seconds.")
        first = round(start_s * self.native_rate_hz)
        stop = frames if stop_s is None else round(end_s * self.native_rate_hz)
        if not 0 <= first < stop <= frames:
            raise AudioFileError(
                f"start_s={start_s} and stop_s={stop_s} choose no stretch of {self._name!r}, "
                f"which is {length_s:.3f} s long.",
                advice=f"Choose 0 <= start_s < stop_s <= {length_s:.3f}.",
            )
        return first, stop

    def _pieces(self, sound: Any) -> Iterator[bytes]:
        convert = Pcm16Converter(self.native_rate_hz).convert
        at = self._first
        with sound:
            if at:
                sound.seek(at)
            while at < self._stop:
                wanted = min(self._stop - at, -(-self.native_rate_hz // _PIECES_PER_S))
                frames = self._decoded(sound, wanted, at)
                at += len(frames)
                ended = len(frames) < wanted
                yield convert(frames, last=ended or at == self._stop)
                if ended:
                    if sound.format == "MP3" and at >= _MP3_LENGTH_TOLERANCE * sound.frames:
                        break
                    raise self._cut_off(at, "the file ends there")
        yield bytes(2 * round(SAMPLE_RATE_HZ * self.silence_s))

    def _decoded(self, sound: Any, wanted: int, at: int) -> Any:
        import numpy as np
        import soundfile

        try:
            frames = sound.read(wanted, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise self._cut_off(at, _reason(error)) from error
        finite = np.isfinite(frames).all(axis=1)
        if not finite.all():
            bad = int(np.argmin(finite))
            raise AudioFileError(
                f"{self._name!r} holds samples that are no numbers (NaN or infinite), "
                f"first at {(at + bad) / self.native_rate_hz:.3f} s.",
                advice="Export it again, or use stop_s to end before that place.",
            )
        return frames

    def _cut_off(self, at: int, reason: str) -> AudioFileError:
        rate = self.native_rate_hz
        return AudioFileError(
            f"{self._name!r} is cut off or damaged after {at / rate:.1f} s of {self._stop / rate:.1f} s ({reason}).",
            advice="Copy or download it again, or use stop_s to end before that place.",
        )


def _checked_silence(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _MOST_SILENCE_S:
        raise ParameterError(
            f"silence_s={seconds!r} cannot be used.", advice=f"Expected 0 to {_MOST_SILENCE_S} seconds."
        )
    return float(seconds)


def _located(path: str | os.PathLike[str] | BinaryIO) -> tuple[Path | bytes, str]:
    """A path, or the whole content of a file object, and the name to call it by."""
    if isinstance(path, str | os.PathLike):
        where = Path(path).expanduser()
        return where, str(path)
    if not callable(getattr(path, "read", None)):
        raise ParameterError(
            f"AudioFile was given {type(path).__name__}; it takes a path or a file opened with mode 'rb'.",
            advice="For samples in memory use AudioArray(samples, sample_rate).",
        )
    if path.seekable():
        path.seek(0)
    content = path.read()
    name = str(getattr(path, "name", "in-memory file"))
    if not isinstance(content, bytes):
        raise ParameterError(f"{name!r} was opened as text.", advice="Open it with mode 'rb'.")
    if not content:
        raise AudioFileError(f"{name!r} is empty (0 bytes).", advice=_CONVERT)
    return content, name


def _readable(path: Path) -> str:
    """``path``, once it is known to be a file with something in it."""
    try:
        if path.is_dir():
            raise AudioFileError(f"{str(path)!r} is a folder, not a sound file.", advice="Name a file inside it.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise AudioFileError(
            f"There is no file {str(path)!r}.",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from error
    except OSError as error:
        raise AudioFileError(
            f"{str(path)!r} cannot be opened ({error.strerror}).", advice="Check that you may read it."
        ) from error
    if path.is_file() and size == 0:
        raise AudioFileError(f"{str(path)!r} is empty (0 bytes).", advice=_CONVERT)
    return str(path)


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").rstrip(".")
