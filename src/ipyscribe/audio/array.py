"""Samples in memory as an audio source."""

from __future__ import annotations

import copy
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from ipyscribe.audio.block import AudioNotice
from ipyscribe.audio.channels import Channel, Downmixer, channel_index, checked_channel
from ipyscribe.audio.paced import PacedStream, checked_speed
from ipyscribe.audio.pcm import Pcm16Converter, cancellation_notice
from ipyscribe.audio.player_html import array_player
from ipyscribe.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31, "float32": 1.0, "float64": 1.0}
_CONVERSIONS = {
    "int8": "samples.astype('int16') * 256",
    "uint8": "(samples.astype('int16') - 128) * 256",
    "uint16": "(samples.astype('int32') - 32768).astype('int16')",
    "uint32": "(samples.astype('int64') - 2**31).astype('int32')",
    "float16": "samples.astype('float32')",
    "float128": "samples.astype('float64')",
    "longdouble": "samples.astype('float64')",
}
_MOST_CHANNELS = 32
_PIECE_S = 2
_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 1_000, 768_000


class AudioArray:
    """Samples in memory, read as 16 kHz mono.

    ``samples`` has shape (n,) or (n, channels) with 1 to 32 channels and is int16, int32 (full scale 2**31), or
    float32 or float64 in [-1, 1]. A list is taken too: of floats in [-1, 1] or of 16-bit integers. The samples are
    copied. ``sample_rate`` is in Hz, ``speed`` the pace: 1.0 is real time, ``math.inf`` as fast as it is read.
    ``channel`` is the number of the channel to read, counted from 0, "left", "right", or "mix" for the mean of
    all.

    Raises ParameterError that names the shape, dtype or value which cannot be used, and AudioFileError for a channel
    that is not there.
    """

    live = False

    def __init__(
        self,
        samples: NDArray[Any] | Sequence[Any],
        sample_rate: float,
        *,
        speed: float = 1.0,
        channel: Channel = "mix",
        label: str = "array",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._speed = checked_speed(speed)
        self.native_rate_hz = checked_rate(sample_rate)
        self.channel = checked_channel(channel)
        array = checked_array(samples)
        self.channels = 1 if array.ndim == 1 else int(array.shape[1])
        self._channel = channel_index(channel, self.channels, label)
        self._frames = as_float(array)
        self.label = label
        self.notice = _quiet_integers(array, label)
        """What a person should know of the samples, such as that they are 16-bit values in an int32 array; or None."""
        self._clock = clock
        self._wait = wait

    def __repr__(self) -> str:
        return f"AudioArray({self.label!r}, {self.duration_s:.2f} s, {self.native_rate_hz} Hz)"

    def _repr_html_(self) -> str:
        return array_player(self.mono, self.native_rate_hz, repr(self))

    @property
    def duration_s(self) -> float:
        """Length in seconds of sound, whatever the speed."""
        return len(self._frames) / self.native_rate_hz

    @property
    def mono(self) -> NDArray[np.float32]:
        """The chosen channel, or the mean, at the native rate: shape (n,), values in [-1, 1]."""
        return Downmixer(self.native_rate_hz, self._channel).mix(self._frames, last=True)

    def with_channel(self, channel: Channel) -> Self:
        """The same samples, of which another channel is read. Raises as the constructor."""
        other = copy.copy(self)
        other.channel = checked_channel(channel)
        other._channel = channel_index(channel, self.channels, self.label)
        return other

    def open(self) -> PacedStream:
        """Start at the first sample."""
        converter = Pcm16Converter(self.native_rate_hz, channel=self._channel)
        return PacedStream(
            self._pieces(converter),
            name=self.label,
            speed=self._speed,
            notice=lambda: cancellation_notice(self.label) if converter.cancelled else self.notice,
            channel_levels=lambda: converter.channel_levels_dbfs,
            clock=self._clock,
            wait=self._wait,
        )

    def _pieces(self, converter: Pcm16Converter) -> Iterator[bytes]:
        length = _PIECE_S * self.native_rate_hz
        for start in range(0, len(self._frames), length):
            yield converter.convert(self._frames[start : start + length], last=start + length >= len(self._frames))


def checked_rate(sample_rate: float) -> int:
    try:
        is_integral = isinstance(sample_rate, float) and sample_rate.is_integer()
        rate = int(sample_rate) if is_integral else operator.index(sample_rate)  # type: ignore[arg-type]
    except TypeError:
        rate = 0
    if isinstance(sample_rate, bool) or not _LOWEST_RATE_HZ <= rate <= _HIGHEST_RATE_HZ:
        raise ParameterError(
            f"sample_rate is {sample_rate!r}; it must be a whole number of Hz from 1,000 to 768,000.",
            advice="Most recordings have 16000, 44100 or 48000.",
        )
    return rate


def checked_array(samples: NDArray[Any] | Sequence[Any]) -> NDArray[Any]:
    import numpy as np

    array = samples if isinstance(samples, np.ndarray) else _from_list(samples)
    _check_shape(array.shape)
    if array.dtype.name not in _FULL_SCALE:
        raise ParameterError(
            f"samples have dtype {array.dtype}; it must be int16, int32, float32 or float64.",
            advice=f"Convert them first: {_conversion(array)}",
        )
    if array.dtype.kind == "f":
        _check_range(array)
    return array


def _conversion(array: NDArray[Any]) -> str:
    """The expression that makes usable samples of ``array``."""
    import numpy as np

    if array.dtype.kind == "c":
        return "samples.real.astype('float32')"
    if array.dtype.kind not in "iuf":
        return "sound is numbers, such as samples.astype('float32') with values in [-1, 1]."
    if array.dtype.name in _CONVERSIONS:
        return _CONVERSIONS[array.dtype.name]
    low, high = int(array.min()), int(array.max())
    for dtype in ("int16", "int32"):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return f"samples.astype('{dtype}')"
    return "(samples / abs(samples).max()).astype('float32')"


def as_float(array: NDArray[Any]) -> NDArray[np.float32]:
    import numpy as np

    frames: NDArray[np.float32] = (array / _FULL_SCALE[array.dtype.name]).astype(np.float32)
    return frames


def _quiet_integers(array: NDArray[Any], label: str) -> AudioNotice | None:
    """A notice for int32 samples none of which exceeds 16 bits: they would play at -90 dBFS or less."""
    if array.dtype.name != "int32":
        return None
    low, high = int(array.min()), int(array.max())
    if low == high == 0 or not -32768 <= low <= high <= 32767:
        return None
    return AudioNotice(
        "quiet",
        f"{label!r} is int32, whose full scale is 2**31, and holds 16-bit values from {low:,} to {high:,}: "
        "it is all but silent.",
        "Pass samples.astype('int16').",
    )


def _from_list(samples: Sequence[Any]) -> NDArray[Any]:
    import numpy as np

    try:
        array = np.asarray(samples)
    except ValueError as error:
        raise ParameterError(
            "samples are lists of different lengths.",
            advice="Give one list of numbers, or one list per sample time.",
        ) from error
    if array.dtype.kind == "i" and array.size and -32768 <= array.min() <= array.max() <= 32767:
        return array.astype(np.int16)
    return array


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) not in (1, 2) or 0 in shape:
        empty = 0 in shape
        raise ParameterError(
            f"samples have shape {shape}{', which is empty' if empty else ''}; (n,) or (n, channels) is expected.",
            advice="" if empty else "Pass one recording at a time.",
        )
    if len(shape) == 2 and shape[1] > _MOST_CHANNELS:
        raise ParameterError(
            f"samples have shape {shape}, which would be {shape[1]:,} channels; (n, channels) is expected.",
            advice="If the channels come first, pass samples.T.",
        )


def _check_range(array: NDArray[Any]) -> None:
    import numpy as np

    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ParameterError(
            "samples hold values that are not numbers (NaN or infinite).",
            advice="Find them with numpy.isfinite(samples).",
        )
    if low < -1 or high > 1:
        raise ParameterError(
            f"samples are {array.dtype} from {low:.6g} to {high:.6g}; floats must lie in [-1, 1].",
            advice="Use numpy.clip(samples, -1, 1) or divide by the largest value, or pass 16-bit integers.",
        )
