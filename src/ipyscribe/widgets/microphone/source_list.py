"""The list of sources: those of the program, the sample, the browser's microphone, those of this machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ipyscribe.audio import AudioArray, AudioFile, AudioSource, Channel, Microphone, input_devices, sample
from ipyscribe.errors import ParameterError, PortAudioMissingError, ScribeError
from ipyscribe.notebook.hosts import nearest_microphone
from ipyscribe.plain_text import plain
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone


@dataclass(frozen=True, slots=True)
class SourceOption:
    """One entry of the list. Without a ``source`` it cannot be selected, and ``problem`` says why.

    ``channels`` is how many the source has, 1 where that is not known or they cannot be chosen.
    """

    key: str
    label: str
    source: AudioSource | None
    problem: str = ""
    channels: int = 1

    def open_source(self, channel: Channel | None = None) -> AudioSource:
        """The source, of which ``channel`` is read, else its own. Raises ``ParameterError`` where there is none."""
        if self.source is None:
            raise ParameterError(f"{self.label} cannot be used.", advice=self.problem)
        return self.source if channel is None else self.with_channel(channel) or self.source

    def with_channel(self, channel: Channel) -> AudioSource | None:
        """The source, of which ``channel`` is read where it can be chosen."""
        if self.channels > 1 and isinstance(self.source, AudioFile | AudioArray | Microphone):
            return self.source.with_channel(channel)
        return self.source


class SourceList:
    """The entries in their order. PortAudio is not loaded before ``refresh_microphones``.

    ``source`` are those of the program; "auto" selects the nearest microphone at first, otherwise it is the first
    entry. ``browser`` is the browser's microphone, one of ``source`` or, until ``close``, one of its own.
    """

    def __init__(self, source: AudioSource | Sequence[AudioSource] | Literal["auto"]) -> None:
        auto = isinstance(source, str) and source == "auto"
        sources: Any = () if auto else source if isinstance(source, (list, tuple)) else [source]
        for each in sources:
            if not isinstance(each, AudioSource):
                raise ParameterError(
                    f"source={each!r:.80} is not a source of sound.",
                    advice='Give an AudioFile, an AudioArray, a Microphone, a BrowserMicrophone or "auto".',
                )
        browser = next((each for each in sources if isinstance(each, BrowserMicrophone)), None)
        self._made = browser is None
        self.browser = browser = BrowserMicrophone() if browser is None else browser
        self._microphones: list[SourceOption] = []
        self._fixed = [
            SourceOption(f"source-{i}", source.label, source, channels=_channels_of(source))
            for i, source in enumerate(sources)
        ]
        bundled = sample()
        self._fixed.append(SourceOption("sample", bundled.label, bundled))
        if browser not in sources:
            self._fixed.append(SourceOption("browser", browser.label, browser))
        nearest = nearest_microphone() if auto else "none"
        if nearest == "kernel":
            default = Microphone()
            self._fixed.append(SourceOption("microphone", default.label, default))
        first_key = {"browser": "browser", "kernel": "microphone", "none": self._fixed[0].key}[nearest]
        self.first = self[first_key]
        """The entry that is selected at first."""

    def close(self) -> None:
        """Remove the browser's microphone, unless it is the program's."""
        if self._made:
            self.browser.close()

    def refresh_microphones(self, *, refresh: bool = False) -> None:
        """List the microphones that PortAudio sees on this machine."""
        host = platform.node() or "this machine"
        try:
            devices = input_devices(refresh)
        except PortAudioMissingError as error:
            self._microphones = [
                SourceOption("microphone", f"Microphone of {host}: PortAudio is missing", None, str(error))
            ]
            return
        except ScribeError as error:
            self._microphones = [SourceOption("microphone", f"Microphone of {host}", None, str(error))]
            return
        names = [device.full_name for device in devices]
        keys = [plain(name) for name in names]  # the browser sends a key back as the plain text that it got
        self._microphones = [
            SourceOption(
                f"microphone-{key}" if keys.count(key) == 1 else f"microphone-{device.index}-{key}",
                f"Microphone of {host}: {device.name}{' (default)' if device.is_default else ''}",
                Microphone(name if names.count(name) == 1 else device.index),
                channels=device.channels,
            )
            for device, name, key in zip(devices, names, keys, strict=True)
        ]
        if not devices:
            problem = "Plug one in and look again, or choose the sample or a file."
            self._microphones = [SourceOption("microphone", f"No microphone on {host}", None, problem)]

    def get(self, key: str, default: SourceOption) -> SourceOption:
        """The entry with that key, or ``default``."""
        return next((option for option in self if option.key == key), default)

    def __getitem__(self, key: str) -> SourceOption:
        for option in self:
            if option.key == key:
                return option
        raise ParameterError(f"There is no source {key!r} any more.", advice="Look for microphones again.")

    def __iter__(self) -> Iterator[SourceOption]:
        return iter([*self._fixed, *self._microphones])


def _channels_of(source: AudioSource) -> int:
    """How many channels there are to choose from; of a microphone that is given only the device knows."""
    return (source.channels or 1) if isinstance(source, AudioFile | AudioArray) else 1
