"""What stands in the source list: given sources, the sample, the browser's microphone, those of this machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipyscribe.audio import AudioSource, Microphone, input_devices, sample
from ipyscribe.errors import ParameterError, PortAudioMissingError, ScribeError
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.shared.hosts import microphone_near


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the list. Without a ``source`` it cannot be chosen, and ``problem`` says why."""

    key: str
    label: str
    source: AudioSource | None
    problem: str = ""

    def open_source(self) -> AudioSource:
        """The source. Raises ``ParameterError`` where there is none."""
        if self.source is None:
            raise ParameterError(f"{self.label} cannot be used.", advice=self.problem)
        return self.source


class SourceList:
    """The entries in their order. PortAudio is not touched before ``look``.

    ``auto`` has the nearest microphone chosen at first, otherwise it is the first entry.
    """

    def __init__(self, given: Sequence[AudioSource], browser: BrowserMicrophone, *, auto: bool = False) -> None:
        for source in given:
            if not isinstance(source, AudioSource):
                raise ParameterError(
                    f"source={source!r:.80} is not a source of sound.",
                    advice='Give an AudioFile, an AudioArray, a Microphone, a BrowserMicrophone or "auto".',
                )
        self._microphones: list[Choice] = []
        self._fixed = [Choice(f"given-{i}", source.label, source) for i, source in enumerate(given)]
        bundled = sample()
        self._fixed.append(Choice("sample", bundled.label, bundled))
        if browser not in given:
            self._fixed.append(Choice("browser", browser.label, browser))
        near = microphone_near() if auto else "none"
        if near == "kernel":
            default = Microphone()
            self._fixed.append(Choice("microphone", default.label, default))
        wanted = {"browser": "browser", "kernel": "microphone", "none": self._fixed[0].key}[near]
        self.first = self[wanted]
        """What is chosen where nothing was."""

    def look(self, *, refresh: bool = False) -> None:
        """List the microphones that PortAudio sees on this machine."""
        host = platform.node() or "this machine"
        try:
            devices = input_devices(refresh)
        except PortAudioMissingError as error:
            self._microphones = [Choice("microphone", f"Microphone of {host}: PortAudio is missing", None, str(error))]
            return
        except ScribeError as error:
            self._microphones = [Choice("microphone", f"Microphone of {host}", None, str(error))]
            return
        names = [device.full_name for device in devices]
        self._microphones = [
            Choice(
                f"microphone-{name}",
                f"Microphone of {host}: {device.name}{' (default)' if device.is_default else ''}",
                Microphone(name if names.count(name) == 1 else device.index),
            )
            for device, name in zip(devices, names, strict=True)
        ]
        if not devices:
            problem = "Plug one in and look again, or choose the sample or a file."
            self._microphones = [Choice("microphone", f"No microphone on {host}", None, problem)]

    def get(self, key: str, default: Choice) -> Choice:
        """The entry with that key, or ``default``."""
        return next((choice for choice in self if choice.key == key), default)

    def __getitem__(self, key: str) -> Choice:
        for choice in self:
            if choice.key == key:
                return choice
        raise ParameterError(f"There is no source {key!r} any more.", advice="Look for microphones again.")

    def __iter__(self) -> Iterator[Choice]:
        return iter([*self._fixed, *self._microphones])
