"""The widget on the bundled sample, with a tour of three steps."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.audio import AudioSource, sample
from ipyscribe.protocol.models import LOCAL_MODEL
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.transcriber.transcriber import Transcriber

STEPS = (
    (
        "Words that move",
        "Press Start below: a recording of 45 seconds is played to the recogniser on this computer. Words in italics "
        "with a dotted underline may still change; the others have settled.",
    ),
    (
        "Turns that settle",
        "Each bar of the timeline is a turn. The number behind it is how long its final text took after the last "
        "word, in milliseconds. Pause stops the sound, not the clock.",
    ),
    (
        "Back in time",
        "During or after the session, drag the handle along the timeline: the transcript goes back to that moment. "
        "Click a word to hear it. Then choose your own microphone in the list of sources, or run a lesson from the "
        "notebooks folder.",
    ),
)


class TourView(View):
    """Three steps above the widget; ``step`` counts from 0, ``left`` is true once nobody wants to see them."""

    front = "tour/tour"
    steps: Any = traitlets.List().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    left = traitlets.Bool(False).tag(sync=True)

    def __init__(self) -> None:
        super().__init__(steps=[{"title": title, "text": text} for title, text in STEPS])

    def reach(self, step: int) -> None:
        """Go on to ``step``, unless a person is there already or beyond."""
        self.step = max(self.step, step)


class Demo(Transcriber):
    """A ``Transcriber`` with the bundled sample and the recogniser on this computer, and a tour above it.

    The tour goes on by itself as the session does, or by its buttons, and can be left at any time; the widget stays.
    """

    def __init__(self, source: AudioSource | None = None) -> None:
        super().__init__(LOCAL_MODEL, source=sample() if source is None else source)
        self.tour = TourView()
        self.children = [self.tour, *self.children]

    def _publish(self) -> float | None:
        next_in_s = super()._publish()
        session = self.session
        if session is not None and not self.tour.left:
            if session.done and session.transcript.settled:
                self.tour.reach(2)
            elif session.transcript.settled:
                self.tour.reach(1)
        return next_in_s

    def close(self) -> None:
        """Remove the widget and its tour; any number of times."""
        super().close()
        tour = getattr(self, "tour", None)
        if tour is not None:
            tour.close()


def demo() -> Demo:
    """The widget on the bundled sample with a tour of three steps: the last line of a cell, and nothing else.

    No key, no microphone and no network are needed. Raises ``UnsupportedKernelError`` in ipykernel 7.0.
    """
    return Demo()
