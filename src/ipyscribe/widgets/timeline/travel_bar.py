"""The bar with which a person goes along a tape: play, speed, steps, position."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.time_travel import TimeTravel

STEP_EVERY_S = 0.005
"""While a hand moves along the tape, which waits for an answer before it moves on: it is to be seen within 50 ms."""


class TravelBar(View):
    """Play, speed, steps and position of what ``desk`` looks at."""

    front = "timeline/travel_bar"
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, desk: TimeTravel, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._desk = desk
        self._sounds = SoundRequests(self)
        self._place: dict[str, Any] = {}
        self.state = desk.state()

    def on_message(self, message: dict[str, Any]) -> None:
        """What a person does."""
        if message.get("kind") == "hello":
            self._place = {}
        elif message.get("kind") == "listen":
            self._sounds.ask(message)
        else:
            self._desk.wish(message)

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        desk = self._desk
        self.state = desk.state()
        place = desk.place()
        live = desk.running and not place["past"]  # then it shows no time
        seen = place | {"audio": 0.0, "heard": 0.0} if live else place
        if seen != self._place:
            self._place = seen
            self.tell("place", **place)
        if desk.live is not None:
            self._sounds.answer(desk.whole, desk.live.tape)
