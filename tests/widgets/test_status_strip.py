"""What the status strip sends."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
from local.harness import wait_for
from session.sources import TONE, Endless
from support.front_end_messages import deliver
from widgets.comparisons import silent
from widgets.conftest import Make, SentMessages

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


def follows(sent: SentMessages, source: Endless) -> None:
    """The level that is shown goes along with that of ``source``, which changes by 6 dB twice."""

    def shown() -> list[int]:
        news = [*sent.of("now"), *(each["strip"] for each in sent.of("live") if "strip" in each)]
        return [each["dbfs"] for each in news if each.get("dbfs") is not None]

    for size in (0.5, 1.0):
        [loud] = wait_for(lambda: shown()[-1:])
        sent.clear()
        source.pcm = (TONE[:800] * size).astype("<i2").tobytes()
        wait_for(lambda loud=loud: any(5 <= abs(each - loud) <= 7 for each in shown()))


def test_the_level_of_a_comparison_moves_before_the_first_word(make: Make, sent: SentMessages) -> None:
    source = Endless()
    both = make(silent, silent, source=source)
    deliver(both.view.panel, {"kind": "command", "command": "start"})
    follows(sent, source)
    both.stop()
