"""A sound file as an audio source."""

from __future__ import annotations

import copy
import io
import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from ipyscribe.audio.block import AudioNotice
from ipyscribe.audio.channels import Channel, channel_index, checked_channel
from ipyscribe.audio.decoder import Decoder
from ipyscribe.audio.inspection import TAIL_S, SoundFileInfo, inspect
from ipyscribe.audio.location import check_readable, locate
from ipyscribe.audio.paced import PacedStream, checked_speed
from ipyscribe.audio.pipe import PipeReader, PipeStream
from ipyscribe.audio.player_html import file_player
from ipyscribe.audio.reader import PcmReader
from ipyscribe.errors import AudioFileError, ParameterError
from ipyscribe.protocol.python_values import python_values

_MOST_SILENCE_S = 600


class AudioFile:
    """A sound file of any sample rate and channel count, read as 16 kHz mono: wav, flac, mp3, ogg, opus, m4a, mp4,
    webm, aiff and anything else that FFmpeg's libraries decode. ``docs/inputs.md`` says how odd files are treated.

    ``path`` is a str, a path, a ``file://`` address or a binary file object. A file object that can seek is read to
    its end at once, from its beginning. A named pipe, and a file object that cannot seek, is read once while the
    session runs: its ``duration_s``, ``native_rate_hz`` and ``channels`` are None.

    ``start_s`` and ``stop_s`` choose a part, in seconds of the file. ``speed`` is the pace: 1.0 is real time,
    ``math.inf`` as fast as it is read. ``channel`` is the number of the channel to read, counted from 0,
    "left", "right", or "mix" for the mean of all; samples beyond full scale are clipped. ``silence_s`` seconds of
    silence come after it, in which a last turn can end by itself. Every file is decoded from its beginning and a
    little at a time, never all at once.

    Raises AudioFileError, which names the file and the remedy, here if the file shows it, else from ``read`` where
    the damage is; ParameterError for a bad argument; MissingDependencyError without ``av``.
    """

    live = False

    def __init__(
        self,
        path: str | os.PathLike[str] | BinaryIO,
        *,
        speed: float = 1.0,
        start_s: float = 0.0,
        stop_s: float | None = None,
        channel: Channel = "mix",
        silence_s: float = 0.0,
        label: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._speed = checked_speed(speed)
        self._clock = clock
        self._wait = wait
        self.channel = checked_channel(channel)
        self.start_s = _checked_seconds("start_s", start_s)
        self.stop_s = None if stop_s is None else _checked_seconds("stop_s", stop_s)
        self.silence_s = _checked_silence(silence_s)
        self._location = locate(path)
        self._name = self._location.name
        self.label = label or Path(self._name).name
        self._info: SoundFileInfo | None = None
        self._unread = threading.Lock()
        """Taken by whoever opens a pipe, for good."""
        if self._location.pipe is None:
            self._info = inspect(cast("Path | bytes", self._location.path or self._location.content), self._name)
            channel_index(self.channel, self._info.channels, self._name)
        self._check_part()

    def __repr__(self) -> str:
        if self._info is None:
            return f"AudioFile({self.label!r}, read once)"
        length = "unknown length" if self.duration_s is None else f"{self.duration_s:.2f} s"
        return f"AudioFile({self.label!r}, {length}, {self._info.rate_hz} Hz, {self._info.channels} ch)"

    def _repr_html_(self) -> str:
        return file_player(self.path, repr(self))

    @property
    def path(self) -> Path | None:
        """Where the file is; None for a file object or a pipe."""
        return self._location.path

    @property
    def speed(self) -> float:
        """The pace: 1.0 is real time."""
        return self._speed

    @property
    def native_rate_hz(self) -> int | None:
        """The sample rate of the file; None for a pipe."""
        return None if self._info is None else self._info.rate_hz

    @property
    def channels(self) -> int | None:
        """How many channels the file has; None for a pipe."""
        return None if self._info is None else self._info.channels

    @property
    def duration_s(self) -> float | None:
        """Length in seconds of sound, the silence after it included, whatever the speed; None where it is unknown.

        It is counted in the file, not taken from its header. For a pipe it is known only with ``stop_s``.
        """
        end_s = self.stop_s
        if end_s is None and self._info is not None and self._info.frames is not None:
            end_s = self._info.frames / self._info.rate_hz
        return None if end_s is None else end_s - self.start_s + self.silence_s

    @property
    def notice(self) -> AudioNotice | None:
        """A warning about the file before it is read, such as that its end is missing."""
        return None if self._info is None else self._info.notice

    def with_channel(self, channel: Channel) -> Self:
        """The same file, of which another channel is read. Raises as the constructor."""
        other = copy.copy(self)
        other.channel = checked_channel(channel)
        if self._info is not None:
            channel_index(channel, self._info.channels, self._name)
        return other

    def open(self) -> PacedStream | PipeStream:
        """Start at ``start_s``. Raises AudioFileError if the file has gone, or is a pipe that was opened before."""
        if self._location.pipe is not None:
            return self._open_pipe()
        info = self._info
        assert info is not None
        if self._location.path is not None:
            check_readable(self._location.path)
            decoder = Decoder(str(self._location.path), self._name, ignore_length=info.ignore_length)
        else:
            content = io.BytesIO(self._location.content or b"")
            decoder = Decoder(content, self._name, ignore_length=info.ignore_length)
        reader = self._reader(decoder)
        return PacedStream(
            reader.pieces(),
            name=self.label,
            speed=self._speed,
            decodes=True,
            release=decoder.close,
            notice=lambda: reader.notice,
            channel_levels=lambda: reader.channel_levels_dbfs,
            clock=self._clock,
            wait=self._wait,
        )

    def _reader(self, decoder: Decoder) -> PcmReader:
        return PcmReader(
            decoder,
            self._name,
            channel=self.channel,
            start_s=self.start_s,
            stop_s=self.stop_s,
            silence_s=self.silence_s,
            info=self._info,
        )

    def _open_pipe(self) -> PipeStream:
        if not self._unread.acquire(blocking=False):
            raise AudioFileError(
                f"{self._name!r} is a pipe and was read already; it cannot be read a second time.",
                advice="Make a new AudioFile for a new pipe, or write the sound to a file first.",
            )
        assert self._location.pipe is not None
        return PipeStream(
            PipeReader(self._location.pipe),
            lambda pipe: self._reader(Decoder(cast("Any", pipe), self._name)),
            self._name,
            speed=self._speed,
            clock=self._clock,
        )

    def _check_part(self) -> None:
        """Raise AudioFileError unless the part from start_s to stop_s is there."""
        info = self._info
        if info is None or info.frames is None:
            wrong = self.start_s < 0 or (self.stop_s is not None and self.stop_s <= self.start_s)
            length, limit = "", "stop_s"
        else:
            first = round(self.start_s * info.rate_hz)
            stop = info.frames if self.stop_s is None else round(self.stop_s * info.rate_hz)
            wrong = not 0 <= first < stop <= info.frames
            length = f", which is {info.frames / info.rate_hz:.3f} s long"
            limit = f"stop_s <= {info.frames / info.rate_hz:.3f}"
            missing_s = info.missing_frames / info.rate_hz
            if info.pcm_frame_bytes and missing_s > TAIL_S and (self.stop_s is None or stop > info.frames):
                raise AudioFileError(
                    f"{self._name!r} is cut off: its header declares "
                    f"{(info.expected_frames or 0) * info.pcm_frame_bytes:,} bytes of sound "
                    f"and {info.frames * info.pcm_frame_bytes:,} are there.",
                    advice="Copy or download it again; or use the part that is there, "
                    f"with stop_s={math.floor(10 * info.frames / info.rate_hz) / 10}.",
                )
        if wrong:
            raise AudioFileError(
                f"start_s={self.start_s} and stop_s={self.stop_s} choose no part of {self._name!r}{length}.",
                advice=f"Choose 0 <= start_s < {limit}.",
            )


def _checked_seconds(name: str, value: float) -> float:
    value = python_values(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParameterError(f"{name} is {value!r}; it must be a number of seconds.")
    return value


def _checked_silence(seconds: float) -> float:
    seconds = python_values(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _MOST_SILENCE_S:
        raise ParameterError(
            f"silence_s={seconds!r} cannot be used.", advice=f"Expected 0 to {_MOST_SILENCE_S} seconds."
        )
    return float(seconds)
