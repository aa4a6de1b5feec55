"""Which channel of a recording is read, and the way out where the mean of the channels cancels out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ipyscribe.errors import AudioFileError, ParameterError
from ipyscribe.protocol.python_values import python_values

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Channel = int | Literal["mix", "left", "right"]

_NAMED = {"left": 0, "right": 1}
_WINDOWS_PER_S = 100
_SMOOTHING = 0.9
# Relative to the mean of uncorrelated channels: 10 dB below it, channels cancel each other.
_CANCELLED = 0.1
_AUDIBLE = 1e-7


def checked_channel(channel: Channel) -> Channel:
    """``channel`` if it can name a channel at all; ParameterError otherwise."""
    channel = python_values(channel)
    number = isinstance(channel, int) and not isinstance(channel, bool) and channel >= 0
    if number or (isinstance(channel, str) and (channel == "mix" or channel in _NAMED)):
        return channel
    raise ParameterError(
        f"channel is {channel!r}; it must be 'mix', 'left', 'right' or the number of a channel.",
        advice="Channels are counted from 0: 0 is the left one of two.",
    )


def channel_index(channel: Channel, channels: int, name: str) -> int | None:
    """The index of ``channel`` among ``channels``; None for the mix. Raises AudioFileError if it is not there."""
    if channel == "mix":
        return None
    index = _NAMED[channel] if isinstance(channel, str) else channel
    if index >= channels:
        has = "one channel" if channels == 1 else f"{channels} channels, 0 to {channels - 1}"
        raise AudioFileError(
            f"channel={channel!r} does not exist: {name!r} has {has}.",
            advice="Leave channel out to hear the mean of all channels.",
        )
    return index


class Downmixer:
    """Reduces pieces of frames, shape (n,) or (n, channels), to one channel of shape (n,).

    ``index`` names the channel; None takes the mean of all. Where the channels cancel each other in the mean, as
    with one microphone wired the wrong way round, the louder channel is taken instead, and ``cancelled`` is set.
    That is decided in windows of 10 ms, whatever the size of the pieces.
    """

    def __init__(self, rate_hz: float, index: int | None = None) -> None:
        self.cancelled = False
        self._index = index
        self._window = max(1, round(rate_hz / _WINDOWS_PER_S))
        self._rest: NDArray[np.float32] | None = None
        self._mean_energy = 0.0
        self._energies: NDArray[np.float64] | None = None
        self._taken: int | None = None

    @property
    def pending(self) -> int:
        """Frames that wait for their window to be complete."""
        return 0 if self._rest is None else len(self._rest)

    def mix(self, frames: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        """The samples that are ready after these ``frames``; all of them if they are the ``last``."""
        if frames.ndim == 1:
            return frames
        if self._index is not None or frames.shape[1] == 1:
            return frames[:, self._index or 0]
        return self._mean(frames, last=last)

    def _mean(self, frames: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        import numpy as np

        if self._rest is not None and len(self._rest):
            frames = np.concatenate([self._rest, frames])
        complete_frames = len(frames) if last else len(frames) - len(frames) % self._window
        self._rest = frames[complete_frames:].copy()
        frames = frames[:complete_frames]
        mean: NDArray[np.float32] = frames.mean(axis=1)
        starts = np.arange(0, complete_frames, self._window)
        if not len(starts):
            return mean
        energies = np.add.reduceat(np.square(frames, dtype=np.float64), starts, axis=0)
        mean_energies = np.add.reduceat(np.square(mean, dtype=np.float64), starts)
        for start, energy, mean_energy in zip(starts, energies, mean_energies, strict=True):
            self._choose(energy, float(mean_energy))
            if self._taken is not None:
                mean[start : start + self._window] = frames[start : start + self._window, self._taken]
        return mean

    def _choose(self, energy: NDArray[np.float64], mean_energy: float) -> None:
        """Update the smoothed energies with those of one window, and from them the channel that is taken."""
        if self._energies is None:
            self._energies, self._mean_energy = energy, mean_energy
        else:
            self._energies += (1 - _SMOOTHING) * (energy - self._energies)
            self._mean_energy += (1 - _SMOOTHING) * (mean_energy - self._mean_energy)
        total = float(self._energies.sum())
        if total < _AUDIBLE * self._window:
            return
        if self._mean_energy < _CANCELLED * total / len(energy) ** 2:
            if self._taken is None:
                self._taken = int(self._energies.argmax())
            self.cancelled = True
        else:
            self._taken = None
