"""What the status strip sends."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest

from ipyscribe.widgets.shared.status_strip import StatusStrip
from ipyscribe.widgets.shared.view import View


class Page:
    """Takes what a view would send."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def post(self, kind: str, **fields: Any) -> None:
        assert fields.pop("id")
        self.messages.append((kind, fields))


def test_a_second_that_passes_sends_the_clock_and_the_cost_alone() -> None:
    page = Page()
    strip = StatusStrip(cast(View, page))
    begin = strip.state(status="listening", open_s=1.0, cost="$0.0001")
    assert strip.state(status="listening", open_s=1.2, cost="$0.0001") is begin
    strip.show_now(-math.inf)
    assert page.messages == [("now", {"dbfs": None})]
    assert strip.state(status="listening", open_s=2.0, cost="$0.0002") is begin
    strip.show_now(-math.inf)
    assert strip.state(status="listening", open_s=2.4, cost="$0.0002") is begin
    strip.show_now(-math.inf)
    assert page.messages[1:] == [("now", {"clock": "0:02", "cost": "$0.0002"})]
    end = strip.state(status="ended", open_s=3.0, cost="$0.0002")
    assert (end["status"], end["clock"]) == ("ended", "0:03")
    strip.resend()
    assert strip.state(status="ended", open_s=3.0, cost="$0.0002") == end
    assert len(page.messages) == 2


def test_a_level_that_has_moved_far_does_not_wait_for_the_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = iter(range(1, 100))
    monkeypatch.setattr("ipyscribe.widgets.shared.status_strip.time.monotonic", lambda: float(next(now_s)))
    page = Page()
    strip = StatusStrip(cast(View, page))
    for dbfs in (-40.0, -30.0, -27.0, -math.inf):
        strip.show_now(dbfs, step_db=12)
    assert [fields["dbfs"] for _, fields in page.messages] == [-40, -27, None]
    assert strip.now(-50.0)["dbfs"] == -50  # with the timeline, whatever it is
    assert strip.now(-50.0) == {}
