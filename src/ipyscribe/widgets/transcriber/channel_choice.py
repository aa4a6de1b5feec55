"""The choice among the channels of a source, and the level of each while it is heard."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from ipyscribe.audio import AudioSource, Channel
from ipyscribe.widgets.shared.publisher import LEVEL_EVERY_S
from ipyscribe.widgets.shared.view import View

_MOST_NUMBERED = 8
"""A virtual device says that it has 32 channels, of which two are worth a choice."""
_NAMES: tuple[Channel, Channel] = ("left", "right")


def channel_of(source: AudioSource | None) -> Channel:
    """The channel of ``source`` that is read, by its name where it has two."""
    channel: Channel = getattr(source, "channel", "mix")
    return _NAMES[channel] if channel in (0, 1) and isinstance(channel, int) else channel


def channels_json(channels: int, channel: Channel) -> list[dict[str, str]]:
    """The channels to choose from, as the front end lists them; none where there is one channel only."""
    if channels < 2:
        return []
    numbered = range(2, channels if channels <= _MOST_NUMBERED else 2)
    options: list[Channel] = ["mix", *_NAMES, *numbered]
    if channel not in options:
        options.append(channel)
    return [{"value": str(each), "label": _label(each, channels)} for each in options]


def _label(channel: Channel, channels: int) -> str:
    if channel == "mix":
        return "Both channels" if channels == 2 else "All channels"
    return f"Channel {channel}" if isinstance(channel, int) else f"{channel.capitalize()} channel"


class ChannelLevels:
    """Sends the levels of a session's channels to ``view``, not more often than the level of all."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._sent: list[int | None] = []
        self._sent_s = -math.inf

    def show(self, levels_dbfs: Sequence[float]) -> None:
        """Send the levels in dB of full scale, minus infinity for silence, if they have changed."""
        rounded = [round(level) if math.isfinite(level) else None for level in levels_dbfs[:_MOST_NUMBERED]]
        now_s = time.monotonic()
        if rounded != self._sent and (not rounded or now_s >= self._sent_s + LEVEL_EVERY_S):
            self._sent, self._sent_s = rounded, now_s
            self._view.post("channel_levels", dbfs=rounded)
