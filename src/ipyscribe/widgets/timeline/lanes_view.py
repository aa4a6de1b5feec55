"""The lanes of a comparison: matplotlib's picture of the last half minute of each model, or of all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.timeline import describe_lanes, lanes_png
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.timeline_view import DRAW_EVERY_S, Look, look_of, newest_part

_SHARE = 0.1
"""Of one core, at most, for drawing."""


class LanesView(View):
    """Which model settled what when, and where they differ, on one clock. ``show`` brings it up to date."""

    front = "timeline/timeline_view"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._look = Look()
        self._drawn: tuple[Any, ...] = ()
        self._rests_until_s = 0.0

    def show(self, side: ComparedLanes, differ_ms: Sequence[tuple[float, float]]) -> float | None:
        """Draw and send the picture if it would differ; after how many seconds it will, if at all."""
        transcripts = side.transcripts
        running = not side.done and any(lane.status not in ("ready", "paused") for lane in side.lanes)
        if not any(transcript.turns for transcript in transcripts.values()):
            return DRAW_EVERY_S if running else None
        now_ms = side.audio_ms if running else None
        wanted = (tuple(said.turns for said in transcripts.values()), now_ms, self._look, len(differ_ms))
        began_s = time.monotonic()
        if wanted == self._drawn or (running and self._drawn and began_s < self._rests_until_s):
            return max(DRAW_EVERY_S, self._rests_until_s - began_s) if running else None
        self._drawn = wanted
        longest = max(transcripts.values(), key=lambda said: said.turns[-1].end_ms if said.turns else 0)
        window = None if self._look.whole else newest_part(longest, now_ms)
        picture = lanes_png(
            transcripts,
            theme=self._look.theme,
            width_px=self._look.width_px,
            ratio=self._look.ratio,
            start_ms=window and window[0],
            end_ms=window and window[1],
            now_ms=now_ms,
            differ_ms=differ_ms,
        )
        alt = describe_lanes(transcripts, now_ms=now_ms, differ_ms=differ_ms)
        self.tell("picture", [picture], alt=alt, windowed=window is not None)
        now_s = time.monotonic()
        self._rests_until_s = now_s + (now_s - began_s) / _SHARE
        return max(DRAW_EVERY_S, self._rests_until_s - now_s) if running else None

    def on_message(self, message: dict[str, Any]) -> None:
        """How the place of the picture looks; also what a view says first."""
        if message.get("kind") == "hello":
            self._look = look_of(message)
            self._drawn = ()
