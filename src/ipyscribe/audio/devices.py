"""The input devices of this machine, and the choice of one by name or index."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.audio import portaudio
from ipyscribe.errors import NoInputDeviceError, ParameterError, SessionStateError, UnknownDeviceError
from ipyscribe.protocol.python_values import python_values

_REFRESH_HINT = "If it was plugged in a moment ago, input_devices(refresh=True) looks again."


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A device that sound can come from.

    ``index`` changes when devices come and go: keep the name. ``channels`` is the most it can record.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_sample_rate_hz: int
    is_default: bool

    @property
    def full_name(self) -> str:
        """Name and host API, as "Microphone, ALSA"; unique where the name alone is not."""
        return f"{self.name}, {self.host_api}"


def input_devices(refresh: bool = False) -> tuple[InputDevice, ...]:
    """The input devices that PortAudio sees on the machine where Python runs; empty if there are none.

    PortAudio looks once, when it is loaded; ``refresh`` makes it look again, which cuts off open streams, so
    it raises SessionStateError while one is open. Raises PortAudioMissingError.
    """
    library = portaudio.load()
    with portaudio.exclusive():
        if refresh:
            if portaudio.open_microphones():
                raise SessionStateError(
                    "The device list cannot be refreshed while a microphone is open.",
                    advice="Stop listening first.",
                )
            # sounddevice has no public way to look for devices again (python-sounddevice#125).
            library._terminate()
            library._initialize()
        return list_inputs(library)


def list_inputs(library: Any) -> tuple[InputDevice, ...]:
    """The devices with input channels, in PortAudio's order."""
    default = _default_index(library)
    return tuple(
        InputDevice(
            index=index,
            name=str(device["name"]),
            host_api=str(library.query_hostapis(device["hostapi"])["name"]),
            channels=int(device["max_input_channels"]),
            default_sample_rate_hz=round(device["default_samplerate"]),
            is_default=index == default,
        )
        for index, device in enumerate(library.query_devices())
        if device["max_input_channels"] > 0
    )


def _default_index(library: Any) -> int:
    try:
        return int(library.query_devices(kind="input")["index"])
    except (ValueError, library.PortAudioError):
        return -1


def checked_device(device: str | int | None) -> str | int | None:
    """``device`` if it can name a device at all; ParameterError otherwise."""
    device = python_values(device)
    wrong_type = isinstance(device, bool) or not isinstance(device, str | int | None)
    if wrong_type or (isinstance(device, str) and not device.strip()):
        raise ParameterError(
            f"device is {device!r}; it must be None, part of a device's name, or its index.",
            advice="input_devices() lists them.",
        )
    return device


def select_device(devices: Sequence[InputDevice], device: str | int | None) -> InputDevice:
    """The device that ``device`` names: None is the default, an int an index, a str part of "name, host API".

    Words of a str need not be adjacent in it; an exact name wins over a part of one. Raises
    NoInputDeviceError or UnknownDeviceError.
    """
    if not devices:
        raise NoInputDeviceError(
            "PortAudio sees no microphone on the machine where Python runs.",
            advice=f"Plug one in, use the browser's microphone, or choose a file. {_REFRESH_HINT}",
        )
    if isinstance(device, str):
        return _named(devices, device)
    for candidate in devices:
        if candidate.is_default if device is None else candidate.index == device:
            return candidate
    problem = "The system has no default input device" if device is None else f"No input device has index {device}"
    raise UnknownDeviceError(f"{problem}.", advice=f"{_device_list(devices)} {_REFRESH_HINT}")


def _named(devices: Sequence[InputDevice], name: str) -> InputDevice:
    query = name.strip().lower()
    exact = [d for d in devices if query in (d.name.lower(), d.full_name.lower())]
    matches = exact or [d for d in devices if _contains(d.full_name.lower(), query.split())]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UnknownDeviceError(
            f"{name!r} could be {len(matches)} input devices: {'; '.join(d.full_name for d in matches)}.",
            advice="Give more of the name, or the index from input_devices().",
        )
    by_lower = {d.name.lower(): d.name for d in devices}
    similar = difflib.get_close_matches(query, by_lower, n=1)
    hint = f" Did you mean {by_lower[similar[0]]!r}?" if similar else ""
    raise UnknownDeviceError(
        f"No input device is called {name!r}.{hint}", advice=f"{_device_list(devices)} {_REFRESH_HINT}"
    )


def _contains(text: str, words: Sequence[str]) -> bool:
    """Whether ``words`` occur in ``text`` in that order."""
    position = 0
    for word in words:
        position = text.find(word, position)
        if position < 0:
            return False
        position += len(word)
    return True


def _device_list(devices: Sequence[InputDevice]) -> str:
    return f"Available: {'; '.join(f'{d.index} {d.full_name}' for d in devices)}."
