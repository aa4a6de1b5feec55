"""What the status strip sends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, cast

import pytest
from local.harness import wait_for
from session.sources import Endless
from support.front_end_messages import deliver
from support.scripted_server import scripted
from widgets.comparisons import silent
from widgets.conftest import MODEL, Make, SentMessages

from ipyscribe import Transcriber
from ipyscribe.session import Session
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


def test_the_timeline_carries_the_level_only_to_pages_that_it_is_in() -> None:
    strip = StatusStrip(cast(View, Page()))
    strip.resend("one")
    strip.resend("two")
    assert strip.now(-50.0, pages=frozenset(["one", "another"])) == {}
    assert strip.now(-50.0, pages=frozenset(["one", "two"]))["dbfs"] == -50


def test_controls_in_an_output_of_their_own_get_the_level_by_themselves(
    sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = itertools.cycle((-20.0, -26.0, -21.0, -23.0))
    monkeypatch.setattr(Session, "level_dbfs", property(lambda self: next(levels)))
    with scripted(silent) as server:
        t = Transcriber(MODEL, source=Endless(), endpoint=server.url, api_key="any")
        deliver(t.controls, {"kind": "hello", "page": "one"})
        deliver(t.timeline, {"kind": "hello", "width": 800, "page": "another"})
        t.start()
        wait_for(lambda: any("dbfs" in message for message in sent.of("now")) and sent.of("live"))
        assert not any("strip" in message for message in sent.of("live"))
        deliver(t.timeline, {"kind": "hello", "width": 800, "page": "one"})
        wait_for(lambda: any("strip" in message for message in sent.of("live")))
        deliver(t.timeline, {"kind": "bye", "page": "one"})
        shown = len(sent.of("now"))
        wait_for(lambda: len(sent.of("now")) > shown + 3)
        t.close()


@pytest.fixture
def follows(sent: SentMessages, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets the level of every session change in small steps, and waits for each to be shown."""
    level = [-20.0]
    monkeypatch.setattr(Session, "level_dbfs", property(lambda self: level[0]))

    def shown() -> list[int]:
        return [each["dbfs"] for each in sent.of("now") if each.get("dbfs") is not None]

    def changes() -> None:
        for level[0] in (-20.0, -26.0, -21.0, -23.0):
            wait_for(lambda: shown()[-1:] == [level[0]])

    return changes


def test_the_level_of_a_comparison_moves_before_the_first_word(make: Make, follows: Callable[[], None]) -> None:
    both = make(silent, silent, source=Endless())
    deliver(both.view.panel, {"kind": "command", "command": "start"})
    follows()
    both.stop()


def test_the_level_moves_beside_a_picture_of_the_whole_session(sent: SentMessages, follows: Callable[[], None]) -> None:
    with scripted(silent) as server:
        t = Transcriber(MODEL, source=Endless(), endpoint=server.url, api_key="any")
        deliver(t.timeline, {"kind": "hello", "width": 800, "everything": True})
        t.start()
        follows()
        assert not sent.of("live")
        t.close()
