"""The bar with which a person moves along a tape: play, speed, steps, position."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.time_travel import TimeTravel

STEP_EVERY_S = 0.005
"""While the scrubber moves, which waits for an answer before it sends the next position: to be seen within 50 ms."""


class TravelBar(View):
    """Play, speed, steps and position of the tape of ``time_travel``."""

    front = "timeline/travel_bar"
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, time_travel: TimeTravel, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._time_travel = time_travel
        self._sounds = SoundRequests(self)
        self._position: dict[str, Any] = {}
        self.state = time_travel.state()

    def on_message(self, message: dict[str, Any]) -> None:
        """What a person does."""
        if message.get("kind") == "hello":
            self._position = {}
        elif message.get("kind") == "play_audio":
            self._sounds.queue(message)
        else:
            self._time_travel.queue(message)

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        travel = self._time_travel
        self.state = travel.state()
        position = travel.position()
        live = travel.running and not position["past"]  # then it shows no time
        visible = position | {"audio_ms": 0.0, "duration_ms": 0.0} if live else position
        if visible != self._position:
            self._position = visible
            self.post("position", **position)
        if travel.lanes:
            self._sounds.answer(travel.complete_transcripts, travel.tape)
